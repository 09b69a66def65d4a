import type { Connection } from './connection.ts';

/** Connections in the order in which they were added; adding and removing cost the same however many there are. */
export class ConnectionList {
  first: Connection | null = null;
  size = 0;
  #last: Connection | null = null;

  add(connection: Connection): void {
    connection.previous = this.#last;
    connection.next = null;
    if (this.#last === null) this.first = connection;
    else this.#last.next = connection;
    this.#last = connection;
    this.size += 1;
  }

  remove(connection: Connection): void {
    if (connection.previous === null) this.first = connection.next;
    else connection.previous.next = connection.next;
    if (connection.next === null) this.#last = connection.previous;
    else connection.next.previous = connection.previous;
    connection.previous = null;
    connection.next = null;
    this.size -= 1;
  }
}
