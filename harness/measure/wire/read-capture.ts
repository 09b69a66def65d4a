import { createReadStream } from 'node:fs';
import type { LoadTarget } from '../../model/load.ts';
import type { WireResult } from '../../model/wire.ts';
import { HandshakeMatcher } from './handshake-matcher.ts';
import { PcapReader } from './pcap.ts';
import { parseTcpSegment } from './tcp-segment.ts';
import { type LoadPhase, WireSummary } from './wire-summary.ts';

/** What a capture file says of one load phase. */
export interface CaptureReading extends Pick<WireResult, 'targets' | 'slices'> {
  /** Packets in the file, and those of them stamped inside the load phase. */
  readonly packets: number;
  readonly packetsInPhase: number;
  /** Connections of the load phase to the targets, answered or not. */
  readonly connections: number;
  readonly strayAnswers: number;
  /** The file ends inside a packet: tcpdump was killed. */
  readonly torn: boolean;
}

/**
 * Reads a pcap file of SYNs and SYN/ACKs chunk by chunk. Times are kept as nanoseconds since the first packet's second, which a double holds exactly
 * for 100 days; Unix nanoseconds would not fit.
 */
export async function readCapture(
  path: string,
  targets: readonly LoadTarget[],
  phase: LoadPhase,
): Promise<CaptureReading> {
  const summary = new WireSummary(targets, phase);
  let originS: number | null = null;
  const matcher = new HandshakeMatcher((handshake) =>
    summary.take(handshake, (originS ?? 0) * 1000 + handshake.synAtNs / 1e6),
  );
  let packets = 0;
  let packetsInPhase = 0;
  const reader = new PcapReader(({ seconds, nanoseconds, data }, { linkType }) => {
    packets += 1;
    originS ??= seconds;
    const atMs = seconds * 1000 + nanoseconds / 1e6;
    if (atMs >= phase.startedAtMs && atMs <= phase.endedAtMs) packetsInPhase += 1;
    const segment = parseTcpSegment(data, linkType);
    if (segment !== null) matcher.push(segment, (seconds - originS) * 1e9 + nanoseconds);
  });
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) reader.push(chunk as Buffer);
  matcher.finish();
  const { torn } = reader.finish();
  const { connections } = summary;
  return { ...summary.result(), packets, packetsInPhase, connections, strayAnswers: matcher.strayAnswers, torn };
}
