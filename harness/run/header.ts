import { loweredRate } from '../experiment/load/capacity.ts';
import type { Plan } from '../model/plan.ts';
import type { Reason } from '../model/reason.ts';
import type { Capacity, Environment, RunHeader } from '../model/run.ts';
import type { Trial } from '../model/trial.ts';
import { withoutSecrets } from '../system/secrets.ts';
import type { RunRequest } from './request.ts';

/** How a run, or a size of it, came to its end. */
export interface RunEnd {
  readonly status: Exclude<RunHeader['status'], 'running'>;
  readonly reason: string | null;
}

const NO_TIME: RunHeader['timing'] = { totalMs: 0, loadMs: 0, setUpMs: 0 };

/** The header before the first trial. What began a run that is resumed, and what it found of the instrument, stays (`before`). */
export function makeHeader(parts: {
  readonly request: RunRequest;
  readonly plan: Plan;
  readonly before: RunHeader | null;
  readonly environment: Environment;
  /** Of the place. */
  readonly warnings: readonly Reason[];
  readonly startedAt: string;
}): RunHeader {
  const { request, plan, before, environment } = parts;
  return {
    schemaVersion: 1,
    id: request.runId,
    scenario: request.scenario,
    command: before?.command ?? request.command.map(withoutSecrets),
    seed: request.scenario.seed,
    plan,
    startedAt: before?.startedAt ?? parts.startedAt,
    endedAt: null,
    status: 'running',
    statusReason: null,
    environment,
    capacity: before?.capacity ?? [],
    ...(before?.usedRateRps === undefined ? {} : { usedRateRps: before.usedRateRps }),
    refusedModes: request.refusedModes,
    warnings: [...requestWarnings(request), ...parts.warnings],
    timing: before?.timing ?? NO_TIME,
  };
}

/** Known before the testbed is open. */
export function requestWarnings({ arrangement: { reason }, machineWarnings = [] }: RunRequest): readonly Reason[] {
  return [...(reason === null ? [] : [reason]), ...machineWarnings];
}

/** With what the instrument can do, and with the rate that is used where it is lower than the one asked for. Both rates are stored. */
export function withCalibration(
  header: RunHeader,
  { capacity, usedRateRps }: { readonly capacity: readonly Capacity[]; readonly usedRateRps: number },
): RunHeader {
  const { rateRps } = header.scenario.load;
  if (usedRateRps >= rateRps) return { ...header, capacity: [...capacity] };
  const warnings = [...header.warnings, loweredRate(rateRps, usedRateRps)];
  return { ...header, capacity: [...capacity], usedRateRps, warnings };
}

export function endHeader(
  header: RunHeader,
  end: RunEnd & { readonly endedAt: string; readonly timing: RunHeader['timing'] },
): RunHeader {
  const { status, reason, endedAt, timing } = end;
  return { ...header, status, statusReason: reason, endedAt, timing };
}

/** Wall time of all tries of a run: `before` is what the earlier ones took. */
export function sumTiming(
  before: RunHeader | null,
  now: { readonly totalMs: number; readonly setUpMs: number; readonly trials: readonly Trial[] },
): RunHeader['timing'] {
  const { totalMs, setUpMs } = before?.timing ?? NO_TIME;
  return {
    totalMs: totalMs + now.totalMs,
    loadMs: now.trials.reduce((sum, trial) => sum + (trial.load?.durationMs ?? 0), 0),
    setUpMs: setUpMs + now.setUpMs,
  };
}
