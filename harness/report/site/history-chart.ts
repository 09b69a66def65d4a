import { LOAD } from '../../experiment/load/quantities.ts';
import { findEstimate, specsOf } from '../../model/estimate-lookup.ts';
import type { Findings } from '../../model/findings.ts';
import type { Quantity } from '../../model/quantity.ts';
import { headerOfWhatRan, type RunHeader } from '../../model/run.ts';
import type { Chart, ChartPanel, ChartView } from '../charts/chart.ts';
import { markEmulated } from '../charts/emulated.ts';
import { thinTicks } from '../charts/layout.ts';
import { type Axis, HALF_PX } from '../charts/panel.ts';
import { linesPanel, type SizePoint } from '../charts/size-lines.ts';
import { textWidthPx } from '../charts/theme.ts';
import { describeEstimate, formatQuantity, formatServices } from '../format-number.ts';
import { assignModeStyles, type ModeStyle } from '../mode-style.ts';
import { formatProxyVersions } from '../run-facts.ts';
import { policyShort, policyTitle } from '../wording.ts';

/** A published run. */
export interface PublishedRun {
  readonly header: RunHeader;
  readonly findings: Findings;
}

/** What a history shows: the primary quantities, and the tails of those that are of a distribution. */
function historyQuantities(runs: readonly PublishedRun[]): readonly Quantity[] {
  const quantities = runs.at(-1)?.findings.quantities ?? [];
  const felt = quantities.filter(({ primary }) => primary !== null);
  const isTail = ({ distribution }: Quantity) =>
    distribution?.statistic === 'p99' && felt.some((one) => one.distribution?.id === distribution.id);
  return quantities.filter((one) => one.primary !== null || isTail(one));
}

/** The unit of an axis, and what an estimate is multiplied by. */
function axisUnit({ unit }: Quantity): { unit: string; scale: number } {
  return unit === 'cores' ? { unit: '% of a core', scale: 100 } : { unit: unit === 'us' ? 'µs' : unit, scale: 1 };
}

function atDays(run: PublishedRun): number {
  return Date.parse(run.header.startedAt) / 86_400_000;
}

