/** Ports that a client may take for itself: `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Hands out the local ports of new connections: each target has a part of the range to itself and goes round in it.
 *
 * Left to the kernel, two targets get the same port within seconds. Behind a Service that is harmful: both are forwarded to the same pods, so the pod sees the
 * same four numbers again while it still holds the first connection in TIME_WAIT (60 s), with a timestamp of another series (Linux offsets timestamps by the
 * address that the client asked for, tcp_v4 secure_tcp_ts_off), takes the SYN for an old duplicate, and the client's SYN goes out again a second later. conntrack holds
 * the pair even longer. One client asking many VIPs of few pods at 1,000 connections/s is the laboratory's doing and no mode's, so it is avoided.
 *
 * The round begins where the clock says, so that the next trial's client goes on where the last one's stood: with 64,512 ports at 1,000 connections/s
 * a port comes again after 64 s.
 */
export class LocalPorts {
  readonly #first: number;
  readonly #width: number;
  readonly #cursors: number[];

  constructor(options: {
    readonly range: PortRange;
    readonly targets: number;
    readonly ratePerS: number;
    readonly nowMs: number;
  }) {
    const { range, targets, ratePerS, nowMs } = options;
    this.#first = range.first;
    this.#width = Math.max(1, Math.floor((range.last - range.first + 1) / targets));
    const start = Math.floor((nowMs / 1000) * (ratePerS / targets)) % this.#width;
    this.#cursors = Array.from({ length: targets }, () => start);
  }

  /** The next port of a target. */
  next(target: number): number {
    const cursor = this.#cursors[target] ?? 0;
    this.#cursors[target] = (cursor + 1) % this.#width;
    return this.#first + target * this.#width + cursor;
  }
}

/** A range → `parts` ranges of the same width, for clients that share an address. */
export function splitPorts(range: PortRange, parts: number): readonly PortRange[] {
  const width = Math.floor((range.last - range.first + 1) / parts);
  return Array.from({ length: parts }, (_, part) => ({
    first: range.first + part * width,
    last: range.first + (part + 1) * width - 1,
  }));
}
