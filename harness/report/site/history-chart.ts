import type { Estimated, Findings } from '../../model/findings.ts';
import { headerOfWhatRan, type RunHeader } from '../../model/run.ts';
import type { Chart, ChartPanel, ChartView } from '../charts/chart.ts';
import { markEmulated } from '../charts/emulated.ts';
import { thinTicks } from '../charts/layout.ts';
import { type Axis, HALF_PX } from '../charts/panel.ts';
import { linesPanel, type SizePoint } from '../charts/size-lines.ts';
import { textWidthPx } from '../charts/theme.ts';
import { describeEstimate, formatCoreInterval, formatServices, formatTimeInterval } from '../format-number.ts';
import { assignModeStyles, type ModeStyle } from '../mode-style.ts';
import { formatProxyVersions } from '../run-facts.ts';
import { policyShort, policyTitle } from '../wording.ts';

/** A published run. */
export interface PublishedRun {
  readonly header: RunHeader;
  readonly findings: Findings;
}

interface HistoryMetric {
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  /** The estimate in the axis's unit, and words for it. */
  readonly of: (findings: Findings, cell: Cell) => { estimate: Estimated; scale: number; words: string } | null;
}

interface Cell {
  readonly sizeServices: number;
  readonly modeId: string;
  readonly policyId: string;
}

function isCell(row: Cell, cell: Cell): boolean {
  return row.sizeServices === cell.sizeServices && row.modeId === cell.modeId && row.policyId === cell.policyId;
}

function timeMetric(metric: 'handshake' | 'connect' | 'total', statistic: 'p50' | 'p99', label: string): HistoryMetric {
  return {
    id: `${metric}-${statistic}`,
    label,
    unit: 'µs',
    of: (findings, cell) => {
      const found = findings.times.find(
        (row) => row.metric === metric && row.statistic === statistic && isCell(row, cell),
      );
      return found === undefined ? null : { estimate: found.timeUs, scale: 1, words: formatTimeInterval(found.timeUs) };
    },
  };
}

const HISTORY_METRICS: readonly HistoryMetric[] = [
  timeMetric('handshake', 'p50', 'handshake p50'),
  timeMetric('handshake', 'p99', 'handshake p99'),
  timeMetric('total', 'p50', 'total p50'),
  timeMetric('total', 'p99', 'total p99'),
  {
    id: 'cpu',
    label: 'CPU over idle',
    unit: '% of a core',
    of: (findings, cell) => {
      const found = findings.cpu.find((row) => isCell(row, cell));
      return found === undefined
        ? null
        : { estimate: found.busyCores, scale: 100, words: formatCoreInterval(found.busyCores) };
    },
  },
];

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
  metric: HistoryMetric,
  at: { sizeServices: number; policyId: string },
): SizePoint[] {
  return runs.flatMap((run) =>
    run.findings.modeIds.flatMap((modeId): SizePoint[] => {
      const found = metric.of(run.findings, { ...at, modeId });
      if (found === null) return [];
      const { estimate, scale } = found;
      const where = `${modeId}, ${run.header.startedAt.slice(0, 16).replace('T', ' ')}, kernel ${run.header.environment.kernel.release}, kube-proxy ${formatProxyVersions(run.header)}`;
      return [
        {
          modeId,
          sizeServices: atDays(run),
          y: estimate.value * scale,
          low: estimate.low === null ? null : estimate.low * scale,
          high: estimate.high === null ? null : estimate.high * scale,
          tip: describeEstimate(estimate, `${where}: ${metric.label} ${found.words}`),
        },
      ];
    }),
  );
}

function viewOf(
  runs: readonly PublishedRun[],
  metric: HistoryMetric,
  sizeServices: number,
  styles: ReadonlyMap<string, ModeStyle>,
): ChartView | null {
  const policies = [...new Set(runs.flatMap((run) => run.findings.policyIds))];
  const all = policies.map((policyId) => ({ policyId, points: pointsOf(runs, metric, { sizeServices, policyId }) }));
  const yValues = all.flatMap(({ points }) => points.flatMap((point) => [point.y, point.high ?? point.y]));
  if (yValues.length === 0) return null;
  const days = runs.map(atDays);
  const panels = all.flatMap(({ policyId, points }): ChartPanel[] => {
    if (points.length === 0) return [];
    const title = policyTitle(policyId);
    const description = `${title}: ${metric.label} at ${formatServices(sizeServices)} over the runs.`;
    const lines = {
      title,
      description,
      unit: metric.unit,
      points,
      sizesServices: days,
      styles,
      yKind: 'linear',
      yValues,
      widthPx: HALF_PX,
    } as const;
    return [linesPanel(lines, (lengthPx) => dayAxis(days, lengthPx))];
  });
  return { choice: { metric: metric.id }, panels, caption: `${metric.label} at ${formatServices(sizeServices)}` };
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

/** Whose history a run belongs to: an emulated run stands beside no other. */
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
  const views =
    sizeServices === undefined
      ? []
      : HISTORY_METRICS.flatMap((metric) => viewOf(runs, metric, sizeServices, styles) ?? []);
  if (sizeServices === undefined || views.length === 0) {
    return { kind: 'absent', id, title, why: `The runs of scenario ${name} have no size with valid trials in common.` };
  }
  const shown = HISTORY_METRICS.filter((metric) => views.some((view) => view.choice.metric === metric.id));
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `At ${formatServices(sizeServices)}. Kernels and versions may change from run to run: hover a point, or compare two runs with npm run compare.`,
    toggles: [
      { id: 'metric', legend: 'What', options: shown.map((metric) => ({ value: metric.id, label: metric.label })) },
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
        ...shown.map((metric) => ({ label: metric.label, numeric: true })),
      ],
      rows: runs.flatMap((run) =>
        run.findings.modeIds.flatMap((modeId) =>
          run.findings.policyIds.map((policyId) => [
            run.findings.runId,
            run.header.environment.kernel.release,
            formatProxyVersions(run.header),
            modeId,
            policyShort(policyId),
            ...shown.map((metric) => metric.of(run.findings, { sizeServices, modeId, policyId })?.words ?? '–'),
          ]),
        ),
      ),
    },
  };
}
