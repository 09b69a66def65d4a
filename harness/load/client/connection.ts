import { Buffer } from 'node:buffer';
import { Socket } from 'node:net';
import type { ClockUs } from './engine.ts';
import { ResponseParser } from './response.ts';
import type { LoadTally, Outcome } from './tally.ts';

/** net.Socket tells of connect() by the event `connectionAttempt` from Node 20.12 on (and 21.6). */
const TELLS_ATTEMPTS = tellsAttempts(process.versions.node);

function tellsAttempts(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 21 || (major === 21 && minor >= 6) || (major === 20 && minor >= 12);
}

/** All connections read into the same memory: a read is handled to its end before the next one begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Where its requests go: ready-made bytes, and the open-loop engine's number of the target. */
export interface ConnectionTarget {
  readonly index: number;
  readonly socketAddress: { readonly host: string; readonly port: number };
  readonly expectedBody: string;
  readonly keepRequest: Buffer;
  readonly lastRequest: Buffer;
}

/** What a connection tells its owner. An object with methods, not closures: one connection lives as short as one request. */
export interface ConnectionOwner {
  readonly clockUs: ClockUs;
  /** The local port of a new connection to that target; 0 leaves it to the kernel. */
  localPort(target: number): number;
  /** The request was sent: at `connection.sentUs`. */
  onSent(connection: Connection): void;
  onConnected(connection: Connection, nowUs: number): void;
  /** The request ended; the connection is `idle` if it can carry another, else on its way out. */
  onEnd(connection: Connection, outcome: Outcome, nowUs: number, code: string | null): void;
  /** The connection is gone. */
  onGone(connection: Connection): void;
  /** It is closed to the last bit and may be opened again. */
  onReusable(connection: Connection): void;
}

/** `leaving`: its last answer is whole, and the server is about to close it. */
export type ConnectionState = 'connecting' | 'busy' | 'idle' | 'leaving' | 'gone';

/**
 * One TCP connection and the one request that may be in flight on it. Thrifty on purpose: a shared read buffer (`onread`), ready-made
 * request bytes, no timer, no promise. `setNoDelay` is left out: a connection writes once per answer, so Nagle never waits, and the system call is saved.
 */
export class Connection {
  readonly target: ConnectionTarget;
  /** The phase that opened it; `null` for the warm-up. */
  openedBy: LoadTally | null = null;
  state: ConnectionState = 'connecting';
  requests = 0;
  /** The account of the request in flight. */
  tally: LoadTally | null = null;
  dueUs = 0;
  sentUs = 0;
  firstByteUs = 0;
  /** Since when it is `leaving`. */
  leavingUs = 0;
  /** Links of the list that its owner keeps it in. */
  previous: Connection | null = null;
  next: Connection | null = null;
  readonly parser: ResponseParser;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  #last = false;
  #broken = false;

  constructor(owner: ConnectionOwner, target: ConnectionTarget) {
    this.target = target;
    this.parser = new ResponseParser(target.expectedBody);
    this.#owner = owner;
    // allowHalfOpen: the server's FIN must not make node shut down our side by a system call of its own before it closes.
    this.#socket = new Socket({
      allowHalfOpen: true,
      onread: { buffer: READ_BUFFER, callback: (bytes) => this.#onBytes(bytes) },
    });
    this.#socket.on('connectionAttempt', () => this.#onAttempt());
    this.#socket.on('connect', () => this.#onConnect());
    this.#socket.on('end', () => this.#onFin());
    this.#socket.on('error', (error: NodeJS.ErrnoException) => this.#onError(error));
    this.#socket.on('close', () => this.#onClose());
  }

  /**
   * Opens the connection; the request leaves as soon as it stands. Time counts from the system call connect(), not from here.
   * A closed one may be opened again (node:net allows it after `close`), which spares making a stream for every request: less CPU, and less for the
   * garbage collector to copy, because a socket outlives its connection until a full collection.
   */
  open(last: boolean, openedBy: LoadTally | null): void {
    this.#last = last;
    this.openedBy = openedBy;
    this.state = 'connecting';
    this.requests = 0;
    this.sentUs = 0;
    // Older versions (a client's image may have one): for an address connect() is called in the next tick, right behind this one of ours.
    if (!TELLS_ATTEMPTS) process.nextTick(() => this.#onAttempt());
    const localPort = this.#owner.localPort(this.target.index);
    const { host, port } = this.target.socketAddress;
    this.#socket.connect(localPort === 0 ? this.target.socketAddress : { host, port, localPort });
  }

  /** Sends a request on an idle connection. */
  send(last: boolean): void {
    this.#last = last;
    this.sentUs = this.#owner.clockUs();
    this.#owner.onSent(this);
    this.#write();
  }

  /** Ends it from our side, with whatever is in flight. */
  end(outcome: Outcome): void {
    this.#fail(outcome, null);
  }

  /** Closes it when no request is in flight. */
  discard(): void {
    this.#leave();
  }

  #onAttempt(): void {
    this.sentUs = this.#owner.clockUs();
    this.#owner.onSent(this);
  }

  #onConnect(): void {
    this.#owner.onConnected(this, this.#owner.clockUs());
    this.#write();
  }

  #write(): void {
    this.state = 'busy';
    this.requests += 1;
    this.firstByteUs = 0;
    this.#socket.write(this.#last ? this.target.lastRequest : this.target.keepRequest);
  }

  #onBytes(count: number): boolean {
    if (this.state !== 'busy') {
      // Bytes that nobody asked for: no later answer could be assigned to its request.
      this.#leave();
      return false;
    }
    const nowUs = this.#owner.clockUs();
    if (this.firstByteUs === 0) this.firstByteUs = nowUs;
    const verdict = this.parser.feed(READ_BUFFER, count);
    if (verdict !== 'more') this.#onAnswer(verdict, nowUs);
    return true;
  }

  #onAnswer(verdict: Outcome, nowUs: number): void {
    const framed = this.parser.reusable;
    this.state = framed && !this.#last ? 'idle' : 'leaving';
    this.leavingUs = nowUs;
    this.#owner.onEnd(this, verdict, nowUs, null);
  }

  /** The server closed: normal where no request is in flight, else the answer will never be whole. */
  #onFin(): void {
    if (this.state === 'busy') this.#fail('reset', null);
    else this.#leave();
  }

  /** One that broke is not opened again: what an error leaves behind in a stream is nobody's promise. */
  #onClose(): void {
    if (!this.#broken) this.#owner.onReusable(this);
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#broken = true;
    const code = error.code ?? error.name;
    this.#fail(outcomeOf(code), code);
  }

  #fail(outcome: Outcome, code: string | null): void {
    if (this.state === 'gone') return;
    const inFlight = this.state === 'busy' || this.state === 'connecting';
    const unsent = this.state === 'connecting' && this.sentUs === 0;
    this.state = 'leaving';
    if (unsent) this.#onAttempt();
    if (inFlight) this.#owner.onEnd(this, outcome, this.#owner.clockUs(), code);
    this.#leave();
  }

  #leave(): void {
    if (this.state === 'gone') return;
    this.state = 'gone';
    this.#socket.destroy();
    this.#owner.onGone(this);
  }
}

/**
 * System error → outcome. A FIN before the answer is whole also counts as `reset` (`#onFin`): to the one who asked, it is the same.
 * ETIMEDOUT is the kernel giving up on a connect.
 */
export function outcomeOf(code: string): 'refused' | 'reset' | 'timedOut' | 'failed' {
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'reset';
  return code === 'ETIMEDOUT' ? 'timedOut' : 'failed';
}
