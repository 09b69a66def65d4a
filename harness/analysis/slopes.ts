import { mean } from 'simple-statistics';
import type { Estimated, Quantity, RuleIndexSeries, Slope } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import type { BlockNode } from '../model/target.ts';
import type { Cell, Cells, TrialSummary } from './cells.ts';
import { quantityOfRounds } from './quantity.ts';
import { mergeTimes, quantileOfTimesUs } from './statistics/counted-times.ts';
import { estimateMean, type IntervalOptions } from './statistics/interval.ts';
import { fitLine, slopeWeights } from './statistics/line.ts';
import { estimateWeightedSum } from './statistics/unpaired.ts';

/**
 * A slope counts as "none" only below this: 1 ns is 10 µs at 10,000 Services, a sixth or less of what one rule costs in iptables mode
 * (6-15 ns measured for this project; 8-23 ns published). A wider interval around 0 says "unsure", not "constant".
 */
const CONSTANT_NS = 1;

/** A target needs this many connections in a round for its median to mean something. */
const MINIMUM_CONNECTIONS = 20;

const NS_PER_US = 1000;
const UCORES_PER_CORE = 1e6;

function judgeSlope({ low, high }: Estimated, threshold: number): Slope['verdict'] {
  if (low === null || high === null) return 'unsure';
  if (low > 0) return 'grows';
  if (high < 0) return 'falls';
  return low > -threshold && high < threshold ? 'constant' : 'unsure';
}

/** An estimate in another unit. */
function scaled(estimate: Estimated, factor: number): Estimated {
  const scale = (value: number | null) => (value === null ? null : value * factor);
  return { ...estimate, value: estimate.value * factor, low: scale(estimate.low), high: scale(estimate.high) };
}

/** Positions of a node's targets, where its mode has an order of rules. */
function ruleIndexes(node: BlockNode | undefined): Map<string, number> {
  return new Map((node?.targets ?? []).flatMap(({ id, ruleIndex }) => (ruleIndex === null ? [] : [[id, ruleIndex]])));
}

function fitTrial(
  trial: TrialSummary,
  indexes: ReadonlyMap<string, number>,
): { slope: number; intercept: number } | null {
  const points = trial.targets.flatMap(({ id, times }) => {
    const x = indexes.get(id);
    return x === undefined || times.total < MINIMUM_CONNECTIONS ? [] : [{ x, y: quantileOfTimesUs(times, 0.5) }];
  });
  return fitLine(points);
}

function seriesPoints(cell: Cell, indexes: ReadonlyMap<string, number>): RuleIndexSeries['points'] {
  return [...indexes]
    .map(([targetId, ruleIndex]) => {
      const parts = cell.trials.flatMap((trial) => trial.targets.filter(({ id }) => id === targetId));
      const times = mergeTimes(parts.map((part) => part.times));
      return { targetId, ruleIndex, p50Us: quantileOfTimesUs(times, 0.5), connections: times.total };
    })
    .filter(({ connections }) => connections > 0)
    .sort((one, other) => one.ruleIndex - other.ruleIndex);
}

interface RuleIndexFit {
  readonly series: RuleIndexSeries;
  readonly slope: Slope | null;
}

/** Least squares inside each round over the targets; the interval is over the rounds' slopes. */
function fitRuleIndex(cell: Cell, node: BlockNode | undefined, options: IntervalOptions): RuleIndexFit | null {
  const indexes = ruleIndexes(node);
  if (indexes.size === 0) return null;
  const { sizeServices, modeId, policyId } = cell;
  const points = seriesPoints(cell, indexes);
  const fits = cell.trials.flatMap((trial) => fitTrial(trial, indexes) ?? []);
  if (fits.length === 0) return { series: { sizeServices, modeId, policyId, points, fit: null }, slope: null };
  const nsPerRule = scaled(
    estimateMean(
      fits.map((fit) => fit.slope),
      options,
    ),
    NS_PER_US,
  );
  const interceptUs = mean(fits.map((fit) => fit.intercept));
  const metric = cell.trials.some((trial) => trial.times.handshake !== undefined) ? 'handshake' : 'connect';
  return {
    series: { sizeServices, modeId, policyId, points, fit: { interceptUs, nsPerRule } },
    slope: {
      axis: 'rule-index',
      modeId,
      policyId,
      sizeServices,
      quantity: { kind: 'time', metric, statistic: 'p50' },
      unit: 'ns/rule',
      slope: nsPerRule,
      intercept: interceptUs,
      threshold: CONSTANT_NS,
      verdict: judgeSlope(nsPerRule, CONSTANT_NS),
      method: 'least-squares',
      warnings: [],
    },
  };
}

