import { LOAD } from '../../experiment/load/quantities.ts';
import { COLD_START, PROGRAMMING } from '../../experiment/programming/measures.ts';
import { listQuantities } from '../../experiment/quantities.ts';
import { isFloor, modeOf } from '../../mode/table.ts';
import { CPU_CLASSES } from '../../model/counters.ts';
import {
  type Distribution,
  type Estimate,
  type Estimated,
  type Findings,
  findingsSchema,
  type Headline,
  type NodeFacts,
  type PairedDifference,
  type RuleIndexSeries,
  type RulesSeries,
  type Slope,
  type Timeline,
} from '../../model/findings.ts';
import type { Mode } from '../../model/mode.ts';
import type { Unit } from '../../model/quantity.ts';
import { makeRandom } from '../../model/random.ts';
import { NO_KERNEL_OBJECTS } from '../../model/target.ts';

/** What a synthetic set of findings is made of. Nothing in it was measured; it serves tests of the page alone. */
export interface SyntheticShape {
  readonly sizesServices: readonly number[];
  readonly modes: readonly Mode[];
  readonly policyIds: readonly string[];
  readonly rounds: number;
}

const CONFIDENCE = 0.95;
const HANDSHAKE_MARGIN_US = 5;
const MARGINS = { rttUs: 50, rttRatio: 0.05, handshakeUs: HANDSHAKE_MARGIN_US, cpuCores: 0.05 };

export const SYNTHETIC_MODES: readonly Mode[] = [
  { id: 'none', routing: { kind: 'none' }, proxyVersion: null },
  { id: 'iptables-legacy', routing: { kind: 'iptables', backend: 'legacy' }, proxyVersion: null },
  { id: 'iptables-nft', routing: { kind: 'iptables', backend: 'nft' }, proxyVersion: null },
  { id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null },
  { id: 'nftables', routing: { kind: 'nftables' }, proxyVersion: null },
];

export const STUDY_SHAPE: SyntheticShape = {
  sizesServices: [1, 10, 100, 1000, 5000, 10_000],
  modes: SYNTHETIC_MODES,
  policyIds: ['per-request', 'keepalive-100'],
  rounds: 8,
};

function nsPerRule(mode: Mode): number {
  const { iptables, rulesHaveOrder } = modeOf(mode);
  if (!rulesHaveOrder) return 0;
  return iptables?.flavour === 'legacy' ? 6.2 : 15.1;
}

const METRIC_FACTS = {
  handshake: { floorUs: 19, walk: 1 },
  connect: { floorUs: 144, walk: 1.6 },
  firstByte: { floorUs: 230, walk: 1.6 },
  total: { floorUs: 250, walk: 1.6 },
} as const;
const STATISTIC_FACTS = { mean: 1.08, p01: 0.8, p50: 1, p90: 1.2, p99: 1.8, 'p99.9': 3 } as const;

/** Makes the same numbers from the same shape and seed. */
class SyntheticNumbers {
  readonly shape: SyntheticShape;
  readonly #random: () => number;

  constructor(shape: SyntheticShape, seed: number) {
    this.shape = shape;
    this.#random = makeRandom(seed);
  }

