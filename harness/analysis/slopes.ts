import { mean } from 'simple-statistics';
import type { Observed } from '../experiment/observed.ts';
import { listSpecs } from '../experiment/quantities.ts';
import { mergeTimes, quantileOfTimesUs } from '../model/counted-times.ts';
import type { Estimated, RuleIndexSeries, Slope } from '../model/findings.ts';
import { isAsked, type Quantity } from '../model/quantity.ts';
import type { Run } from '../model/run.ts';
import type { BlockNode } from '../model/target.ts';
import { type Cell, type Cells, placeOf, valuesOf } from './cells.ts';
import { estimateMean, type IntervalOptions } from './statistics/interval.ts';
import { fitLine, slopeWeights } from './statistics/line.ts';
import { estimateWeightedSum } from './statistics/unpaired.ts';

/**
 * A slope counts as "none" only below this: 1 ns is 10 µs at 10,000 Services, a sixth or less of what one rule costs where rules have an order
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

function fitTargets(
  { reading }: Observed,
  indexes: ReadonlyMap<string, number>,
): { slope: number; intercept: number } | null {
  const points = (reading.targets?.times ?? []).flatMap(({ id, times }) => {
    const x = indexes.get(id);
    return x === undefined || times.total < MINIMUM_CONNECTIONS ? [] : [{ x, y: quantileOfTimesUs(times, 0.5) }];
  });
  return fitLine(points);
}

function seriesPoints(cell: Cell, indexes: ReadonlyMap<string, number>): RuleIndexSeries['points'] {
  return [...indexes]
    .map(([targetId, ruleIndex]) => {
      const parts = cell.observations.flatMap(({ reading }) =>
        (reading.targets?.times ?? []).filter(({ id }) => id === targetId),
      );
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
function fitRuleIndex(
  cell: Cell,
  node: BlockNode | undefined,
  quantities: readonly Quantity[],
  options: IntervalOptions,
): RuleIndexFit | null {
  const indexes = ruleIndexes(node);
  if (indexes.size === 0 || cell.observations.every(({ reading }) => reading.targets === null)) return null;
  const points = seriesPoints(cell, indexes);
  const fits = cell.observations.flatMap((one) => fitTargets(one, indexes) ?? []);
  if (fits.length === 0) return { series: { ...placeOf(cell), points, fit: null }, slope: null };
  const nsPerRule = scaled(
    estimateMean(
      fits.map((fit) => fit.slope),
      options,
    ),
    NS_PER_US,
  );
  const interceptUs = mean(fits.map((fit) => fit.intercept));
  // The sharpest that any trial has.
  const measured = cell.observations.flatMap(({ reading }) => reading.targets?.quantity ?? []);
  const quantity = quantities.find(({ id }) => measured.includes(id));
  return {
    series: { ...placeOf(cell), points, fit: { interceptUs, nsPerRule } },
    slope: {
      axis: 'rule-index',
      ...placeOf(cell),
      quantity: quantity?.id ?? '',
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

const NOT_INTERLEAVED = {
  code: 'sizes-not-interleaved',
  message: 'sizes run one after the other, so a machine that drifts between them looks like growth',
  remedy: 'add the mode "none" to the scenario: its growth is the machine’s own',
};

/** A line through the sizes: a weighted sum of the sizes' means, so every round counts and the sizes stay independent. */
function fitServices(cells: readonly Cell[], quantity: Quantity, confidence: number): Slope[] {
  const sizes = cells
    .map((cell) => ({ x: cell.sizeServices, values: valuesOf(cell, quantity) }))
    .filter(({ values }) => values.length > 0);
  const first = cells[0];
  if (first === undefined || sizes.length < 2) return [];
  const weights = slopeWeights(sizes.map(({ x }) => x));
  const perService = estimateWeightedSum(
    sizes.map(({ values }, at) => ({ weight: weights[at] ?? 0, values })),
    confidence,
  );
  const isCpu = quantity.unit === 'cores';
  const largest = Math.max(...sizes.map(({ x }) => x));
  const threshold = isCpu ? (quantity.margin.absolute / largest) * UCORES_PER_CORE : CONSTANT_NS;
  const slope = scaled(perService, isCpu ? UCORES_PER_CORE : NS_PER_US);
  const height = mean(sizes.map(({ values }) => mean(values)));
  return [
    {
      axis: 'services',
      ...placeOf(first),
      sizeServices: null,
      quantity: quantity.id,
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
  quantities: readonly Quantity[],
  options: IntervalOptions,
): { slopes: Slope[]; ruleIndex: RuleIndexSeries[] } {
  const nodeOf = (cell: Cell) =>
    run.nodes.find((node) => node.sizeServices === cell.sizeServices && node.modeId === cell.modeId);
  const fits = cells.all.flatMap((cell) => fitRuleIndex(cell, nodeOf(cell), quantities, options) ?? []);
  const { scenario } = run.header;
  const fitted = quantities.filter((quantity) => isAsked(quantity, 'line'));
  const lines = scenario.modes.flatMap((mode) =>
    listSpecs(scenario).flatMap(({ experiment, spec }) => {
      const ofMode = cells.all.filter(
        (cell) => cell.modeId === mode.id && cell.experiment === experiment && cell.spec === spec,
      );
      return fitted.flatMap((quantity) => fitServices(ofMode, quantity, options.confidence));
    }),
  );
  return {
    slopes: [...fits.flatMap(({ slope }) => slope ?? []), ...lines],
    ruleIndex: fits.map(({ series }) => series),
  };
}
