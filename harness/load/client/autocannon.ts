import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { LoadSpec, LoadTarget } from '../../model/load.ts';
import { outcomeOf } from './connection.ts';
import type { ClockUs, EngineSession, LoadEngine, Stretch, StretchEnd } from './engine.ts';
import type { LoadTally, Outcome } from './tally.ts';

/** Connections over all targets together; at least one for each. */
const CONNECTIONS = 10;
/** autocannon refuses less. */
const LEAST_TIMEOUT_S = 1;
/** How often autocannon looks whether its time is up. */
const SAMPLE_MS = 100;

/**
 * Closed-loop saturation with keepalive, by autocannon 9: every connection sends its next request as soon as the last is answered.
 * Measured with it: why it is never used for a paced load or for connections that end. `overallRate` sends a second's quota at once at the start of each second,
 * and the answer that ends a connection is not reported (`reconnectRate: 1` counted none of 4,009 requests).
 *
 * What it cannot tell is left empty: there are no due times (lateness and the times from due), and it reports neither connects nor first bytes. Its first request on
 * a connection includes connecting. Requests in flight when the time is up are not counted. Connections are not kept from the warm-up to the load.
 */
export const autocannonEngine: LoadEngine = {
  refusal({ policy }) {
    if (policy.kind === 'keepalive' && policy.requests === null) return null;
    return {
      message:
        'autocannon does not count the answer that ends a connection, so it can only measure connections that stay open',
      remedy: 'use the engine open-loop, or the policy keepalive without a number',
    };
  },
  open: (spec, clockUs) => new Saturation(spec, clockUs),
};

class Saturation implements EngineSession {
  readonly #spec: LoadSpec;
  readonly #clockUs: ClockUs;

  constructor(spec: LoadSpec, clockUs: ClockUs) {
    this.#spec = spec;
    this.#clockUs = clockUs;
  }

  async run(stretch: Stretch): Promise<StretchEnd> {
    await sleep(Math.max(0, (stretch.startUs - this.#clockUs()) / 1000));
    const window = { tally: stretch.tally, endUs: stretch.startUs + stretch.durationMs * 1000 };
    await Promise.all(this.#spec.targets.map((target, index) => this.#saturate(target, index, window)));
    return { sendingMs: stretch.durationMs };
  }

  close(): void {}

  async #saturate(target: LoadTarget, index: number, window: Window): Promise<void> {
    const spec = this.#spec;
    const finished: { watch: ClientWatch | null } = { watch: null };
    await autocannon({
      url: `http://${target.address}:${target.port}${spec.path}`,
      connections: Math.ceil(CONNECTIONS / spec.targets.length),
      duration: (window.endUs - this.#clockUs()) / 1e6,
      sampleInt: SAMPLE_MS,
      timeout: Math.max(LEAST_TIMEOUT_S, spec.requestTimeoutMs / 1000),
      setupClient: (client) => {
        const watch = new ClientWatch(index, window, this.#clockUs);
        watch.follow(client, () => {
          finished.watch = watch;
        });
      },
      // Called in the same turn, right after `response`: the body belongs to the client that has just answered.
      verifyBody: (body) => {
        const right = body?.toString() === spec.expectedBody;
        finished.watch?.endAnswer(right);
        return right;
      },
      skipAggregateResult: true,
    });
  }
}

interface Window {
  readonly tally: LoadTally | null;
  /** What ends later is not counted. */
  readonly endUs: number;
}

/**
 * Counts one of autocannon's connections by its events. Its order of events when a connection breaks: a time-out is reported after the next request was sent,
 * an error before; a FIN is not reported at all, but shows as a request that follows an unanswered one. RTT is taken between the events `request` and `response`, because after
 * a FIN autocannon's own number is that of the lost request.
 */
class ClientWatch {
  readonly #index: number;
  readonly #window: Window;
  readonly #clockUs: ClockUs;
  #sentUs: number | null = null;
  /** An unanswered request that was followed by another. */
  #supersededUs: number | null = null;
  #answer: { status: number; sentUs: number; endUs: number } | null = null;
  #backend: string | null = null;
  #answers = 0;

  constructor(index: number, window: Window, clockUs: ClockUs) {
    this.#index = index;
    this.#window = window;
    this.#clockUs = clockUs;
  }

  follow(client: EventEmitter, onResponse: () => void): void {
    client.on('request', () => this.#onRequest());
    client.on('headers', (head: unknown) => this.#onHeaders(head as { headers: readonly string[] }));
    client.on('response', (status: number) => {
      onResponse();
      this.#onResponse(status);
    });
    client.on('timeout', () => this.#onTimeout());
    client.on('connError', (error: NodeJS.ErrnoException) => this.#onConnectionError(error.code ?? error.name));
  }

  /** The answer of the last `response` had the right body, or not. */
  endAnswer(rightBody: boolean): void {
    const answer = this.#answer;
    this.#answer = null;
    if (answer === null) return;
    const { tally } = this.#window;
    if (tally === null || answer.endUs > this.#window.endUs) return;
    const { sentUs, endUs } = answer;
    tally.due(this.#index, sentUs);
    tally.sent += 1;
    tally.answeredBy(this.#index, this.#backend, this.#answers === 1);
    if (answer.status === 200 && rightBody) tally.endOkTotal(this.#index, { dueUs: sentUs, sentUs, endUs });
    else tally.endBadly(this.#index, answer.status === 200 ? 'wrongBody' : 'badStatus', sentUs, null);
  }

  #onRequest(): void {
    this.#supersededUs = this.#sentUs;
    this.#sentUs = this.#clockUs();
    if (this.#supersededUs !== null) this.#answers = 0;
  }

  #onHeaders({ headers }: { readonly headers: readonly string[] }): void {
    const place = headers.findIndex((word, index) => index % 2 === 0 && word.toLowerCase() === 'x-backend');
    this.#backend = place === -1 ? null : (headers[place + 1] ?? null);
  }

  #onResponse(status: number): void {
    this.#endSuperseded('reset');
    this.#answers += 1;
    this.#answer = { status, sentUs: this.#sentUs ?? 0, endUs: this.#clockUs() };
    this.#sentUs = null;
  }

  #onTimeout(): void {
    this.#endSuperseded('timedOut');
  }

  #onConnectionError(code: string): void {
    this.#answers = 0;
    if (this.#sentUs === null) return;
    this.#endUnanswered(outcomeOf(code), this.#sentUs, code);
    this.#sentUs = null;
  }

  #endSuperseded(outcome: 'reset' | 'timedOut'): void {
    if (this.#supersededUs === null) return;
    this.#endUnanswered(outcome, this.#supersededUs, null);
    this.#supersededUs = null;
  }

  #endUnanswered(outcome: Exclude<Outcome, 'ok'>, sentUs: number, code: string | null): void {
    const { tally, endUs } = this.#window;
    if (tally === null || this.#clockUs() > endUs) return;
    tally.due(this.#index, sentUs);
    tally.sent += 1;
    tally.endBadly(this.#index, outcome, sentUs, code);
  }
}
