import { policyId } from '../../experiment/load/policy.ts';
import { type ComparisonAxis, OVERVIEW_QUANTITIES, type OverviewRow } from '../../model/comparison.ts';
import type { Estimated, Slope } from '../../model/findings.ts';
import { summarizeCpu } from '../cpu.ts';
import { fitSlopes } from '../slopes.ts';
import { estimateMean, type IntervalOptions } from '../statistics/interval.ts';
import { NO_LOAD, type ReadRun } from './quantities.ts';
import { modeKey } from './settings.ts';

/** One number of one run. */
interface Figure extends Omit<OverviewRow, 'values'> {
  readonly value: Estimated;
}

/**
 * What a reader of a series asks first, run by run and mode by mode: time to programme, latency of a change, handshake per rule (modes whose rules stand in an order) and per Service (all), CPU per new connection.
 * Quantity by quantity, the largest size first. `null` where a run has no such number: a mode that its kernel lacks, too few connections for a slope.
 */
export function summarizeOverview(reads: readonly ReadRun[], axis: ComparisonAxis): OverviewRow[] {
  const byRun = reads.map((read) => new Map(figuresOf(read).map((figure) => [keyOf(figure, read, axis), figure])));
  return [...new Set(byRun.flatMap((own) => [...own.keys()]))]
    .flatMap((key) => {
      const [first] = byRun.flatMap((own) => own.get(key) ?? []);
      if (first === undefined) return [];
      const { value: _value, ...kind } = first;
      return [{ ...kind, values: byRun.map((own) => own.get(key)?.value ?? null) }];
    })
    .sort(
      (one, other) =>
        OVERVIEW_QUANTITIES.indexOf(one.quantity) - OVERVIEW_QUANTITIES.indexOf(other.quantity) ||
        (other.sizeServices ?? 0) - (one.sizeServices ?? 0),
    );
}

function keyOf(
  { quantity, sizeServices, policyId: policy, modeId }: Figure,
  { run }: ReadRun,
  axis: ComparisonAxis,
): string {
  return JSON.stringify([quantity, sizeServices, policy, modeKey(modeId, run, axis)]);
}

function figuresOf(read: ReadRun): Figure[] {
  const { run, cells } = read;
  const { scenario, seed } = run.header;
  const options = { confidence: scenario.stop.confidence, seed };
  const fresh = scenario.load.policies.filter(({ kind }) => kind === 'per-request').map(policyId);
  return [
    ...programmingFigures(read, options),
    ...fitSlopes(run, cells, fresh, options).slopes.flatMap(slopeFigure),
    ...summarizeCpu(cells, options).flatMap(({ sizeServices, modeId, policyId: policy, perConnectionUs }): Figure[] =>
      perConnectionUs === null || !fresh.includes(policy)
        ? []
        : [
            {
              quantity: 'cpu-per-connection',
              unit: 'us',
              sizeServices,
              policyId: policy,
              modeId,
              value: perConnectionUs,
            },
          ],
    ),
  ];
}

/** The floor programs nothing. */
function programmingFigures({ run }: ReadRun, options: IntervalOptions): Figure[] {
  return run.nodes.flatMap(({ sizeServices, modeId, programming, changes }): Figure[] => {
    const figure = (quantity: 'programming' | 'change', valuesMs: readonly number[]): Figure[] =>
      valuesMs.length === 0
        ? []
        : [{ quantity, unit: 'ms', sizeServices, policyId: NO_LOAD, modeId, value: estimateMean(valuesMs, options) }];
    return [
      ...figure('programming', programming.settledMs > 0 ? [programming.settledMs] : []),
      ...figure(
        'change',
        changes.map(({ apiWriteToFirstConnectionMs }) => apiWriteToFirstConnectionMs),
      ),
    ];
  });
}

/** The handshake's slopes, which are the kernel's part of a connect; without a capture, the client's connect. */
function slopeFigure({ axis, quantity, modeId, policyId: policy, sizeServices, slope }: Slope): Figure[] {
  if (quantity.kind !== 'time' || quantity.statistic !== 'p50' || quantity.metric === 'total') return [];
  if (axis === 'services' && quantity.metric !== 'handshake') return [];
  const shared = { sizeServices, policyId: policy, modeId, value: slope };
  return axis === 'rule-index'
    ? [{ ...shared, quantity: 'time-per-rule', unit: 'ns/rule' }]
    : [{ ...shared, quantity: 'time-per-service', unit: 'ns/service' }];
}