  estimated(value: number, relativeWidth = 0.03): Estimated {
    const jitter = 1 + (this.#random() - 0.5) * 0.04;
    const middle = value * jitter;
    const half = Math.max(Math.abs(middle) * relativeWidth, 0.002) * (0.7 + this.#random() * 0.6);
    const enough = this.shape.rounds >= 3;
    return {
      value: middle,
      low: enough ? middle - half : null,
      high: enough ? middle + half : null,
      rounds: this.shape.rounds,
      confidenceAsked: CONFIDENCE,
      confidenceAchieved: enough ? CONFIDENCE : null,
      missingRounds: enough ? 0 : 3 - this.shape.rounds,
    };
  }

  random(): number {
    return this.#random();
  }

  /** µs of one metric and statistic in one cell. */
  timeUs(cell: { mode: Mode; size: number; policyId: string }, metric: keyof typeof METRIC_FACTS): number {
    const facts = METRIC_FACTS[metric];
    const perConnection = cell.policyId === 'per-request' || metric === 'handshake' || metric === 'connect';
    const walkUs = perConnection ? (nsPerRule(cell.mode) * cell.size * facts.walk) / 1000 : 0;
    const base = isFloor(cell.mode) ? facts.floorUs * 0.7 : facts.floorUs;
    const open = perConnection ? base : base * 0.5;
    return open + walkUs;
  }

  cells(): { mode: Mode; size: number; policyId: string }[] {
    const { sizesServices, modes, policyIds } = this.shape;
    return sizesServices.flatMap((size) =>
      policyIds.flatMap((policyId) => modes.map((mode) => ({ mode, size, policyId }))),
    );
  }
}

type Cell = { mode: Mode; size: number; policyId: string };

function cellShape(cell: Cell): { sizeServices: number; modeId: string; experiment: string; spec: string } {
  return { sizeServices: cell.size, modeId: cell.mode.id, experiment: LOAD, spec: cell.policyId };
}

/** In the order in which numbers are drawn for them. */
const DRAWN_STATISTICS = ['mean', 'p01', 'p50', 'p90', 'p99', 'p99.9'] as const;

function makeTimes(numbers: SyntheticNumbers): Estimate[] {
  const times = ['handshake', 'connect', 'firstByte', 'total'] as const;
  return numbers.cells().flatMap((cell) =>
    times.flatMap((time) =>
      DRAWN_STATISTICS.map((statistic) => {
        const estimated = numbers.estimated(numbers.timeUs(cell, time) * STATISTIC_FACTS[statistic]);
        const row = makeEstimate(cell, `${time}.${statistic}`, 'us', estimated);
        return { ...row, merged: estimated.value, samples: 64_000 };
      }),
    ),
  );
}

function makeEstimate(cell: Cell, quantity: string, unit: Unit, estimated: Estimated): Estimate {
  return { ...cellShape(cell), quantity, unit, ...estimated, repetition: 'round', merged: null, samples: 64_000 };
}

function makeDifferences(numbers: SyntheticNumbers): PairedDifference[] {
  const reference = numbers.shape.modes.at(-1);
  if (reference === undefined || numbers.shape.modes.length < 2) return [];
  const others = numbers.cells().filter((cell) => cell.mode !== reference);
  return others.map((cell) => {
    const referenceUs = numbers.timeUs({ ...cell, mode: reference }, 'handshake');
    const differenceUs = numbers.timeUs(cell, 'handshake') - referenceUs;
    const difference = numbers.estimated(differenceUs, 0.08);
    return {
      ...cellShape(cell),
      referenceModeId: reference.id,
      referenceValue: referenceUs,
      quantity: 'handshake.p50',
      unit: 'us',
      difference,
      adjusted: difference,
      inFamily: true,
      margin: HANDSHAKE_MARGIN_US,
      verdict:
        difference.low === null ? 'unsure' : Math.abs(differenceUs) > HANDSHAKE_MARGIN_US ? 'different' : 'equivalent',
      excludesZero: difference.low !== null && Math.abs(differenceUs) > 1,
      roundsNeeded: difference.low === null ? 2 : 0,
    };
  });
}

function makeCpu(numbers: SyntheticNumbers): Estimate[] {
  return numbers.cells().flatMap((cell) => {
    const walk = (nsPerRule(cell.mode) * cell.size) / 1e6;
    const perConnection = cell.policyId === 'per-request' ? 1 : 0.03;
    const classes = {
      user: 0.02 * perConnection,
      system: 0.05,
      irq: 0.002,
      softirq: 0.06 + walk * 2 * perConnection,
      steal: 0,
    };
    const busy = CPU_CLASSES.reduce((sum, one) => sum + classes[one], 0);
    return [
      makeEstimate(cell, 'cpu', 'cores', numbers.estimated(busy, 0.05)),
      makeEstimate(cell, 'cpu.idle', 'cores', numbers.estimated(0.03, 0.1)),
      makeEstimate(cell, 'cpu.perConnection', 'us', numbers.estimated(busy * 1000)),
      makeEstimate(cell, 'cpu.perRequest', 'us', numbers.estimated(busy * 1000)),
      ...CPU_CLASSES.map((name) => makeEstimate(cell, `cpu.${name}`, 'cores', numbers.estimated(classes[name]))),
      makeEstimate(cell, 'cpu.kube-proxy', 'cores', numbers.estimated(0.01)),
      makeEstimate(cell, 'memory.kube-proxy', 'bytes', numbers.estimated(6e7 + cell.size * 20_000)),
    ];
  });
}

function makeSlopes(numbers: SyntheticNumbers): Slope[] {
  return numbers.shape.modes.flatMap((mode) =>
    numbers.shape.policyIds.map((policyId): Slope => {
      const ns = nsPerRule(mode);
      const slope = ns === 0 ? { ...numbers.estimated(0.02), low: -0.05, high: 0.06 } : numbers.estimated(ns);
      return {
        axis: 'services',
        modeId: mode.id,
        experiment: LOAD,
        spec: policyId,
        sizeServices: null,
        quantity: 'handshake.p50',
        unit: 'ns/service',
        slope,
        intercept: 19,
        threshold: 0.5,
        verdict: slope.low === null ? 'unsure' : ns === 0 ? 'constant' : 'grows',
        method: 'theil-sen',
        warnings: [],
      };
    }),
  );
}

function makeRules(shape: SyntheticShape): RulesSeries[] {
  const point = (sizeServices: number, rules: number) => ({ sizeServices, rules, lowRules: null, highRules: null });
  const measured = shape.modes
    .filter((mode) => !isFloor(mode))
    .map(
      (mode): RulesSeries => ({
        id: `measured-${mode.id}`,
        modeId: mode.id,
        kind: 'measured',
        points: shape.sizesServices.map((size) => point(size, modeOf(mode).rulesHaveOrder ? 8 + size / 2 : 12)),
        source: "The kernel's own counters around a known number of connections.",
      }),
    );
  const model = shape.modes
    .filter((mode) => modeOf(mode).rulesHaveOrder)
    .map(
      (mode): RulesSeries => ({
        id: `position-model-${mode.id}`,
        modeId: mode.id,
        kind: 'position-model',
        points: shape.sizesServices.map((size) => point(size, 6 + size / 2)),
        source: 'Half the jumps of KUBE-SERVICES plus the chains entered.',
      }),
    );
  return [...measured, ...model];
}

function makeRuleIndex(numbers: SyntheticNumbers): RuleIndexSeries[] {
  return numbers
    .cells()
    .filter((cell) => modeOf(cell.mode).rulesHaveOrder && cell.size >= 10)
    .map((cell) => {
      const ns = nsPerRule(cell.mode);
      const points = Array.from({ length: 10 }, (_, index) => {
        const ruleIndex = Math.floor(((index + numbers.random()) / 10) * cell.size);
        const p50Us = 19 + (ns * ruleIndex) / 1000 + numbers.random() * 2;
        return { targetId: `target-${index}`, ruleIndex, p50Us, connections: 6400 };
      });
      return { ...cellShape(cell), points, fit: { interceptUs: 20, nsPerRule: numbers.estimated(ns) } };
    });
}

function proxiedModes({ modes }: SyntheticShape): Mode[] {
  return modes.filter((mode) => !isFloor(mode));
}

function makeProgramming({ shape }: SyntheticNumbers): Estimate[] {
  const once = {
    low: null,
    high: null,
    rounds: 1,
    confidenceAsked: CONFIDENCE,
    confidenceAchieved: null,
    missingRounds: 2,
  };
  return shape.sizesServices.flatMap((sizeServices) =>
    proxiedModes(shape).flatMap(({ id: modeId }, index) => {
      const values: readonly (readonly [string, Unit, number])[] = [
        ['objects', 'ms', sizeServices * 0.15],
        ['settled', 'ms', 600 + sizeServices * (0.7 + index * 0.6)],
        ['sync', 'ms', 60 + sizeServices * (0.6 + index * 0.5)],
        ['syncs', 'count', 2],
        ['cpu', 's', 0.3 + sizeServices * 0.0008 * (index + 1)],
        ['memory', 'bytes', 6e7 + sizeServices * 20_000],
      ];
      const place = { sizeServices, modeId, experiment: PROGRAMMING, spec: COLD_START };
      return values.map(([name, unit, value]): Estimate => {
        const quantity = `programming.${name}`;
        return { ...place, quantity, unit, value, ...once, repetition: 'node', merged: null, samples: 1 };
      });
    }),
  );
}

function makeNodes({ shape }: SyntheticNumbers): NodeFacts[] {
  const proxied = proxiedModes(shape);
  return shape.sizesServices.flatMap((sizeServices) =>
    proxied.map((mode) => ({
      sizeServices,
      modeId: mode.id,
      concurrentNodes: proxied.length - 1,
      kernelObjects: {
        ...NO_KERNEL_OBJECTS,
        natRules: modeOf(mode).rulesHaveOrder ? 5 + sizeServices * 32 : null,
      },
      changes: [{ kind: 'service-added', medianMs: 80 + sizeServices * 0.02, lowestMs: 60, highestMs: 420, count: 5 }],
    })),
  );
}

function makeDistributions(numbers: SyntheticNumbers): Distribution[] {
  const quantiles = [
    0,
    0.01,
    0.05,
    ...Array.from({ length: 18 }, (_, i) => 0.1 + i * 0.05),
    0.97,
    0.98,
    0.99,
    0.995,
    0.999,
    0.9995,
  ];
  return numbers.cells().flatMap((cell) =>
    (['handshake', 'connect', 'total'] as const).map((metric) => ({
      ...cellShape(cell),
      distribution: metric,
      count: 64_000,
      points: quantiles.map((quantile) => ({
        quantile,
        us: numbers.timeUs(cell, metric) * (0.75 + 0.5 * quantile + 0.12 * -Math.log(1 - Math.min(quantile, 0.99999))),
      })),
    })),
  );
}

function makeTimeline(numbers: SyntheticNumbers): Timeline {
  const { modes, policyIds, sizesServices, rounds } = numbers.shape;
  const timeline: Timeline = { slices: [], trials: [], syncs: [] };
  let clockMs = 5000;
  let trialIndex = 0;
  for (const size of sizesServices) {
    clockMs += 2000 + size;
    for (let round = 0; round < rounds; round += 1) {
      for (const cell of policyIds.flatMap((policyId) => modes.map((mode) => ({ mode, size, policyId })))) {
        const shape = cellShape(cell);
        const valid = trialIndex % 37 !== 36;
        timeline.trials.push({
          ...shape,
          trialIndex,
          round,
          valid,
          sinceStartMs: clockMs,
          durationMs: 10_000,
          busyCores: 0.15 + numbers.random() * 0.02,
          kubeProxyCores: 0.01,
        });
        for (let second = 0; second < 8; second += 1) {
          const handshakeP50Us = numbers.timeUs(cell, 'handshake') * (0.95 + numbers.random() * 0.1);
          const totalP50Us = numbers.timeUs(cell, 'total') * (0.95 + numbers.random() * 0.1);
          timeline.slices.push({
            ...shape,
            trialIndex,
            sinceStartMs: clockMs + 2000 + second * 1000,
            connectP50Us: totalP50Us * 0.6,
            totalP50Us,
            totalP99Us: totalP50Us * 2,
            handshakeP50Us,
            handshakeP99Us: handshakeP50Us * 1.7,
            errors: 0,
          });
        }
        if (trialIndex % 19 === 3)
          timeline.syncs.push({
            sinceStartMs: clockMs + 3000,
            durationMs: 320,
            kind: 'full',
            sizeServices: size,
            modeId: cell.mode.id,
          });
        trialIndex += 1;
        clockMs += 11_000;
      }
    }
  }
  return timeline;
}

function makeHeadlines(shape: SyntheticShape, differences: readonly PairedDifference[]): Headline[] {
  const sizeServices = shape.sizesServices.at(-1) ?? 1;
  const there = differences.filter((row) => row.sizeServices === sizeServices && row.spec === shape.policyIds[0]);
  const difference = there.toSorted((a, b) => Math.abs(b.difference.value) - Math.abs(a.difference.value))[0];
  const cannotSay: Headline = {
    kind: 'cannot-say',
    reason: {
      code: 'one-mode',
      message: 'This run has one mode, so it compares nothing',
      remedy: 'Name a second one with --modes.',
    },
  };
  if (difference === undefined) return [cannotSay];
  const latency: Headline = {
    kind: 'difference',
    sizeServices,
    experiment: LOAD,
    spec: difference.spec,
    quantity: 'handshake.p50',
    unit: 'us',
    higherModeId: difference.modeId,
    lowerModeId: difference.referenceModeId,
    lowerValue: difference.referenceValue,
    higherValue: difference.referenceValue + difference.difference.value,
    difference: difference.adjusted,
    margin: HANDSHAKE_MARGIN_US,
    verdict: difference.verdict,
  };
  const cpu: Headline = {
    kind: 'difference',
    sizeServices,
    experiment: LOAD,
    spec: difference.spec,
    quantity: 'cpu',
    unit: 'cores',
    lowerValue: 0.137,
    higherValue: 0.319,
    higherModeId: difference.modeId,
    lowerModeId: difference.referenceModeId,
    difference: {
      ...difference.adjusted,
      value: 0.182,
      low: difference.adjusted.low === null ? null : 0.174,
      high: difference.adjusted.high === null ? null : 0.191,
    },
    margin: 0.05,
    verdict: difference.verdict,
  };
  const crossOver: Headline = {
    kind: 'cross-over',
    crossOver: {
      worseModeId: difference.modeId,
      betterModeId: difference.referenceModeId,
      experiment: LOAD,
      spec: difference.spec,
      quantity: 'handshake.p50',
      unit: 'us',
      margin: HANDSHAKE_MARGIN_US,
      outcome: difference.verdict === 'different' ? 'found' : 'unsure',
      services: 331,
      lowServices: 321,
      highServices: 341,
      confidence: CONFIDENCE,
      rounds: shape.rounds,
    },
  };
  return [latency, cpu, crossOver];
}

function makeBackends(shape: SyntheticShape, numbers: SyntheticNumbers): Findings['backends'] {
  const cells = shape.modes.flatMap((mode) => shape.policyIds.map((policyId) => ({ mode, policyId })));
  return cells.map(({ mode, policyId }) => {
    const counts = Array.from({ length: 10 }, () => Math.round(6400 + (numbers.random() - 0.5) * 260));
    const connections = counts.reduce((sum, count) => sum + count, 0);
    return {
      modeId: mode.id,
      experiment: LOAD,
      spec: policyId,
      connections,
      backends: counts.map((count, index) => ({
        backend: `backend-${index}`,
        connections: count,
        share: count / connections,
      })),
      uniformity: { chiSquare: 8.4, degreesOfFreedom: 9, pValue: 0.49 },
    };
  });
}

/** Findings of a shape, with every part filled. Held against the schema, so that the page's tests cannot drift from it. */
export function makeSyntheticFindings(shape: SyntheticShape = STUDY_SHAPE, seed = 7): Findings {
  const numbers = new SyntheticNumbers(shape, seed);
  const differences = makeDifferences(numbers);
  const timeline = makeTimeline(numbers);
  const invalid = timeline.trials.filter((trial) => !trial.valid);
  return findingsSchema.parse({
    schemaVersion: 2,
    runId: '2026-11-21T08-00-00-study',
    scenarioName: 'synthetic',
    sizesServices: [...shape.sizesServices],
    modeIds: shape.modes.map((mode) => mode.id),
    specs: [
      ...shape.policyIds.map((spec) => ({ experiment: LOAD, spec })),
      { experiment: PROGRAMMING, spec: COLD_START },
    ],
    quantities: [...listQuantities({ margins: MARGINS })],
    trials: { valid: timeline.trials.length - invalid.length, invalid: invalid.length },
    rounds: shape.sizesServices.map((sizeServices) => ({
      sizeServices,
      started: shape.rounds,
      complete: shape.rounds,
    })),
    confidence: CONFIDENCE,
    family: { comparisons: differences.length, method: 'Holm over the headline comparisons' },
    intervalMethod: 'Bootstrap over rounds, seeded.',
    headlines: makeHeadlines(shape, differences),
    estimates: [...makeTimes(numbers), ...makeCpu(numbers), ...makeProgramming(numbers)],
    differences,
    growths: [],
    slopes: shape.sizesServices.length > 1 ? makeSlopes(numbers) : [],
    crossOvers: [],
    rules: makeRules(shape),
    ruleIndex: makeRuleIndex(numbers),
    nodes: makeNodes(numbers),
    distributions: makeDistributions(numbers),
    timeline,
    backends: makeBackends(shape, numbers),
    invalidTrials: invalid.map(({ trialIndex, round, sizeServices, modeId, experiment, spec }) => ({
      trialIndex,
      round,
      sizeServices,
      modeId,
      experiment,
      spec,
      reasons: [
        { code: 'rate-missed', message: 'sent 912 of 1,000 requests/s', remedy: 'Lower the rate with --rate.' },
      ],
    })),
    warnings: [
      {
        code: 'near-floor',
        message: "The client's own share is near the difference",
        remedy: 'Trust the wire.',
        count: 4,
      },
    ],
    limits: [
      {
        code: 'removed',
        message: 'mode userspace was asked for and not measured: kube-proxy 1.36.3 has no userspace mode',
        remedy: 'Use --kube-proxy 1.25.16.',
      },
    ],
  } satisfies Findings);
}