function dayText(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

/** Days since 1970 as a plain linear axis, labelled with dates. */
function dayAxis(days: readonly number[], lengthPx: number): Axis {
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const room = Math.max(0.5, (last - first) * 0.04);
  const scale = { kind: 'linear' as const, domain: [first - room, last + room] as const, lengthPx };
  return {
    scale,
    title: 'day of the run',
    ticks: thinTicks([...new Set(days)], scale, (day) => textWidthPx(dayText(day))),
    labelExpression: "utcFormat(datum.value * 86400000, '%Y-%m-%d')",
  };
}

function pointsOf(
  runs: readonly PublishedRun[],
  quantity: Quantity,
  at: { sizeServices: number; spec: string },
): SizePoint[] {
  return runs.flatMap((run) =>
    run.findings.modeIds.flatMap((modeId): SizePoint[] => {
      const estimate = findEstimate(run.findings, { ...at, modeId }, quantity.id);
      if (estimate === undefined) return [];
      const { scale } = axisUnit(quantity);
      const where = `${modeId}, ${run.header.startedAt.slice(0, 16).replace('T', ' ')}, kernel ${run.header.environment.kernel.release}, kube-proxy ${formatProxyVersions(run.header)}`;
      return [
        {
          modeId,
          sizeServices: atDays(run),
          y: estimate.value * scale,
          low: estimate.low === null ? null : estimate.low * scale,
          high: estimate.high === null ? null : estimate.high * scale,
          tip: describeEstimate(estimate, `${where}: ${quantity.short} ${formatQuantity(estimate, estimate.unit)}`),
        },
      ];
    }),
  );
}

function viewOf(
  runs: readonly PublishedRun[],
  quantity: Quantity,
  sizeServices: number,
  styles: ReadonlyMap<string, ModeStyle>,
): ChartView | null {
  const specs = [...new Set(runs.flatMap((run) => specsOf(run.findings, quantity.experiment)))];
  const all = specs.map((spec) => ({ spec, points: pointsOf(runs, quantity, { sizeServices, spec }) }));
  const yValues = all.flatMap(({ points }) => points.flatMap((point) => [point.y, point.high ?? point.y]));
  if (yValues.length === 0) return null;
  const days = runs.map(atDays);
  const panels = all.flatMap(({ spec, points }): ChartPanel[] => {
    if (points.length === 0) return [];
    const title = policyTitle(spec);
    const description = `${title}: ${quantity.short} at ${formatServices(sizeServices)} over the runs.`;
    const lines = {
      title,
      description,
      unit: axisUnit(quantity).unit,
      points,
      sizesServices: days,
      styles,
      yKind: 'linear',
      yValues,
      widthPx: HALF_PX,
    } as const;
    return [linesPanel(lines, (lengthPx) => dayAxis(days, lengthPx))];
  });
  return { choice: { metric: quantity.id }, panels, caption: `${quantity.short} at ${formatServices(sizeServices)}` };
}

/** Styles over all modes of all runs, so that a mode keeps its colour when others come and go. */
export function historyStyles(runs: readonly PublishedRun[]): Map<string, ModeStyle> {
  const modes = runs.flatMap((run) => headerOfWhatRan(run.header).scenario.modes);
  return assignModeStyles([...new Set(modes.map((mode) => mode.id))], modes);
}

/** One scenario's runs over time, at the largest size that all of them have; `id` is the chart's id on its page. */
export function historyChart(id: string, runs: readonly PublishedRun[], styles: ReadonlyMap<string, ModeStyle>): Chart {
  const chart = drawHistory(id, runs, styles);
  return runs.some(isEmulated) ? markEmulated(chart) : chart;
}

function isEmulated({ header }: PublishedRun): boolean {
  return header.environment.execution === 'emulated';
}

/** Whose history a run belongs to: an emulated run is compared with no other. */
export function historyName(run: PublishedRun): string {
  return `${run.findings.scenarioName}${isEmulated(run) ? ' (emulated)' : ''}`;
}

function drawHistory(id: string, runs: readonly PublishedRun[], styles: ReadonlyMap<string, ModeStyle>): Chart {
  const name = runs[0] === undefined ? '' : historyName(runs[0]);
  const title = `${name}: every run so far`;
  if (runs.length < 2) {
    return {
      kind: 'absent',
      id,
      title,
      why: `One run makes no history; the next run of scenario ${name} that is published starts it.`,
    };
  }
  const shared = (runs[0]?.findings.sizesServices ?? []).filter((size) =>
    runs.every((run) => run.findings.sizesServices.includes(size)),
  );
  const sizeServices = shared.at(-1);
  const quantities = historyQuantities(runs);
  const views =
    sizeServices === undefined
      ? []
      : quantities.flatMap((quantity) => viewOf(runs, quantity, sizeServices, styles) ?? []);
  if (sizeServices === undefined || views.length === 0) {
    return { kind: 'absent', id, title, why: `The runs of scenario ${name} have no size with valid trials in common.` };
  }
  const shown = quantities.filter((quantity) => views.some((view) => view.choice.metric === quantity.id));
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `At ${formatServices(sizeServices)}. Kernels and versions may change from run to run: hover a point, or compare two runs with npm run compare.`,
    toggles: [
      { id: 'metric', legend: 'What', options: shown.map(({ id: value, short: label }) => ({ value, label })) },
    ],
    views,
    table: {
      caption: `${name} at ${formatServices(sizeServices)}, run by run`,
      columns: [
        { label: 'Run', numeric: false },
        { label: 'Kernel', numeric: false },
        { label: 'kube-proxy', numeric: false },
        { label: 'Mode', numeric: false },
        { label: 'Connections', numeric: false },
        ...shown.map(({ short: label }) => ({ label, numeric: true })),
      ],
      rows: runs.flatMap((run) =>
        run.findings.modeIds.flatMap((modeId) =>
          specsOf(run.findings, LOAD).map((spec) => [
            run.findings.runId,
            run.header.environment.kernel.release,
            formatProxyVersions(run.header),
            modeId,
            policyShort(spec),
            ...shown.map(({ id: quantity }) => {
              const found = findEstimate(run.findings, { sizeServices, modeId, spec }, quantity);
              return found === undefined ? '–' : formatQuantity(found, found.unit);
            }),
          ]),
        ),
      ),
    },
  };
}
