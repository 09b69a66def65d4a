import { LOAD } from '../../experiment/load/quantities.ts';
import { distributionName, specsOf } from '../../model/estimate-lookup.ts';
import type { Distribution } from '../../model/findings.ts';
import { formatCount, formatServices, formatShare, formatTimeUs } from '../format-number.ts';
import { policyShort, policyTitle } from '../wording.ts';
import type { Chart, ChartContext, ChartPanel, ChartView } from './chart.ts';
import { logDomain, logTicks } from './layout.ts';
import {
  type Axis,
  alongAxis,
  endLabelLayers,
  HALF_PX,
  type Layer,
  labelRoomPx,
  makePanel,
  modeColour,
  modeDash,
  modeLabels,
  PADDING,
  type Row,
} from './panel.ts';
import { INK } from './theme.ts';

const SHOWN_TIMES: readonly string[] = ['handshake', 'total'];
const PLOT_HEIGHT_PX = 220;

/** Percentiles are spread by their distance from 100 %, so that the tail, which users feel, is not squeezed into the corner. */
const TICKS = [0.5, 0.9, 0.99, 0.999] as const;
const HIGHEST_NINES = 3.15;
/** The very fastest of thousands say nothing, and would stretch the axis. */
const LOWEST_QUANTILE = 0.01;
const LABELS = "{'0.3': 'p50', '1': 'p90', '2': 'p99', '3': 'p99.9'}[format(datum.value, '.1~f')]";

function ninesOf(quantile: number): number {
  return -Math.log10(1 - quantile);
}

function rowsOf(distribution: Distribution): Row[] {
  return distribution.points
    .filter(
      (point) =>
        point.quantile >= LOWEST_QUANTILE &&
        point.quantile < 1 &&
        ninesOf(point.quantile) <= HIGHEST_NINES &&
        point.us > 0,
    )
    .map((point) => ({
      mode: distribution.modeId,
      nines: ninesOf(point.quantile),
      us: point.us,
      tip: `${distribution.modeId}: ${formatShare(point.quantile)} took at most ${formatTimeUs(point.us)}`,
    }));
}

function isTick(row: Row): boolean {
  return TICKS.some((quantile) => Math.abs(ninesOf(quantile) - Number(row.nines)) < 1e-6);
}

function curveLayers(rows: readonly Row[], x: Axis, y: Axis, context: ChartContext): Layer[] {
  const place = {
    x: alongAxis('nines', x, 'x'),
    y: alongAxis('us', y, 'y'),
    color: modeColour(context.styles),
  };
  const tip = { field: 'tip', type: 'nominal' as const };
  return [
    {
      data: { values: [...rows] },
      mark: { type: 'line', strokeWidth: 1.75, aria: false },
      encoding: { ...place, strokeDash: modeDash(context.styles) },
    },
    {
      data: { values: rows.filter(isTick) },
      mark: { type: 'point', filled: true, size: 30, opacity: 1 },
      encoding: { ...place, description: tip, tooltip: tip },
    },
  ];
}

function panelOf(distributions: readonly Distribution[], spec: string, context: ChartContext): ChartPanel {
  const labels = modeLabels(context.styles);
  const own = distributions.filter((one) => one.spec === spec);
  const names = own.map((one) => labels.get(one.modeId) ?? one.modeId);
  const padding = { ...PADDING, right: labelRoomPx(names) };
  const plotWidthPx = HALF_PX - padding.left - padding.right;
  const values = distributions.flatMap((one) => rowsOf(one).map((row) => Number(row.us)));
  const domain = logDomain(values);
  const x: Axis = {
    scale: { kind: 'linear', domain: [0, HIGHEST_NINES], lengthPx: plotWidthPx },
    title: 'percentile',
    ticks: TICKS.map(ninesOf),
    labelExpression: LABELS,
  };
  const y: Axis = {
    scale: { kind: 'log', domain, lengthPx: PLOT_HEIGHT_PX },
    title: 'µs (log scale)',
    ticks: logTicks(domain),
  };
  const ends = own.flatMap((one) => {
    const last = rowsOf(one).at(-1);
    const text = labels.get(one.modeId) ?? one.modeId;
    const inkColour = context.styles.get(one.modeId)?.lightInk ?? INK.text;
    return last === undefined ? [] : [{ x: Number(last.nines), y: Number(last.us), text, inkColour }];
  });
  const title = policyTitle(spec);
  const layers = [...curveLayers(own.flatMap(rowsOf), x, y, context), ...endLabelLayers(ends, x, y)];
  const description = `${title}: latency percentiles of each mode.`;
  return makePanel({ title, description, layers, plotWidthPx, plotHeightPx: PLOT_HEIGHT_PX, padding });
}

