import { Buffer } from 'node:buffer';
import type { LoadSpec, LoadTarget } from '../../model/load.ts';
import { Connection, type ConnectionOwner, type ConnectionTarget } from './connection.ts';
import { ConnectionList } from './connection-list.ts';
import type { ClockUs, EngineSession, LoadEngine, Stretch, StretchEnd } from './engine.ts';
import { LocalPorts } from './local-ports.ts';
import { makeSchedule } from './schedule.ts';
import type { Outcome } from './tally.ts';

/** After so many requests at once the answers that have come meanwhile are read, before the backlog goes on. */
const BATCH = 64;
/** How long after the end of a stretch its last requests may still be sent; what is left then was `unsent`. */
const SENDING_GRACE_US = 100_000;
/** A connection whose last answer is whole waits this long for the server's FIN, then it is closed from here. */
const LEAVING_US = 250_000;
/** How often requests that take too long are looked for. */
const SWEEP_US = 10_000;

/**
 * Constant arrival rate, whatever the answers do: requests leave at their due times, over the targets in turn, and a target without an
 * idle connection gets another one.
 *
 * Connections are closed by the server: the request that is to be the last on its connection says `Connection: close`, and we wait for the FIN. Whoever
 * closes first keeps the address pair in TIME_WAIT for a minute; on our side that would use up the client's 28,000 ports in half a minute at 1,000/s.
 * (The price, as with most real clients behind a proxy: ports come back soon, inside conntrack's and IPVS's own TIME_WAIT. That is part of what is measured.)
 *
 * A request that meets a connection which the server has just closed counts as `reset` and is not tried again: a retry would hide a fault of the path.
 * A server that closes an idle connection, or says `Connection: close` in an answer (NGINX's keepalive_requests), is no fault, and the next request opens another.
 */
export const openLoop: LoadEngine = {
  refusal: () => null,
  open: (spec, clockUs) => new OpenLoop(spec, clockUs),
};

interface Running {
  readonly stretch: Stretch;
  readonly nextDue: () => number;
  /** µs of the clock. */
  readonly endUs: number;
  /** µs of the clock; Infinity when all were sent. */
  nextDueUs: number;
  lastSentUs: number;
  readonly finish: (end: StretchEnd) => void;
  readonly fail: (error: unknown) => void;
}

class OpenLoop implements EngineSession, ConnectionOwner {
  readonly clockUs: ClockUs;
  readonly #spec: LoadSpec;
  readonly #targets: readonly ConnectionTarget[];
  readonly #idle: readonly Connection[][];
  /** Closed connections, to be opened again. */
  readonly #closed: readonly Connection[][];
  readonly #inFlight = new ConnectionList();
  readonly #leaving = new ConnectionList();
  readonly #timeoutUs: number;
  readonly #requestsPerConnection: number;
  #turn = 0;
  #running: Running | null = null;
  #lastSweepUs = 0;
  readonly #localPorts: LocalPorts | null;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = 0;

  constructor(spec: LoadSpec, clockUs: ClockUs) {
    this.clockUs = clockUs;
    this.#spec = spec;
    this.#targets = spec.targets.map((target, index) => makeTarget(target, index, spec));
    this.#idle = spec.targets.map(() => []);
    this.#closed = spec.targets.map(() => []);
    this.#timeoutUs = spec.requestTimeoutMs * 1000;
    const { localPorts: range, targets, rateRps } = spec;
    this.#localPorts =
      range === null ? null : new LocalPorts({ range, targets: targets.length, ratePerS: rateRps, nowMs: Date.now() });
    const { policy } = spec;
    this.#requestsPerConnection = policy.kind === 'per-request' ? 1 : (policy.requests ?? Number.POSITIVE_INFINITY);
  }

  run(stretch: Stretch): Promise<StretchEnd> {
    return new Promise((finish, fail) => {
      const { arrivals, rateRps } = this.#spec;
      const { durationMs, seed, startUs } = stretch;
      const nextDue = makeSchedule({ arrivals, rateRps, durationMs, seed });
      const endUs = startUs + durationMs * 1000;
      const nextDueUs = startUs + nextDue();
      this.#running = { stretch, nextDue, endUs, nextDueUs, lastSentUs: startUs, finish, fail };
      this.#wakeIn(1);
    });
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const connection of this.#idle.flat()) connection.discard();
    while (this.#leaving.first !== null) this.#leaving.first.discard();
    while (this.#inFlight.first !== null) this.#inFlight.first.end('timedOut');
  }

  localPort(target: number): number {
    return this.#localPorts?.next(target) ?? 0;
  }

  onSent(connection: Connection): void {
    connection.tally?.sentAt(connection.dueUs, connection.sentUs);
  }

  onConnected(connection: Connection, nowUs: number): void {
    connection.tally?.connected(connection.target.index, connection, nowUs);
  }

  onEnd(connection: Connection, outcome: Outcome, nowUs: number, code: string | null): void {
    this.#inFlight.remove(connection);
    this.#account(connection, outcome, nowUs, code);
    if (connection.state === 'idle') this.#idle[connection.target.index]?.push(connection);
    else if (connection.state === 'leaving') this.#leaving.add(connection);
  }

  onGone(connection: Connection): void {
    const idle = this.#idle[connection.target.index] ?? [];
    const place = idle.indexOf(connection);
    if (place === -1) this.#leaving.remove(connection);
    else idle.splice(place, 1);
  }

  onReusable(connection: Connection): void {
    this.#closed[connection.target.index]?.push(connection);
  }

  #account(connection: Connection, outcome: Outcome, nowUs: number, code: string | null): void {
    const { tally, parser, dueUs, sentUs, firstByteUs } = connection;
    if (tally === null) return;
    const { index } = connection.target;
    tally.answeredBy(index, parser.backend, connection.requests === 1 && connection.openedBy === tally);
    parser.backend = null;
    if (outcome === 'ok') tally.endOk(index, { dueUs, sentUs, firstByteUs, endUs: nowUs });
    else tally.endBadly(index, outcome, dueUs, code);
  }

  readonly #tick = (): void => {
    const running = this.#running;
    if (running === null) return;
    try {
      this.#sendDue(running);
      this.#sweep(this.clockUs());
      this.#plan(running);
    } catch (error) {
      this.#running = null;
      running.fail(error);
    }
  };

