import type { Histogram } from 'hdr-histogram-js';
import { encodeHistogram, makeHistogram, recordUs, type StoredHistogram } from '../../model/hdr.ts';
import type { LoadTarget, Outcomes, TargetLoad } from '../../model/load.ts';
import { Slices } from './slices.ts';

export type Outcome = keyof Outcomes;

/** How one request ended, times in µs of the client's monotonic clock. */
export interface Exchange {
  readonly dueUs: number;
  readonly sentUs: number;
  readonly firstByteUs: number;
  readonly endUs: number;
}

/** Counts of one target in one load phase. Maps and histograms are written to, never copied, on the way of a request. */
class TargetTally {
  readonly id: string;
  due = 0;
  connections = 0;
  readonly outcomes: Record<Outcome, number> = {
    ok: 0,
    refused: 0,
    reset: 0,
    timedOut: 0,
    badStatus: 0,
    wrongBody: 0,
    failed: 0,
    unsent: 0,
  };
  readonly backends = new Map<string, number>();
  readonly connectionBackends = new Map<string, number>();
  readonly connect = makeHistogram();
  readonly firstByte = makeHistogram();
  readonly total = makeHistogram();
  readonly connectFromDue = makeHistogram();
  readonly firstByteFromDue = makeHistogram();
  readonly totalFromDue = makeHistogram();

  constructor(target: LoadTarget) {
    this.id = target.id;
  }
}

/**
 * The account of one load phase. The rule that makes it one: every request that was due is entered once with `due` and once with `end`;
 * `close` throws when the two do not agree, because then the client has lost a request and none of its numbers can be trusted.
 */
export class LoadTally {
  readonly #lateness: Histogram = makeHistogram();
  readonly otherErrors = new Map<string, number>();
  readonly slices = new Slices();
  slowConnects = 0;
  sent = 0;
  ok = 0;
  errors = 0;
  readonly #targets: readonly TargetTally[];
  /** The phase's start, µs of the monotonic clock; slices count from it. */
  readonly #startUs: number;

  constructor(targets: readonly LoadTarget[], startUs: number) {
    this.#targets = targets.map((target) => new TargetTally(target));
    this.#startUs = startUs;
  }

  /** A request of target number `index` came due. */
  due(index: number, dueUs: number): void {
    this.#target(index).due += 1;
    this.slices.addRequest(dueUs - this.#startUs);
  }

  /** It was sent: for a new connection, the moment of connect(). */
  sentAt(dueUs: number, sentUs: number): void {
    this.sent += 1;
    recordUs(this.#lateness, sentUs - dueUs);
  }

  /** A connection that this phase opened stands. */
  connected(index: number, times: Pick<Exchange, 'dueUs' | 'sentUs'>, nowUs: number): void {
    const target = this.#target(index);
    const connectUs = nowUs - times.sentUs;
    target.connections += 1;
    recordUs(target.connect, connectUs);
    recordUs(target.connectFromDue, nowUs - times.dueUs);
    this.slices.addConnect(times.dueUs - this.#startUs, connectUs);
    if (isSlowConnect(connectUs)) this.slowConnects += 1;
  }

  /** An answer that names its backend; `first` when it was the first on its connection and this phase opened that. */
  answeredBy(index: number, backend: string | null, first: boolean): void {
    if (backend === null) return;
    const target = this.#target(index);
    count(target.backends, backend);
    if (first) count(target.connectionBackends, backend);
  }

  /** The request ended well. */
  endOk(index: number, exchange: Exchange): void {
    const target = this.#target(index);
    const { dueUs, sentUs, firstByteUs, endUs } = exchange;
    target.outcomes.ok += 1;
    this.ok += 1;
    recordUs(target.firstByte, firstByteUs - sentUs);
    recordUs(target.firstByteFromDue, firstByteUs - dueUs);
    recordUs(target.total, endUs - sentUs);
    recordUs(target.totalFromDue, endUs - dueUs);
    this.slices.addTotal(dueUs - this.#startUs, endUs - sentUs);
  }

  /** The request ended well. For an engine that knows neither its due time nor its first byte. */
  endOkTotal(index: number, exchange: Pick<Exchange, 'dueUs' | 'sentUs' | 'endUs'>): void {
    const target = this.#target(index);
    const totalUs = exchange.endUs - exchange.sentUs;
    target.outcomes.ok += 1;
    this.ok += 1;
    recordUs(target.total, totalUs);
    this.slices.addTotal(exchange.dueUs - this.#startUs, totalUs);
  }

  /** The request ended in any other way. `code` names what `failed` stands for. */
  endBadly(index: number, outcome: Exclude<Outcome, 'ok'>, dueUs: number, code: string | null): void {
    this.#target(index).outcomes[outcome] += 1;
    this.errors += 1;
    this.slices.addError(dueUs - this.#startUs);
    if (outcome === 'failed') count(this.otherErrors, code ?? 'unknown');
  }

  /** The account by target. Throws when it does not add up. */
  close(): TargetLoad[] {
    return this.#targets.map((target) => {
      const ended = Object.values(target.outcomes).reduce((sum, one) => sum + one, 0);
      if (ended !== target.due)
        throw new Error(`${target.id}: ${target.due} requests were due, ${ended} ended: the load client lost count`);
      return encodeTarget(target);
    });
  }

  encodeLateness(): StoredHistogram {
    return encodeHistogram(this.#lateness);
  }

  #target(index: number): TargetTally {
    const target = this.#targets[index];
    if (target === undefined) throw new Error(`no target number ${index}`);
    return target;
  }
}

function encodeTarget(target: TargetTally): TargetLoad {
  return {
    id: target.id,
    outcomes: target.outcomes,
    connections: target.connections,
    backends: Object.fromEntries(target.backends),
    connectionBackends: Object.fromEntries(target.connectionBackends),
    times: {
      connect: encodeHistogram(target.connect),
      firstByte: encodeHistogram(target.firstByte),
      total: encodeHistogram(target.total),
      connectFromDue: encodeHistogram(target.connectFromDue),
      firstByteFromDue: encodeHistogram(target.firstByteFromDue),
      totalFromDue: encodeHistogram(target.totalFromDue),
    },
  };
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Linux sends a SYN again after 1 s, and then after 2 s more (TCP_TIMEOUT_INIT, RFC 6298): the mark of one or two lost SYNs. */
export function isSlowConnect(connectUs: number): boolean {
  return (connectUs >= 900_000 && connectUs <= 1_200_000) || (connectUs >= 2_900_000 && connectUs <= 3_300_000);
}
