import { LOAD } from '../../experiment/load/quantities.ts';
import { CPU_CLASSES, type CpuClass, PROCESS_GROUPS } from '../../model/counters.ts';
import { type EstimatePlace, estimatesOf, findEstimate, quantityOf, specsOf } from '../../model/estimate-lookup.ts';
import type { Estimate } from '../../model/findings.ts';
import {
  describeEstimate,
  formatCoreInterval,
  formatCorePercent,
  formatCount,
  formatServices,
} from '../format-number.ts';
import type { ModeStyle } from '../mode-style.ts';
import { CPU_CLASS_NAMES, policyShort, policyTitle } from '../wording.ts';
import type { Chart, ChartContext, ChartPanel, ChartTable, ChartView } from './chart.ts';
import { type PublishedMark, publishedMarks } from './cpu-published.ts';
import { fromPx, linearDomain, linearTicks, spreadLabels, thinTicks, toPx } from './layout.ts';
import { type Axis, alongAxis, type Layer, makePanel, type Padding, type Row, THIRD_PX } from './panel.ts';
import { INK, TEXT_PX, textWidthPx } from './theme.ts';

/** Steal is the host's doing and in no sum; the others are stacked from below in this order. */
const STACKED: readonly CpuClass[] = ['user', 'system', 'irq', 'softirq'];
const CLASS_OPACITY: Readonly<Record<CpuClass, number>> = { user: 0.3, system: 0.5, irq: 0.7, softirq: 0.95, steal: 0 };
const PADDING: Padding = { left: 40, right: 72, top: 48, bottom: 44 };
const PLOT_WIDTH_PX = THIRD_PX - PADDING.left - PADDING.right;
const PLOT_HEIGHT_PX = 180;
/** A class's name stays above the axis, whose last label reaches under it. */
const LOWEST_LABEL_PX = 9;
const THINNEST_LABELLED_PX = 1.5;

/** CPU over idle of one cell, with its parts by class. */
interface CpuCell extends EstimatePlace {
  readonly total: Estimate;
  readonly classes: Readonly<Record<CpuClass, Estimate>>;
}

function cpuCells({ findings }: ChartContext): CpuCell[] {
  return estimatesOf(findings, 'cpu').flatMap((total) => {
    const { sizeServices, modeId, spec } = total;
    const classOf = (name: CpuClass) => findEstimate(findings, total, `cpu.${name}`) ?? { ...total, value: 0 };
    const classes = {
      user: classOf('user'),
      system: classOf('system'),
      irq: classOf('irq'),
      softirq: classOf('softirq'),
      steal: classOf('steal'),
    };
    return [{ sizeServices, modeId, spec, total, classes }];
  });
}

interface Stack {
  readonly rows: readonly Row[];
  /** Percent of the busy total by size, with its interval. */
  readonly totals: readonly Row[];
}

/** Positive shares pile up from 0, negative ones (noise around the idle baseline) hang down from it. */
function stackOf(cells: readonly CpuCell[]): Stack {
  const rows: Row[] = [];
  for (const cell of cells) {
    const ends = { up: 0, down: 0 };
    for (const name of STACKED) {
      const percent = cell.classes[name].value * 100;
      const side = percent >= 0 ? 'up' : 'down';
      const from = ends[side];
      ends[side] += percent;
      const tip = `${cell.modeId}, ${formatServices(cell.sizeServices)}: ${CPU_CLASS_NAMES[name]} ${formatCoreInterval(cell.classes[name])} of a core`;
      rows.push({
        size: formatCount(cell.sizeServices),
        class: name,
        from,
        to: ends[side],
        opacity: CLASS_OPACITY[name],
        tip,
      });
    }
  }
  const totals = cells.map((cell) => ({
    size: formatCount(cell.sizeServices),
    low: cell.total.low === null ? null : cell.total.low * 100,
    high: cell.total.high === null ? null : cell.total.high * 100,
    value: cell.total.value * 100,
    tip: describeEstimate(
      cell.total,
      `${cell.modeId}, ${formatServices(cell.sizeServices)}: ${formatCoreInterval(cell.total)} of a core over idle`,
    ),
  }));
  return { rows, totals };
}

const PADDING_INNER = 0.25;
const PADDING_OUTER = 0.15;
const WIDEST_BAR_PX = 30;

/** Width of a bar, by the arithmetic of a band scale; few sizes do not make fat bars. */
function barWidthPx(sizes: number): number {
  const step = PLOT_WIDTH_PX / (sizes - PADDING_INNER + 2 * PADDING_OUTER);
  return Math.min(WIDEST_BAR_PX, step * (1 - PADDING_INNER));
}