const SERVICE_QUANTITIES: readonly Quantity[] = [
  { kind: 'time', metric: 'handshake', statistic: 'p50' },
  { kind: 'time', metric: 'handshake', statistic: 'mean' },
  { kind: 'time', metric: 'connect', statistic: 'p50' },
  { kind: 'time', metric: 'total', statistic: 'p50' },
  { kind: 'time', metric: 'total', statistic: 'mean' },
  { kind: 'cpu' },
];

const NOT_INTERLEAVED = {
  code: 'sizes-not-interleaved',
  message: 'sizes run one after the other, so a machine that drifts between them looks like growth',
  remedy: 'add the mode "none" to the scenario: its growth is the machine’s own',
};

/** A line through the sizes: a weighted sum of the sizes' means, so every round counts and the sizes stay independent. */
function fitServices(cells: readonly Cell[], quantity: Quantity, run: Run): Slope[] {
  const sizes = cells
    .map((cell) => ({ x: cell.sizeServices, values: quantityOfRounds(cell, quantity).map(({ value }) => value) }))
    .filter(({ values }) => values.length > 0);
  const first = cells[0];
  if (first === undefined || sizes.length < 2) return [];
  const { confidence } = run.header.scenario.stop;
  const weights = slopeWeights(sizes.map(({ x }) => x));
  const perService = estimateWeightedSum(
    sizes.map(({ values }, at) => ({ weight: weights[at] ?? 0, values })),
    confidence,
  );
  const isCpu = quantity.kind === 'cpu';
  const largest = Math.max(...sizes.map(({ x }) => x));
  const threshold = isCpu ? (run.header.scenario.margins.cpuCores / largest) * UCORES_PER_CORE : CONSTANT_NS;
  const slope = scaled(perService, isCpu ? UCORES_PER_CORE : NS_PER_US);
  const height = mean(sizes.map(({ values }) => mean(values)));
  return [
    {
      axis: 'services',
      modeId: first.modeId,
      policyId: first.policyId,
      sizeServices: null,
      quantity,
      unit: isCpu ? 'ucores/service' : 'ns/service',
      slope,
      intercept: height - perService.value * mean(sizes.map(({ x }) => x)),
      threshold,
      verdict: judgeSlope(slope, threshold),
      method: 'least-squares',
      warnings: [NOT_INTERLEAVED],
    },
  ];
}

/** Slopes over the rule index and over the sizes, and the points behind the former. */
export function fitSlopes(
  run: Run,
  cells: Cells,
  policyIds: readonly string[],
  options: IntervalOptions,
): { slopes: Slope[]; ruleIndex: RuleIndexSeries[] } {
  const nodeOf = (cell: Cell) =>
    run.nodes.find((node) => node.sizeServices === cell.sizeServices && node.modeId === cell.modeId);
  const fits = cells.all.flatMap((cell) => fitRuleIndex(cell, nodeOf(cell), options) ?? []);
  const lines = run.header.scenario.modes.flatMap((mode) =>
    policyIds.flatMap((policyId) => {
      const ofMode = cells.all.filter((cell) => cell.modeId === mode.id && cell.policyId === policyId);
      return SERVICE_QUANTITIES.flatMap((quantity) => fitServices(ofMode, quantity, run));
    }),
  );
  return {
    slopes: [...fits.flatMap(({ slope }) => slope ?? []), ...lines],
    ruleIndex: fits.map(({ series }) => series),
  };
}