function viewOf(time: string, sizeServices: number, context: ChartContext): ChartView | null {
  const { findings } = context;
  const distributions = findings.distributions.filter(
    (one) => one.distribution === time && one.sizeServices === sizeServices && rowsOf(one).length > 1,
  );
  const specs = specsOf(findings, LOAD).filter((id) => distributions.some(({ spec }) => spec === id));
  if (specs.length === 0) return null;
  return {
    choice: { metric: time, size: String(sizeServices) },
    panels: specs.map((spec) => panelOf(distributions, spec, context)),
    caption: `Percentiles of the ${distributionName(findings, time)} at ${formatServices(sizeServices)}`,
  };
}

function usAt(distribution: Distribution, quantile: number): number | null {
  return distribution.points.find((point) => Math.abs(point.quantile - quantile) < 1e-9)?.us ?? null;
}

/** Names the slowest and the fastest p99 of the largest size, where there are two. */
function titleOf({ findings }: ChartContext): string {
  const size = findings.sizesServices.at(-1);
  const [first] = specsOf(findings, LOAD);
  const own = SHOWN_TIMES.map((time) =>
    findings.distributions.filter(
      (one) => one.distribution === time && one.sizeServices === size && one.spec === first,
    ),
  ).find((list) => list.length > 0);
  const tails = (own ?? []).flatMap((one) => {
    const us = usAt(one, 0.99);
    return us === null ? [] : [{ modeId: one.modeId, us, distribution: one.distribution }];
  });
  const [fastest, slowest] = [tails.toSorted((a, b) => a.us - b.us)[0], tails.toSorted((a, b) => b.us - a.us)[0]];
  if (size === undefined || fastest === undefined || slowest === undefined || fastest === slowest) {
    return 'How the times are distributed: percentiles at one size';
  }
  return `At ${formatServices(size)}, one ${distributionName(findings, slowest.distribution)} in a hundred takes more than ${formatTimeUs(slowest.us)} in ${slowest.modeId} and more than ${formatTimeUs(fastest.us)} in ${fastest.modeId}`;
}

/** Latency percentiles at the largest size and, on request, at the smallest; the table has them all. */
export function percentilesChart(context: ChartContext): Chart {
  const id = 'percentiles';
  const ends = [context.findings.sizesServices.at(-1), context.findings.sizesServices[0]];
  const sizes = [...new Set(ends)].filter((size) => size !== undefined);
  const views = SHOWN_TIMES.flatMap((time) => sizes.flatMap((size) => viewOf(time, size, context) ?? []));
  const title = titleOf(context);
  if (views.length === 0) {
    return {
      kind: 'absent',
      id,
      title,
      why: 'No valid trial left a histogram. Any scenario fills this chart once its trials are valid.',
    };
  }
  const shownSizes = sizes.filter((size) => views.some((view) => view.choice.size === String(size)));
  const times = SHOWN_TIMES.filter((time) => views.some((view) => view.choice.metric === time));
  const nameOf = (time: string) => distributionName(context.findings, time);
  const shown = [0.01, 0.5, 0.9, 0.99, 0.999];
  return {
    kind: 'drawn',
    id,
    title,
    explanation:
      "All valid rounds' histograms added up. Further right is rarer and slower: at p99, one request in a hundred took longer.",
    toggles: [
      { id: 'metric', legend: 'Time', options: times.map((value) => ({ value, label: nameOf(value) })) },
      {
        id: 'size',
        legend: 'Size',
        options: shownSizes.map((size) => ({ value: String(size), label: formatServices(size) })),
      },
    ],
    views,
    table: {
      caption: 'Percentiles of all valid rounds together',
      columns: [
        { label: 'Services', numeric: true },
        { label: 'Connections', numeric: false },
        { label: 'Mode', numeric: false },
        { label: 'Time', numeric: false },
        { label: 'Samples', numeric: true },
        ...shown.map((quantile) => ({ label: `p${quantile === 0.01 ? '01' : quantile * 100}`, numeric: true })),
      ],
      rows: context.findings.distributions
        .filter((one) => SHOWN_TIMES.includes(one.distribution))
        .map((one) => [
          formatCount(one.sizeServices),
          policyShort(one.spec),
          one.modeId,
          nameOf(one.distribution),
          formatCount(one.count),
          ...shown.map((quantile) => formatTimeUs(usAt(one, quantile) ?? Number.NaN)),
        ]),
    },
  };
}
