import { mean } from 'simple-statistics';
import { UsageError } from '../../errors.ts';
import type { ComparedCell, Comparison, ComparisonAxis } from '../../model/comparison.ts';
import type { Estimated } from '../../model/findings.ts';
import { isAsked, marginOf, type Quantity } from '../../model/quantity.ts';
import type { Run } from '../../model/run.ts';
import { type Place, placeOf, valuesOf } from '../cells.ts';
import { estimateWeightedSum } from '../statistics/unpaired.ts';
import { judgeDifference } from '../verdict.ts';
import { type FailRule, parseFailOn } from './fail-on.ts';
import { summarizeOverview } from './overview.ts';
import { isRepeated, type ReadRun, readRun } from './read-run.ts';
import { axisValue, listSettingDifferences, modeKey } from './settings.ts';

/** The same place in the base run and another. */
interface Pairing {
  readonly base: ReadRun;
  readonly other: ReadRun;
  readonly atBase: Place;
  readonly atOther: Place;
}

/** The places that have anything to compare runs by, those with load first. */
function placesOf({ cells, quantities }: ReadRun): Place[] {
  const compared = new Set(quantities.filter((one) => isAsked(one, 'runs')).map(({ experiment }) => experiment));
  const places = cells.all.filter(({ experiment }) => compared.has(experiment));
  return [...places.filter(isRepeated), ...places.filter((cell) => !isRepeated(cell))].map(placeOf);
}

function placeKey({ sizeServices, modeId, experiment, spec }: Place, { run }: ReadRun, axis: ComparisonAxis): string {
  return JSON.stringify([sizeServices, modeKey(modeId, run, axis), experiment, spec]);
}

function pairPlaces(base: ReadRun, other: ReadRun, axis: ComparisonAxis): Pairing[] {
  const theirs = new Map(placesOf(other).map((place) => [placeKey(place, other, axis), place]));
  return placesOf(base).flatMap((atBase) => {
    const atOther = theirs.get(placeKey(atBase, base, axis));
    return atOther === undefined ? [] : [{ base, other, atBase, atOther }];
  });
}

function listMissing(present: ReadRun, absent: ReadRun, axis: ComparisonAxis): NonNullable<Comparison['missing']> {
  const known = new Set(placesOf(absent).map((place) => placeKey(place, absent, axis)));
  return placesOf(present)
    .filter((place) => !known.has(placeKey(place, present, axis)))
    .map((place) => ({ ...place, presentIn: present.run.header.id, absentIn: absent.run.header.id }));
}

const isSuited = (quantity: Quantity, { atBase }: Pairing) => quantity.experiment === atBase.experiment;

/** Mean values and other − factor · base over their rounds; `null` where one run lacks the quantity. */
function estimateAt({ base, other, atBase, atOther }: Pairing, quantity: Quantity, factor: number, confidence: number) {
  const baseValues = valuesOf(base.cells.find(atBase), quantity);
  const otherValues = valuesOf(other.cells.find(atOther), quantity);
  if (baseValues.length === 0 || otherValues.length === 0) return null;
  const samples = [
    { weight: 1, values: otherValues },
    { weight: -factor, values: baseValues },
  ];
  return { baseValue: mean(baseValues), value: mean(otherValues), estimate: estimateWeightedSum(samples, confidence) };
}

function compareAt(pairing: Pairing, quantity: Quantity, confidence: number): ComparedCell | null {
  const found = estimateAt(pairing, quantity, 1, confidence);
  if (found === null) return null;
  const { baseValue, value, estimate } = found;
  const margin = marginOf(quantity, baseValue);
  return {
    runId: pairing.other.run.header.id,
    ...pairing.atBase,
    quantity: quantity.id,
    unit: quantity.unit,
    baseValue,
    value,
    difference: estimate,
    margin,
    verdict: judgeDifference(estimate, margin).verdict,
  };
}

function shifted(estimate: Estimated, by: number): Estimated {
  const shift = (value: number | null) => (value === null ? null : value - by);
  return { ...estimate, value: estimate.value - by, low: shift(estimate.low), high: shift(estimate.high) };
}

/** `broken` when the whole interval of the excess lies above 0; what is taken once, by its value. */
function judgeExcess(excess: Estimated, isOnce: boolean): 'broken' | 'kept' | 'unsure' {
  if (isOnce) return excess.value > 0 ? 'broken' : 'kept';
  if (excess.low === null || excess.high === null) return 'unsure';
  if (excess.low > 0) return 'broken';
  return excess.high <= 0 ? 'kept' : 'unsure';
}

interface Check {
  readonly outcome: 'broken' | 'kept' | 'unsure';
  readonly cell: ComparedCell;
}

function checkAt(pairing: Pairing, { quantity, threshold }: FailRule, confidence: number): Check[] {
  const factor = threshold.kind === 'ratio' ? 1 + threshold.ratio : 1;
  const found = estimateAt(pairing, quantity, factor, confidence);
  const cell = compareAt(pairing, quantity, confidence);
  if (found === null || cell === null) return [];
  const excess = threshold.kind === 'ratio' ? found.estimate : shifted(found.estimate, threshold.value);
  return [{ outcome: judgeExcess(excess, pairing.base.cells.find(pairing.atBase)?.repetition === 'node'), cell }];
}

