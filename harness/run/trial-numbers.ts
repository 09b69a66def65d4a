import { readTrial } from '../experiment/load/measures.ts';
import type { TrialNumbers } from '../model/run-event.ts';
import type { Trial } from '../model/trial.ts';

/** What whoever watches is shown of a trial, read as the page reads it. */
export function summarizeTrial(trial: Trial): TrialNumbers {
  const values = trial.load === null ? new Map<string, number>() : readTrial(trial, trial.load).values;
  const numberOf = (quantity: string) => values.get(quantity) ?? null;
  return {
    handshakeP50Us: numberOf('handshake.p50'),
    connectP50Us: numberOf('connect.p50'),
    totalP50Us: numberOf('total.p50'),
    totalP99Us: numberOf('total.p99'),
    cpuCores: numberOf('cpu'),
    achievedRateRps: trial.load?.achievedRateRps ?? null,
  };
}
