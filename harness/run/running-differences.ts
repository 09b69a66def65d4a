import { marginOf } from '../analysis/margin.ts';
import { estimatePairedDifference, type PairedEstimate, type RoundPair } from '../analysis/statistics/paired.ts';
import { policyId } from '../experiment/load/policy.ts';
import { isFloor } from '../mode/table.ts';
import type { Metric } from '../model/findings.ts';
import { mergeHistograms, quantileUs } from '../model/histogram.ts';
import type { Mode } from '../model/mode.ts';
import type { RunningDifference } from '../model/run-event.ts';
import type { Scenario } from '../model/scenario.ts';
import type { Trial } from '../model/trial.ts';

/**
 * The quantity by which a run decides how long it goes on: the median of the handshake on the wire where each request has its connection (of the client's
 * connect when nothing is captured), of the whole request where connections are kept.
 */
function decidingMetric(scenario: Scenario, policy: string): Metric {
  if (policy !== 'per-request') return 'total';
  return scenario.measure.wire ? 'handshake' : 'connect';
}

/** Median of a trial's metric over all targets, µs; NaN when the trial has no value. */
export function trialMedianUs(trial: Trial, metric: 'handshake' | 'connect' | 'total'): number {
  if (metric === 'handshake') {
    return trial.wire === null
      ? Number.NaN
      : quantileUs(mergeHistograms(trial.wire.targets.map((target) => target.handshake)), 0.5);
  }
  return trial.load === null
    ? Number.NaN
    : quantileUs(mergeHistograms(trial.load.targets.map((target) => target.times[metric])), 0.5);
}

/** Pairs that the stop rule looks at: all contestants against each other; the floor `none` only when there is but one other. */
function contestantPairs(modes: readonly Mode[]): readonly (readonly [Mode, Mode])[] {
  const real = modes.filter((mode) => !isFloor(mode));
  const contestants = real.length >= 2 ? real : modes;
  return contestants.flatMap((reference, index) =>
    contestants.slice(index + 1).map((mode) => [mode, reference] as const),
  );
}

/**
 * The paired differences of one size so far, from its valid trials. `medians` remembers each trial's median, so that histograms are opened once.
 */
export class RunningDifferences {
  readonly #scenario: Scenario;
  readonly #pairs: readonly (readonly [Mode, Mode])[];
  readonly #medians = new Map<string, Map<number, number>>();

  constructor(scenario: Scenario, modes: readonly Mode[]) {
    this.#scenario = scenario;
    this.#pairs = contestantPairs(modes);
  }

  /** Takes a finished trial in; an invalid one counts for nothing. */
  add(trial: Trial): void {
    if (!trial.valid) return;
    const metric = decidingMetric(this.#scenario, trial.plan.policyId) as 'handshake' | 'connect' | 'total';
    const key = `${trial.plan.policyId} ${trial.plan.modeId}`;
    const rounds = this.#medians.get(key) ?? new Map<number, number>();
    this.#medians.set(key, rounds);
    const medianUs = trialMedianUs(trial, metric);
    if (!Number.isNaN(medianUs)) rounds.set(trial.plan.round, medianUs);
  }

  /** All differences at the scenario's confidence; those without a round in common are left out. */
  estimates(): readonly { readonly difference: RunningDifference; readonly estimate: PairedEstimate }[] {
    const { confidence } = this.#scenario.stop;
    return this.#scenario.load.policies.flatMap((policy) =>
      this.#pairs.flatMap(([mode, reference]) => {
        const pairs = this.#roundPairs(policyId(policy), mode, reference);
        if (pairs.length === 0) return [];
        const estimate = estimatePairedDifference(pairs, { confidence, seed: this.#scenario.seed });
        return [
          { estimate, difference: this.#describe({ policy: policyId(policy), mode, reference, estimate, pairs }) },
        ];
      }),
    );
  }

  #roundPairs(policy: string, mode: Mode, reference: Mode): RoundPair[] {
    const a = this.#medians.get(`${policy} ${mode.id}`) ?? new Map<number, number>();
    const b = this.#medians.get(`${policy} ${reference.id}`) ?? new Map<number, number>();
    return [...a].flatMap(([round, value]) => {
      const other = b.get(round);
      return other === undefined ? [] : [{ round, a: value, b: other }];
    });
  }

  #describe(parts: {
    policy: string;
    mode: Mode;
    reference: Mode;
    estimate: PairedEstimate;
    pairs: readonly RoundPair[];
  }): RunningDifference {
    const { estimate } = parts;
    const { margins } = this.#scenario;
    const referenceUs = parts.pairs.reduce((sum, pair) => sum + pair.b, 0) / parts.pairs.length;
    return {
      modeId: parts.mode.id,
      referenceModeId: parts.reference.id,
      policyId: parts.policy,
      metric: decidingMetric(this.#scenario, parts.policy),
      statistic: 'p50',
      estimateUs: estimate.estimateUs,
      lowUs: estimate.lowUs,
      highUs: estimate.highUs,
      rounds: estimate.rounds,
      missingRounds: estimate.missingRounds,
      verdict: runningVerdict(
        estimate,
        marginOf(
          { kind: 'time', metric: decidingMetric(this.#scenario, parts.policy), statistic: 'p50' },
          referenceUs,
          margins,
        ),
      ),
    };
  }
}

/** The same three words as in the findings, for the interval as it stands now. */
function runningVerdict(estimate: PairedEstimate, marginUs: number): RunningDifference['verdict'] {
  const { lowUs, highUs } = estimate;
  if (lowUs === null || highUs === null) return null;
  if (lowUs > -marginUs && highUs < marginUs) return 'equivalent';
  return lowUs > 0 || highUs < 0 ? 'different' : 'unsure';
}