function checkRule(pairings: readonly Pairing[], rule: FailRule, confidence: number): Comparison['rules'][number] {
  const checks = pairings
    .filter((pairing) => isSuited(rule.quantity, pairing))
    .flatMap((pairing) => checkAt(pairing, rule, confidence));
  if (checks.length === 0) {
    throw new UsageError(
      `rule ${rule.text}: the runs have no such quantity in common`,
      'take a rule on a quantity that both measured, or leave it out',
    );
  }
  const broken = checks.filter(({ outcome }) => outcome === 'broken').map(({ cell }) => cell);
  const unsure = checks.filter(({ outcome }) => outcome === 'unsure').length;
  return { rule: rule.text, broken, checked: checks.length, unsure };
}

/** All checks share one error rate: each at 1 − α/m (Bonferroni), so that more cells do not mean more false alarms. */
function checkRules(pairings: readonly Pairing[], rules: readonly FailRule[], confidence: number): Comparison['rules'] {
  const due = rules.reduce(
    (sum, { quantity }) => sum + pairings.filter((pairing) => isSuited(quantity, pairing)).length,
    0,
  );
  const each = 1 - (1 - confidence) / Math.max(1, due);
  return rules.map((rule) => checkRule(pairings, rule, each));
}

function refuseIncomparable(runs: readonly Run[], pairings: readonly Pairing[]): void {
  const emulated = new Set(runs.map(({ header }) => header.environment.execution === 'emulated'));
  if (emulated.size > 1) {
    throw new UsageError(
      'a run in an emulated guest and one that is not: their times have nothing to do with each other, and --force does not change that',
      'compare emulated runs among themselves, or take the run again where /dev/kvm works',
    );
  }
  if (!pairings.some(({ base, atBase }) => base.cells.find(atBase)?.repetition === 'round')) {
    throw new UsageError(
      'the runs share no size, mode and policy with valid trials',
      'run the same scenario on both sides',
    );
  }
}

/** Two machines can give two runs one id: in a comparison the second is called by it and "-2". */
function withOwnIds(runs: readonly Run[]): readonly Run[] {
  const taken = new Set<string>();
  return runs.map((run) => {
    let { id } = run.header;
    for (let count = 2; taken.has(id); count += 1) id = `${run.header.id}-${count}`;
    taken.add(id);
    return { ...run, header: { ...run.header, id } };
  });
}

/** Runs of a checkout that git did not read, or of none, have versions alone: where those are one, nobody can tell what differs. */
function refuseUnknownCommit(runs: readonly Run[], axis: ComparisonAxis): void {
  const unknown = runs.filter(({ header }) => header.environment.harnessCommit === null);
  const isOneVersion = new Set(unknown.map((run) => axisValue(run, axis))).size < unknown.length;
  const [first] = unknown;
  if (axis !== 'commit' || first === undefined || !isOneVersion) return;
  throw new UsageError(
    `the commit of ${unknown.map(({ header }) => header.id).join(', ')} is not known: git could not read the checkout when it was taken`,
    'take them again from a checkout that git reads (git config --global --add safe.directory DIR, where another user owns it), or add --force',
  );
}

function describeRuns(runs: readonly Run[], axis: ComparisonAxis): Comparison['runs'] {
  return runs.map((run) => ({
    runId: run.header.id,
    axisValue: axisValue(run, axis),
    startedAt: run.header.startedAt,
  }));
}

/**
 * Two or more runs along one named axis, the first being what the others are held against. Rounds of different runs are not paired:
 * Welch. Settings beyond the axis that differ are listed, for the caller to refuse unless forced. Throws a `UsageError` for fewer than two
 * runs, for an emulated run beside another, for runs with nothing in common, and for a rule that cannot be read or held against anything.
 */
export function compareRuns(
  stored: readonly Run[],
  options: { readonly axis: ComparisonAxis; readonly forced: boolean; readonly rules: readonly string[] },
): Comparison {
  const { axis, forced } = options;
  const runs = withOwnIds(stored);
  const reads = runs.map(readRun);
  const [base, ...others] = reads;
  if (base === undefined || others.length === 0)
    throw new UsageError('one run is nothing to compare', 'name two or more runs');
  const rules = parseFailOn(options.rules, base.quantities);
  if (!forced) refuseUnknownCommit(runs, axis);
  const { confidence } = base.run.header.scenario.stop;
  const pairings = others.flatMap((other) => pairPlaces(base, other, axis));
  refuseIncomparable(runs, pairings);
  return {
    schemaVersion: 2,
    axis,
    runs: describeRuns(runs, axis),
    confidence,
    emulated: runs.every(({ header }) => header.environment.execution === 'emulated'),
    otherDifferences: listSettingDifferences(runs, axis),
    forced,
    quantities: [...base.quantities],
    cells: pairings.flatMap((pairing) =>
      base.quantities
        .filter((quantity) => isAsked(quantity, 'runs') && isSuited(quantity, pairing))
        .flatMap((quantity) => compareAt(pairing, quantity, confidence) ?? []),
    ),
    overview: summarizeOverview(reads, axis),
    rules: checkRules(pairings, rules, confidence),
    missing: others.flatMap((other) => [...listMissing(base, other, axis), ...listMissing(other, base, axis)]),
  };
}
