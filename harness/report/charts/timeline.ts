import { median } from 'simple-statistics';
import type { Timeline } from '../../model/findings.ts';
import { formatCorePercent, formatCount, formatMs, formatPlural, formatServices } from '../format-number.ts';
import type { Chart, ChartContext, ChartPanel, ChartView } from './chart.ts';
import { linearDomain, linearTicks, logDomain, logTicks, thinTicks } from './layout.ts';
import {
  type Axis,
  alongAxis,
  type EndLabel,
  endLabelLayers,
  FULL_PX,
  type Layer,
  labelRoomPx,
  makePanel,
  modeColour,
  modeLabels,
  modeShape,
  PADDING,
  type Padding,
  type Row,
} from './panel.ts';
import { INK, TEXT_PX, textWidthPx } from './theme.ts';
import { blocksOf, CURVES, type CurveId, MOST_SLICES, pointsOf, type TimePoint } from './timeline-points.ts';

const PLOT_HEIGHT_PX = 190;
const CPU_HEIGHT_PX = 120;

interface Frame {
  readonly x: Axis;
  readonly padding: Padding;
  readonly plotWidthPx: number;
}

function frameOf(context: ChartContext): Frame {
  const { timeline } = context.findings;
  const ends = timeline.trials.map((trial) => (trial.sinceStartMs + trial.durationMs) / 60_000);
  const padding = { ...PADDING, top: 58, right: labelRoomPx([...modeLabels(context.styles).values()]) };
  const plotWidthPx = FULL_PX - padding.left - padding.right;
  const domain: [number, number] = [0, Math.max(...ends, 0.1)];
  const ticks = linearTicks(domain, 8);
  const x: Axis = { scale: { kind: 'linear', domain, lengthPx: plotWidthPx }, title: 'minutes since the start', ticks };
  return { x, padding, plotWidthPx };
}

function blockLayers(timeline: Timeline, frame: Frame, height: number): Layer[] {
  const blocks = blocksOf(timeline);
  const { scale } = frame.x;
  const starts = blocks.map((block) => block.startMin);
  const nameOf = (block: (typeof blocks)[number]): string =>
    block === blocks[0] ? formatServices(block.sizeServices) : formatCount(block.sizeServices);
  const kept = thinTicks(starts, scale, (start) => {
    const block = blocks.find((one) => one.startMin === start);
    return block === undefined ? 0 : textWidthPx(nameOf(block));
  });
  const values = blocks.map((block) => ({
    start: block.startMin,
    text: kept.includes(block.startMin) ? nameOf(block) : '',
  }));
  return [
    {
      data: { values: values.slice(1) },
      mark: { type: 'rule', color: INK.axis, strokeDash: [2, 3], strokeWidth: 1, aria: false },
      encoding: { x: alongAxis('start', frame.x, 'x'), y: { value: -12 }, y2: { value: height } },
    },
    {
      data: { values },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'bottom',
        dx: 3,
        fontSize: TEXT_PX - 1,
        color: INK.quiet,
        aria: false,
      },
      encoding: { x: alongAxis('start', frame.x, 'x'), y: { value: -1 }, text: { field: 'text', type: 'nominal' } },
    },
  ];
}

function syncLayer(timeline: Timeline, frame: Frame, height: number, context: ChartContext): Layer {
  const values = timeline.syncs.map((sync) => ({
    mode: sync.modeId,
    at: sync.sinceStartMs / 60_000,
    tip: `${sync.modeId}, ${formatServices(sync.sizeServices)}: ${sync.kind} sync of ${formatMs(sync.durationMs)}`,
  }));
  const tip = { field: 'tip', type: 'nominal' as const };
  return {
    data: { values },
    mark: { type: 'rule', strokeWidth: 1.75, opacity: 0.9 },
    encoding: {
      x: alongAxis('at', frame.x, 'x'),
      y: { value: height },
      y2: { value: height - 12 },
      color: modeColour(context.styles),
      description: tip,
      tooltip: tip,
    },
  };
}

function endLabels(points: readonly TimePoint[], context: ChartContext, atMin: number): EndLabel[] {
  const names = modeLabels(context.styles);
  return [...context.styles.values()].flatMap((style) => {
    const own = points.filter((point) => point.modeId === style.modeId).slice(-12);
    if (own.length === 0) return [];
    const us = median(own.map((point) => point.us));
    return [{ x: atMin, y: us, text: names.get(style.modeId) ?? style.modeId, inkColour: style.lightInk }];
  });
}

function latencyPanel(curve: CurveId, context: ChartContext): ChartPanel[] {
  const { timeline } = context.findings;
  const points = pointsOf(timeline, curve).toSorted((a, b) => a.atMin - b.atMin);
  if (points.length === 0) return [];
  const frame = frameOf(context);
  // Room below the lowest point, for the syncs at the foot.
  const lowest = Math.min(...points.map((point) => point.us));
  const domain = logDomain([lowest / 1.3, ...points.map((point) => point.us)]);
  const y: Axis = {
    scale: { kind: 'log', domain, lengthPx: PLOT_HEIGHT_PX },
    title: 'µs (log scale)',
    ticks: logTicks(domain),
    titleRisePx: 20,
  };
  const rows: Row[] = points.map((point) => ({ mode: point.modeId, at: point.atMin, us: point.us, tip: point.tip }));
  const tip = { field: 'tip', type: 'nominal' as const };
  const layers: Layer[] = [
    ...blockLayers(timeline, frame, PLOT_HEIGHT_PX),
    {
      data: { values: rows },
      mark: { type: 'point', filled: true, size: 16, opacity: 0.75 },
      encoding: {
        x: alongAxis('at', frame.x, 'x'),
        y: alongAxis('us', y, 'y'),
        color: modeColour(context.styles),
        shape: modeShape(context.styles),
        description: tip,
        tooltip: tip,
      },
    },
    syncLayer(timeline, frame, PLOT_HEIGHT_PX, context),
    ...endLabelLayers(endLabels(points, context, frame.x.scale.domain[1]), frame.x, y),
  ];
  const label = CURVES.find((one) => one.id === curve)?.label ?? curve;
  const { padding, plotWidthPx } = frame;
  const description = `${label} over the time of the run, every sync of kube-proxy marked at the foot.`;
  return [
    makePanel({ title: `Latency: ${label}`, description, layers, plotWidthPx, plotHeightPx: PLOT_HEIGHT_PX, padding }),
  ];
}

