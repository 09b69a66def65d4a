import { median } from 'simple-statistics';
import type { Timeline } from '../../model/findings.ts';
import { formatServices, formatTimeUs } from '../format-number.ts';

type Slice = Timeline['slices'][number];

/** Above so many slices each point is the median of a trial: the page stays light, and nobody sees single points in such a crowd. */
export const MOST_SLICES = 600;
export const CURVES = [
  { id: 'handshakeP50Us', label: 'p50, handshake on the wire' },
  { id: 'handshakeP99Us', label: 'p99, handshake on the wire' },
  { id: 'totalP50Us', label: 'p50, total' },
  { id: 'totalP99Us', label: 'p99, total' },
] as const;
export type CurveId = (typeof CURVES)[number]['id'];

export interface TimePoint {
  readonly modeId: string;
  readonly atMin: number;
  readonly us: number;
  readonly tip: string;
}

function tipOf(slice: Slice, curve: CurveId, us: number, span: string): string {
  const label = CURVES.find((one) => one.id === curve)?.label ?? curve;
  return `${slice.modeId}, ${slice.spec}, ${formatServices(slice.sizeServices)}, ${span}: ${label} ${formatTimeUs(us)}`;
}

function slicePoints(slices: readonly Slice[], curve: CurveId): TimePoint[] {
  return slices.flatMap((slice) => {
    const us = slice[curve];
    if (us === null || us <= 0) return [];
    const tip = tipOf(slice, curve, us, `trial ${slice.trialIndex}`);
    return [{ modeId: slice.modeId, atMin: slice.sinceStartMs / 60_000, us, tip }];
  });
}

function trialPoints(slices: readonly Slice[], curve: CurveId): TimePoint[] {
  return [...Map.groupBy(slices, (slice) => slice.trialIndex).values()].flatMap((own) => {
    const values = own.flatMap((slice) => slice[curve] ?? []).filter((us) => us > 0);
    const first = own[0];
    if (first === undefined || values.length === 0) return [];
    const us = median(values);
    const tip = tipOf(first, curve, us, `trial ${first.trialIndex}, median of its seconds`);
    return [{ modeId: first.modeId, atMin: median(own.map((slice) => slice.sinceStartMs)) / 60_000, us, tip }];
  });
}

/** Latencies over the run, thinned to one per trial when there are very many. */
export function pointsOf(timeline: Timeline, curve: CurveId): TimePoint[] {
  return timeline.slices.length > MOST_SLICES
    ? trialPoints(timeline.slices, curve)
    : slicePoints(timeline.slices, curve);
}

/** Stretches of the run that had one size: where one ends and the next begins. */
export function blocksOf(timeline: Timeline): { sizeServices: number; startMin: number; endMin: number }[] {
  const blocks: { sizeServices: number; startMin: number; endMin: number }[] = [];
  for (const trial of timeline.trials.toSorted((a, b) => a.sinceStartMs - b.sinceStartMs)) {
    const startMin = trial.sinceStartMs / 60_000;
    const endMin = (trial.sinceStartMs + trial.durationMs) / 60_000;
    const last = blocks.at(-1);
    if (last !== undefined && last.sizeServices === trial.sizeServices) last.endMin = endMin;
    else blocks.push({ sizeServices: trial.sizeServices, startMin, endMin });
  }
  return blocks;
}
