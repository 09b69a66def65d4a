import type { Histogram } from 'hdr-histogram-js';
import { encodeHistogram, makeHistogram, quantileUs, recordUs } from '../../model/histogram.ts';
import type { LoadTarget } from '../../model/load.ts';
import type { WireResult } from '../../model/wire.ts';
import type { Handshake } from './handshake-matcher.ts';

const SLICE_MS = 1000;

/** Unix ms of the load phase, by the same machine's clock as the capture's. */
export interface LoadPhase {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

interface TargetTally {
  readonly id: string;
  readonly handshake: Histogram;
  readonly retransmitted: Histogram;
  unanswered: number;
}

/** Gathers handshakes whose first SYN fell into the load phase: by target and by second. */
export class WireSummary {
  readonly #phase: LoadPhase;
  readonly #targets: ReadonlyMap<string, TargetTally>;
  readonly #slices = new Map<number, Histogram>();
  #connections = 0;

  constructor(targets: readonly LoadTarget[], phase: LoadPhase) {
    this.#phase = phase;
    this.#targets = new Map(
      targets.map(({ id, address, port }) => [
        `${address}:${port}`,
        { id, handshake: makeHistogram(), retransmitted: makeHistogram(), unanswered: 0 },
      ]),
    );
  }

  /** Connections of the load phase to any of the targets, answered or not. */
  get connections(): number {
    return this.#connections;
  }

  /** `synAtMs`: Unix time of the handshake's first SYN, with its fraction. */
  take(handshake: Handshake, synAtMs: number): void {
    const target = this.#targets.get(handshake.destination);
    if (target === undefined || synAtMs < this.#phase.startedAtMs || synAtMs > this.#phase.endedAtMs) return;
    this.#connections += 1;
    if (handshake.durationNs === null) target.unanswered += 1;
    else if (handshake.syns > 1) recordUs(target.retransmitted, handshake.durationNs / 1000);
    else {
      recordUs(target.handshake, handshake.durationNs / 1000);
      recordUs(this.#sliceAt(synAtMs), handshake.durationNs / 1000);
    }
  }

  /** Targets in the order given, slices in the order of time (a second without connections has none). */
  result(): Pick<WireResult, 'targets' | 'slices'> {
    return {
      targets: [...this.#targets.values()].map(({ id, handshake, retransmitted, unanswered }) => ({
        id,
        handshake: encodeHistogram(handshake),
        retransmitted: encodeHistogram(retransmitted),
        unanswered,
      })),
      slices: [...this.#slices]
        .sort(([first], [second]) => first - second)
        .map(([slice, histogram]) => ({
          startMs: slice * SLICE_MS,
          connections: histogram.totalCount,
          p50Us: quantileUs(histogram, 0.5),
          p99Us: quantileUs(histogram, 0.99),
        })),
    };
  }

  #sliceAt(synAtMs: number): Histogram {
    const slice = Math.floor((synAtMs - this.#phase.startedAtMs) / SLICE_MS);
    const known = this.#slices.get(slice);
    if (known !== undefined) return known;
    const histogram = makeHistogram();
    this.#slices.set(slice, histogram);
    return histogram;
  }
}
