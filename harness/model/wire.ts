import { z } from 'zod';
import { histogramSchema } from './histogram.ts';

/** Handshakes of one target, seen on the wire: SYN to SYN/ACK at the client's veth. */
const targetWireSchema = z.strictObject({
  id: z.string(),
  /** Connections whose first SYN and SYN/ACK were both seen and that sent no SYN twice. */
  handshake: histogramSchema,
  /** Connections whose SYN was sent more than once; they are in no histogram, first SYN to SYN/ACK is `retransmitted`. */
  retransmitted: histogramSchema,
  /** SYN without any SYN/ACK. */
  unanswered: z.int(),
});

/** One trial's packet capture, read. Only connections whose SYN fell into the load phase count. */
export const wireResultSchema = z.strictObject({
  tool: z.string(),
  interface: z.string(),
  targets: z.array(targetWireSchema),
  /** Packets that the capture's own kernel buffer lost, as tcpdump says at its end. */
  droppedPackets: z.int(),
  capturedPackets: z.int(),
  /** CPU that the capturing process took over the load phase: the cost of looking. */
  captureCpuUs: z.number(),
  /** The same latencies over time, one row per slice, for the chart over the run. */
  slices: z.array(
    z.strictObject({
      startMs: z.number(),
      connections: z.int(),
      p50Us: z.number().nullable(),
      p99Us: z.number().nullable(),
    }),
  ),
});
export type WireResult = z.infer<typeof wireResultSchema>;