  #sendDue(running: Running): void {
    const nowUs = this.clockUs();
    const late = nowUs > running.endUs + SENDING_GRACE_US;
    for (let sent = 0; running.nextDueUs <= nowUs && (late || sent < BATCH); sent += 1) {
      const index = this.#turn;
      this.#turn = index + 1 === this.#targets.length ? 0 : index + 1;
      const { tally } = running.stretch;
      tally?.due(index, running.nextDueUs);
      if (late) tally?.endBadly(index, 'unsent', running.nextDueUs, null);
      else this.#send(index, running);
      running.nextDueUs = running.stretch.startUs + running.nextDue();
    }
  }

  #send(index: number, running: Running): void {
    const idle = this.#idle[index]?.pop();
    const { tally } = running.stretch;
    const connection =
      idle ?? this.#closed[index]?.pop() ?? new Connection(this, this.#targets[index] as ConnectionTarget);
    connection.tally = tally;
    connection.dueUs = running.nextDueUs;
    connection.parser.reset();
    running.lastSentUs = this.clockUs();
    this.#inFlight.add(connection);
    if (idle === undefined) connection.open(this.#requestsPerConnection === 1, tally);
    else connection.send(connection.requests + 1 >= this.#requestsPerConnection);
  }

  /** One look for all connections instead of a timer each. Both lists are in order of time, so the look ends at the first that may live on. */
  #sweep(nowUs: number): void {
    if (nowUs - this.#lastSweepUs < SWEEP_US) return;
    this.#lastSweepUs = nowUs;
    const { first } = this.#inFlight;
    for (let one = first; one !== null && isOverdue(one, nowUs - this.#timeoutUs); one = this.#inFlight.first) {
      one.end('timedOut');
    }
    while (this.#leaving.first !== null && this.#leaving.first.leavingUs < nowUs - LEAVING_US)
      this.#leaving.first.discard();
  }

  #plan(running: Running): void {
    const nowUs = this.clockUs();
    if (running.nextDueUs <= nowUs) {
      setImmediate(this.#tick);
      return;
    }
    const allSent = running.nextDueUs === Number.POSITIVE_INFINITY;
    const drained = this.#inFlight.size === 0 && this.#leaving.size === 0;
    if (allSent && drained && nowUs >= running.endUs) {
      this.#running = null;
      const sendingUs = Math.max(running.endUs, running.lastSentUs) - running.stretch.startUs;
      running.finish({ sendingMs: sendingUs / 1000 });
      return;
    }
    const nextUs = allSent && nowUs < running.endUs ? running.endUs : Math.min(running.nextDueUs, nowUs + SWEEP_US);
    this.#wakeIn(Math.max(1, Math.floor((Math.min(nextUs, nowUs + SWEEP_US) - nowUs) / 1000)));
  }

  /** Timers have a grain of 1 ms, so at 1,000/s it is the same delay again and again: the timer is reused. */
  #wakeIn(delayMs: number): void {
    if (this.#timer !== null && this.#timerMs === delayMs) {
      this.#timer.refresh();
      return;
    }
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#tick, delayMs);
    this.#timerMs = delayMs;
  }
}

/** A connection whose connect() has not been called yet (sentUs 0) was made in this very turn. */
function isOverdue(connection: Connection, limitUs: number): boolean {
  return connection.sentUs !== 0 && connection.sentUs < limitUs;
}

function makeTarget(target: LoadTarget, index: number, spec: LoadSpec): ConnectionTarget {
  const request = (connection: string) =>
    Buffer.from(
      `GET ${spec.path} HTTP/1.1\r\nHost: ${formatHost(target)}\r\nConnection: ${connection}\r\n\r\n`,
      'latin1',
    );
  return {
    index,
    socketAddress: { host: target.address, port: target.port },
    expectedBody: spec.expectedBody,
    keepRequest: request('keep-alive'),
    lastRequest: request('close'),
  };
}

function formatHost({ address, port }: LoadTarget): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
