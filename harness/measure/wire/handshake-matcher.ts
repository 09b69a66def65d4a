import type { TcpSegment } from './tcp-segment.ts';

/** One attempt to connect, as far as the capture shows. Times are nanoseconds since an origin that the caller chose. */
export interface Handshake {
  /** "address:port" that the SYN went to. */
  readonly destination: string;
  readonly synAtNs: number;
  /** First SYN to first SYN/ACK; `null` when none came. */
  readonly durationNs: number | null;
  /** How many SYNs with this sequence number were seen. */
  readonly syns: number;
}

interface Attempt {
  readonly destination: string;
  readonly sequence: number;
  readonly synAtNs: number;
  durationNs: number | null;
  syns: number;
}

/** An unanswered SYN is sent again for up to 127 s (tcp_syn_retries = 6), an answered one within 1 s if the answer was lost. */
const UNANSWERED_NS = 130e9;
const ANSWERED_NS = 4e9;

/**
 * Pairs SYN with SYN/ACK per flow. A flow is the 4-tuple; an attempt in it is identified by its initial sequence number, so that a client port
 * used again is a new attempt, and the same number again is the same SYN sent again. An answer belongs to the attempt whose number + 1 it acknowledges.
 * Pure: no clock but the packets'. Attempts are given out when nothing more can happen to them, oldest first, so memory holds the
 * last few seconds only.
 */
export class HandshakeMatcher {
  readonly #onHandshake: (handshake: Handshake) => void;
  readonly #attempts = new Map<string, Attempt>();
  #strayAnswers = 0;

  constructor(onHandshake: (handshake: Handshake) => void) {
    this.#onHandshake = onHandshake;
  }

  /** SYN/ACKs whose SYN was not seen: sent before the capture began, or lost by it. */
  get strayAnswers(): number {
    return this.#strayAnswers;
  }

  push(segment: TcpSegment, atNs: number): void {
    if (!segment.syn) return;
    if (segment.ack) this.#takeAnswer(segment, atNs);
    else this.#takeSyn(segment, atNs);
  }

  /** Gives out what is left. */
  finish(): void {
    for (const attempt of this.#attempts.values()) this.#onHandshake(attempt);
    this.#attempts.clear();
  }

  #takeSyn(segment: TcpSegment, atNs: number): void {
    this.#giveOutOld(atNs);
    const destination = `${segment.destinationAddress}:${segment.destinationPort}`;
    const flow = `${segment.sourceAddress}:${segment.sourcePort}>${destination}`;
    const known = this.#attempts.get(flow);
    if (known !== undefined && known.sequence === segment.sequence) {
      known.syns += 1;
      return;
    }
    if (known !== undefined) {
      this.#onHandshake(known);
      // Deleted, so that the new attempt goes to the end of the map's order.
      this.#attempts.delete(flow);
    }
    this.#attempts.set(flow, { destination, sequence: segment.sequence, synAtNs: atNs, durationNs: null, syns: 1 });
  }

  #takeAnswer(segment: TcpSegment, atNs: number): void {
    const flow = `${segment.destinationAddress}:${segment.destinationPort}>${segment.sourceAddress}:${segment.sourcePort}`;
    const attempt = this.#attempts.get(flow);
    if (attempt === undefined || segment.acknowledgement !== (attempt.sequence + 1) >>> 0) {
      this.#strayAnswers += 1;
      return;
    }
    attempt.durationNs ??= atNs - attempt.synAtNs;
  }

  #giveOutOld(nowNs: number): void {
    for (const [flow, attempt] of this.#attempts) {
      const ageNs = nowNs - attempt.synAtNs;
      if (ageNs <= (attempt.durationNs === null ? UNANSWERED_NS : ANSWERED_NS)) return;
      this.#onHandshake(attempt);
      this.#attempts.delete(flow);
    }
  }
}