function sizeChannel(sizes: readonly number[]) {
  const domain = sizes.map(formatCount);
  const even = { kind: 'linear' as const, domain: [0, sizes.length] as const, lengthPx: PLOT_WIDTH_PX };
  const places = sizes.map((_, index) => index + 0.5);
  const kept = thinTicks(places, even, (place) => textWidthPx(domain[place - 0.5] ?? ''));
  return {
    field: 'size',
    type: 'ordinal' as const,
    scale: { domain, paddingInner: PADDING_INNER, paddingOuter: PADDING_OUTER },
    axis: {
      title: 'Services',
      labelAngle: 0,
      labelOverlap: false,
      ticks: false,
      values: kept.map((place) => domain[place - 0.5] ?? ''),
    },
  };
}

type SizeChannel = ReturnType<typeof sizeChannel>;

function barLayers(stack: Stack, x: SizeChannel, y: Axis, style: ModeStyle): Layer[] {
  const tip = { field: 'tip', type: 'nominal' as const };
  const width = barWidthPx(stack.totals.length);
  const place = { x, y: { ...alongAxis('from', y, 'y', PADDING), stack: null }, y2: { field: 'to' } };
  return [
    // Paper under the tints, or the grid would show through them.
    {
      data: { values: stack.rows.map(({ size, from, to }) => ({ size: size ?? '', from: from ?? 0, to: to ?? 0 })) },
      mark: { type: 'bar', width, color: INK.paper, aria: false },
      encoding: place,
    },
    {
      data: { values: [...stack.rows] },
      mark: {
        type: 'bar',
        width,
        color: style.lightColour,
        stroke: INK.paper,
        strokeWidth: 0.5,
      },
      encoding: {
        ...place,
        opacity: { field: 'opacity', type: 'quantitative', scale: null },
        description: tip,
        tooltip: tip,
      },
    },
    {
      data: { values: stack.totals.filter((row) => row.low !== null) },
      mark: { type: 'rule', color: INK.text, strokeWidth: 1.25 },
      encoding: { x, y: alongAxis('low', y, 'y', PADDING), y2: { field: 'high' }, description: tip, tooltip: tip },
    },
  ];
}

/** Names of the classes beside the last bar, apart from each other. */
function classLabelLayer(stack: Stack, lastSize: string, x: SizeChannel, y: Axis): Layer {
  const heightPx = (row: Row): number => Math.abs(toPx(y.scale, Number(row.to)) - toPx(y.scale, Number(row.from)));
  const last = stack.rows.filter((row) => row.size === lastSize && heightPx(row) >= THINNEST_LABELLED_PX);
  const middles = last.map((row) => toPx(y.scale, (Number(row.from) + Number(row.to)) / 2));
  const lifted = middles.map((middle) => middle - LOWEST_LABEL_PX);
  const placed = spreadLabels(lifted, 14, y.scale.lengthPx - LOWEST_LABEL_PX).map((px) => px + LOWEST_LABEL_PX);
  const values = last.map((row, index) => ({
    size: lastSize,
    y: fromPx(y.scale, placed[index] ?? 0),
    text: row.class ?? '',
  }));
  return {
    data: { values },
    mark: {
      type: 'text',
      align: 'left',
      baseline: 'middle',
      dx: barWidthPx(stack.totals.length) / 2 + 5,
      fontSize: TEXT_PX,
      color: INK.quiet,
      aria: false,
    },
    encoding: { x, y: alongAxis('y', y, 'y', PADDING), text: { field: 'text', type: 'nominal' } },
  };
}

