import { mergeHistograms, quantileUs } from '../model/histogram.ts';
import { holdsQuantile } from '../model/quantile.ts';
import type { TrialNumbers } from '../model/run-event.ts';
import type { Trial } from '../model/trial.ts';
import { trialMedianUs } from './running-differences.ts';

/** What whoever watches is shown of a trial. */
export function summarizeTrial(trial: Trial): TrialNumbers {
  const totals = trial.load === null ? null : mergeHistograms(trial.load.targets.map((target) => target.times.total));
  const overIdle =
    trial.cpuLoad === null || trial.cpuIdle === null ? null : trial.cpuLoad.busyCores - trial.cpuIdle.busyCores;
  return {
    handshakeP50Us: orNull(trialMedianUs(trial, 'handshake')),
    connectP50Us: orNull(trialMedianUs(trial, 'connect')),
    totalP50Us: orNull(trialMedianUs(trial, 'total')),
    totalP99Us: totals === null || !holdsQuantile(totals.totalCount, 0.99) ? null : quantileUs(totals, 0.99),
    cpuCores: overIdle,
    achievedRateRps: trial.load?.achievedRateRps ?? null,
  };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
