import type { Timeline } from '../../model/findings.ts';
import { holdsQuantile } from '../../model/quantile.ts';
import type { Run } from '../../model/run.ts';
import type { Trial } from '../../model/trial.ts';
import { LOAD } from './quantities.ts';

type Slice = Timeline['slices'][number];

/** A second's p99 of too few values is its longest under another name. */
function p99Of(count: number, p99Us: number | null): number | null {
  return holdsQuantile(count, 0.99) ? p99Us : null;
}

function slicesOf(trial: Trial, runStartMs: number): Slice[] {
  const { load, wire } = trial;
  if (load === null) return [];
  const { index, sizeServices, modeId, policyId: spec } = trial.plan;
  // Client and capture cut the same phase into the same slices; a slice without a counterpart shows what it has.
  const wireAt = new Map((wire?.slices ?? []).map((slice) => [slice.startMs, slice]));
  return load.slices.map((slice) => {
    const onWire = wireAt.get(slice.startMs) ?? null;
    return {
      sinceStartMs: load.startedAtMs - runStartMs + slice.startMs,
      trialIndex: index,
      sizeServices,
      modeId,
      experiment: LOAD,
      spec,
      connectP50Us: slice.connectP50Us,
      totalP50Us: slice.totalP50Us,
      totalP99Us: p99Of(slice.requests - slice.errors, slice.totalP99Us),
      handshakeP50Us: onWire?.p50Us ?? null,
      handshakeP99Us: p99Of(onWire?.connections ?? 0, onWire?.p99Us ?? null),
      errors: slice.errors,
    };
  });
}

function trialMark(trial: Trial, runStartMs: number): Timeline['trials'][number] {
  const { index, round, sizeServices, modeId, policyId: spec } = trial.plan;
  return {
    sinceStartMs: Date.parse(trial.startedAt) - runStartMs,
    durationMs: trial.durationMs,
    trialIndex: index,
    round,
    sizeServices,
    modeId,
    experiment: LOAD,
    spec,
    valid: trial.valid,
    busyCores: trial.cpuLoad?.busyCores ?? null,
    kubeProxyCores: trial.groups['kube-proxy']?.loadCores ?? null,
  };
}

/** The run over time, invalid trials included: what happened is shown, also where no finding is drawn from it. */
export function summarizeTimeline(run: Run): Timeline {
  const runStartMs = Date.parse(run.header.startedAt);
  const syncs = run.trials.flatMap((trial) =>
    trial.syncs.map(({ atMs, durationMs, kind }) => {
      const { sizeServices, modeId } = trial.plan;
      return { sinceStartMs: atMs - runStartMs, durationMs, kind, sizeServices, modeId };
    }),
  );
  return {
    slices: run.trials.flatMap((trial) => slicesOf(trial, runStartMs)),
    trials: run.trials.map((trial) => trialMark(trial, runStartMs)),
    syncs: syncs.sort((one, other) => one.sinceStartMs - other.sinceStartMs),
  };
}