function markLayers(mark: PublishedMark, lastSize: string, x: SizeChannel, y: Axis): Layer[] {
  const tip = `${mark.modeId}: the study's growth (${mark.text} of a core) on top of this run's smallest size`;
  const values = [{ size: lastSize, y: mark.percent, text: mark.text, tip }];
  const place = { x, y: alongAxis('y', y, 'y', PADDING) };
  return [
    {
      data: { values },
      mark: { type: 'tick', orient: 'horizontal', thickness: 2, size: 26, color: INK.text },
      encoding: {
        ...place,
        description: { field: 'tip', type: 'nominal' },
        tooltip: { field: 'tip', type: 'nominal' },
      },
    },
    {
      data: { values },
      mark: {
        type: 'text',
        align: 'right',
        baseline: 'middle',
        dx: -18,
        fontSize: TEXT_PX,
        color: INK.text,
        aria: false,
      },
      encoding: { ...place, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

function panelOf(
  modeId: string,
  cells: readonly CpuCell[],
  marks: readonly PublishedMark[],
  y: Axis,
  context: ChartContext,
): ChartPanel[] {
  const style = context.styles.get(modeId);
  const own = cells.filter((cell) => cell.modeId === modeId).sort((a, b) => a.sizeServices - b.sizeServices);
  const last = own.at(-1);
  if (style === undefined || last === undefined) return [];
  const stack = stackOf(own);
  const x = sizeChannel(own.map((cell) => cell.sizeServices));
  const lastSize = formatCount(last.sizeServices);
  const layers = [
    ...barLayers(stack, x, y, style),
    classLabelLayer(stack, lastSize, x, y),
    ...marks.filter((mark) => mark.modeId === modeId).flatMap((mark) => markLayers(mark, lastSize, x, y)),
  ];
  return [
    makePanel({
      title: modeId.length > 30 ? `${modeId.slice(0, 29)}…` : modeId,
      description: `${modeId}: CPU over idle by class in percent of a core, against the number of Services.`,
      layers,
      plotWidthPx: PLOT_WIDTH_PX,
      plotHeightPx: PLOT_HEIGHT_PX,
      padding: PADDING,
    }),
  ];
}

function viewOf(spec: string, context: ChartContext): ChartView {
  const cells = cpuCells(context).filter((cell) => cell.spec === spec);
  const marks = publishedMarks(context).filter((mark) => mark.spec === spec);
  // Classes can cancel each other: the stacks reach further than their sums.
  const stacks = cells.flatMap((cell) => stackOf([cell]).rows.map((row) => Number(row.to)));
  const sums = cells.flatMap((cell) => [cell.total.high ?? 0, cell.total.low ?? 0]);
  const values = [...stacks, ...sums.map((cores) => cores * 100), ...marks.map((mark) => mark.percent)];
  const domain = linearDomain(values);
  const scale = { kind: 'linear' as const, domain, lengthPx: PLOT_HEIGHT_PX };
  const y: Axis = { scale, title: '% of a core', ticks: linearTicks(domain) };
  return {
    choice: { policy: spec },
    panels: context.findings.modeIds.flatMap((modeId) => panelOf(modeId, cells, marks, y, context)),
    caption: policyTitle(spec),
  };
}

function tableOf(context: ChartContext): ChartTable {
  const { findings } = context;
  const groups = PROCESS_GROUPS.filter((group) => estimatesOf(findings, `cpu.${group}`).length > 0);
  const textOf = (cell: CpuCell, quantity: string, format: (estimate: Estimate) => string) => {
    const found = findEstimate(findings, cell, quantity);
    return found === undefined ? '–' : format(found);
  };
  return {
    caption:
      'CPU over the idle baseline, in % of a core: the whole place by class, then each group of processes by itself',
    columns: [
      { label: 'Services', numeric: true },
      { label: 'Connections', numeric: false },
      { label: 'Mode', numeric: false },
      { label: 'Over idle', numeric: true },
      ...CPU_CLASSES.map((name) => ({ label: CPU_CLASS_NAMES[name], numeric: true })),
      { label: 'Idle itself', numeric: true },
      { label: 'µs per connection', numeric: true },
      ...groups.map((group) => ({ label: quantityOf(findings, `cpu.${group}`).short, numeric: true })),
    ],
    rows: cpuCells(context).map((cell) => [
      formatCount(cell.sizeServices),
      policyShort(cell.spec),
      cell.modeId,
      formatCoreInterval(cell.total),
      ...CPU_CLASSES.map((name) => formatCoreInterval(cell.classes[name])),
      textOf(cell, 'cpu.idle', ({ value }) => formatCorePercent(value)),
      textOf(cell, 'cpu.perConnection', ({ value }) => formatCount(value)),
      ...groups.map((group) => textOf(cell, `cpu.${group}`, formatCoreInterval)),
    ]),
  };
}

/** Chart 2 of the study: CPU over idle against number of Services, stacked by class, beside the values published in 2019. */
export function cpuChart(context: ChartContext): Chart {
  const id = 'cpu';
  const { findings } = context;
  const cells = cpuCells(context);
  const policies = specsOf(findings, LOAD).filter((id) => cells.some(({ spec }) => spec === id));
  const title = 'CPU that the load costs the node, over idle, by class';
  if (policies.length === 0) {
    return {
      kind: 'absent',
      id,
      title,
      why: 'This run has no CPU counters: its testbed could not read them, or no trial was valid. The scenario `study` on testbed netns fills this chart.',
    };
  }
  const marked = publishedMarks(context).length > 0;
  const published = marked
    ? ' The black tick is what the study published in 2019, set on top of the value that this run has at its smallest size.'
    : ' The values that the study published in 2019 belong to 10,000 Services beside a smaller size: the scenario `study` or `10k` brings them in.';
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `Percent of one core, the idle baseline just before each load subtracted; bars are stacked by class, the line is the interval of the sum.${published}`,
    toggles: [
      { id: 'policy', legend: 'Connections', options: policies.map((value) => ({ value, label: policyTitle(value) })) },
    ],
    views: policies.map((policyId) => viewOf(policyId, context)),
    table: tableOf(context),
  };
}