function cpuPanel(context: ChartContext): ChartPanel[] {
  const { timeline } = context.findings;
  const rows: Row[] = timeline.trials.flatMap((trial) => {
    if (trial.busyCores === null) return [];
    const validity = trial.valid ? '' : ', invalid';
    const proxy = trial.kubeProxyCores === null ? '' : `, kube-proxy ${formatCorePercent(trial.kubeProxyCores)}`;
    return {
      mode: trial.modeId,
      at: (trial.sinceStartMs + trial.durationMs / 2) / 60_000,
      percent: trial.busyCores * 100,
      valid: trial.valid,
      tip: `${trial.modeId}, ${trial.spec}, ${formatServices(trial.sizeServices)}, trial ${trial.trialIndex}${validity}: ${formatCorePercent(trial.busyCores)} of a core busy${proxy}`,
    };
  });
  if (rows.length === 0) return [];
  const frame = frameOf(context);
  const domain = linearDomain(rows.map((row) => Number(row.percent)));
  const y: Axis = {
    scale: { kind: 'linear', domain, lengthPx: CPU_HEIGHT_PX },
    title: '% of a core',
    ticks: linearTicks(domain, 4),
    titleRisePx: 20,
  };
  const place = {
    x: alongAxis('at', frame.x, 'x'),
    y: alongAxis('percent', y, 'y'),
    description: { field: 'tip', type: 'nominal' as const },
    tooltip: { field: 'tip', type: 'nominal' as const },
  };
  const invalid = rows.filter((row) => row.valid === false);
  const layers: Layer[] = [
    ...blockLayers(timeline, frame, CPU_HEIGHT_PX),
    {
      data: { values: rows.filter((row) => row.valid === true) },
      mark: { type: 'point', filled: true, size: 20, opacity: 0.85 },
      encoding: { ...place, color: modeColour(context.styles), shape: modeShape(context.styles) },
    },
    {
      data: { values: invalid },
      mark: { type: 'point', shape: 'M-1,-1L1,1M1,-1L-1,1', size: 36, strokeWidth: 1.5, color: INK.text },
      encoding: place,
    },
    syncLayer(timeline, frame, CPU_HEIGHT_PX, context),
  ];
  const { padding, plotWidthPx } = frame;
  const title = invalid.length === 0 ? 'CPU of the node' : 'CPU of the node (× marks an invalid trial)';
  const description =
    'Busy CPU of the node in each trial, in percent of a core, every sync of kube-proxy marked at the foot.';
  return [makePanel({ title, description, layers, plotWidthPx, plotHeightPx: CPU_HEIGHT_PX, padding })];
}

/** Latency and CPU over the time of the run, with every sync marked. */
export function timelineChart(context: ChartContext): Chart {
  const id = 'timeline';
  const { timeline } = context.findings;
  const cpu = cpuPanel(context);
  const views: ChartView[] = CURVES.flatMap(({ id: curve, label }) => {
    const latency = latencyPanel(curve, context);
    return latency.length === 0 ? [] : [{ choice: { curve }, panels: latency, caption: label }];
  });
  const title = 'The run over time: did the machine, or a sync, disturb it?';
  if (views.length === 0 && cpu.length === 0) {
    return {
      kind: 'absent',
      id,
      title,
      why: 'No trial of this run left a trace over time. Run the scenario again with `wire: true`.',
    };
  }
  const coarse = timeline.slices.length > MOST_SLICES;
  const syncs =
    timeline.syncs.length === 0
      ? 'No sync of kube-proxy fell into a trial.'
      : `The ${formatPlural(timeline.syncs.length, 'sync')} of kube-proxy that fell into trials stand as strokes at the foot, in the mode's colour.`;
  const curves = CURVES.filter((one) => views.some((view) => view.choice.curve === one.id));
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `Each point is ${coarse ? 'one trial (the median of its seconds)' : 'one slice of a trial'}. ${syncs}`,
    toggles: [{ id: 'curve', legend: 'Latency', options: curves.map((one) => ({ value: one.id, label: one.label })) }],
    views,
    always: cpu,
    table: {
      caption: 'Every sync of kube-proxy that fell into a trial',
      columns: [
        { label: 'Since start', numeric: true },
        { label: 'Services', numeric: true },
        { label: 'Mode', numeric: false },
        { label: 'Kind', numeric: false },
        { label: 'Took', numeric: true },
      ],
      rows: timeline.syncs.map((sync) => [
        formatMs(sync.sinceStartMs),
        formatCount(sync.sizeServices),
        sync.modeId,
        sync.kind,
        formatMs(sync.durationMs),
      ]),
    },
  };
}
