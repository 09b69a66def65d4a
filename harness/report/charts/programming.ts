import { COLD_START } from '../../experiment/programming/measures.ts';
import { isFloor } from '../../mode/table.ts';
import { estimatesOf, findEstimate } from '../../model/estimate-lookup.ts';
import type { NodeFacts } from '../../model/findings.ts';
import { formatBytes, formatCount, formatMs, formatNumber, formatServices } from '../format-number.ts';
import type { Chart, ChartContext, ChartPanel } from './chart.ts';
import { type Dot, dotsPanel } from './dots.ts';
import { type SizePoint, sizeLinesPanel } from './size-lines.ts';

interface Shown {
  readonly quantity: string;
  readonly title: string;
  readonly unit: string;
  /** Of the quantity's unit, in the panel's. */
  readonly perUnit: number;
  /** A value of the quantity, for people. */
  readonly format: (value: number) => string;
}

const SHOWN: readonly Shown[] = [
  { quantity: 'programming.settled', title: 'From start to settled', unit: 's', perUnit: 1000, format: formatMs },
  { quantity: 'programming.sync', title: "kube-proxy's own sync time", unit: 's', perUnit: 1000, format: formatMs },
  {
    quantity: 'programming.cpu',
    title: 'CPU of kube-proxy and its children',
    unit: 'CPU seconds',
    perUnit: 1,
    format: (value) => `${formatNumber(value)} CPU seconds`,
  },
  {
    quantity: 'programming.memory',
    title: 'Memory of kube-proxy (RSS)',
    unit: 'MB',
    perUnit: 1e6,
    format: formatBytes,
  },
];

/** Modes with a kube-proxy; the floor programs nothing. */
function isProgrammed({ header }: ChartContext, modeId: string): boolean {
  return !header.scenario.modes.some((mode) => mode.id === modeId && isFloor(mode));
}

function panelOf({ quantity, title, unit, perUnit, format }: Shown, context: ChartContext): ChartPanel[] {
  const { findings, styles } = context;
  const points = estimatesOf(findings, quantity)
    .filter(({ modeId }) => isProgrammed(context, modeId))
    .toSorted((a, b) => a.sizeServices - b.sizeServices)
    .map(({ modeId, sizeServices, value }): SizePoint => {
      const tip = `${modeId}, ${formatServices(sizeServices)}: ${title}, ${format(value)}`;
      return { modeId, sizeServices, y: value / perUnit, low: null, high: null, tip };
    });
  if (points.length === 0) return [];
  const description = `${title} in ${unit}, each mode, against the number of Services.`;
  const yValues = points.map((point) => point.y);
  const { sizesServices } = findings;
  if (sizesServices.length > 1) {
    return [sizeLinesPanel({ title, description, unit, points, sizesServices, styles, yKind: 'linear', yValues })];
  }
  const dots: Dot[] = points.map((point) => ({ ...point, x: point.y }));
  return [dotsPanel({ title, description, unit, dots, xValues: yValues, styles })];
}

/** Single values without an interval: a title names a difference only when nobody would call it the same. */
const CLOSE = 1.2;

/** The slowest and the quickest at the largest size, by their own numbers. */
function titleOf(context: ChartContext): string {
  const rows = estimatesOf(context.findings, 'programming.settled').filter((row) => isProgrammed(context, row.modeId));
  const largest = Math.max(...rows.map((row) => row.sizeServices));
  const last = rows.filter((row) => row.sizeServices === largest).toSorted((a, b) => a.value - b.value);
  const [quickest, slowest] = [last[0], last.at(-1)];
  if (quickest === undefined || slowest === undefined || slowest.value < quickest.value * CLOSE) {
    return 'What it takes to program the rules: time, CPU and memory of kube-proxy';
  }
  return `Programming ${formatServices(largest)} took ${formatMs(quickest.value)} in ${quickest.modeId} and ${formatMs(slowest.value)} in ${slowest.modeId}`;
}

function changesText(row: NodeFacts): string {
  if (row.changes.length === 0) return '–';
  return row.changes
    .map(
      (change) =>
        `${change.kind} ${formatMs(change.medianMs)} (${formatMs(change.lowestMs)} to ${formatMs(change.highestMs)}, n = ${change.count})`,
    )
    .join('; ');
}

/** Programming time, kube-proxy's CPU and memory against the number of Services. */
export function programmingChart(context: ChartContext): Chart {
  const id = 'programming';
  const { findings } = context;
  const rows = findings.nodes.filter(({ modeId }) => isProgrammed(context, modeId));
  const panels = SHOWN.flatMap((shown) => panelOf(shown, context));
  const textOf = (row: NodeFacts, quantity: string, format: (value: number) => string) => {
    const found = findEstimate(findings, { ...row, spec: COLD_START }, quantity);
    return found === undefined ? '–' : format(found.value);
  };
  if (panels.length === 0) {
    return {
      kind: 'absent',
      id,
      title: 'What it takes to program the rules: time, CPU and memory of kube-proxy',
      why: 'No node with a kube-proxy was programmed in this run. Any scenario with a mode other than `none` fills this chart, `study` over all sizes.',
    };
  }
  const concurrent = Math.max(...rows.map((row) => row.concurrentNodes));
  const shared =
    concurrent === 0
      ? 'Each node was programmed alone.'
      : `Up to ${concurrent} other nodes were programmed on the same machine at the same time: compare the modes with each other, and do not take these for lone times.`;
  return {
    kind: 'drawn',
    id,
    title: titleOf(context),
    explanation: `One value per mode and size, without repetition and so without an interval. ${shared}`,
    toggles: [],
    views: [{ choice: {}, panels, caption: 'Time, CPU and memory' }],
    table: {
      caption:
        'Programming of each node, and latency of single changes (API write to the first connection through the changed rule)',
      columns: [
        { label: 'Services', numeric: true },
        { label: 'Mode', numeric: false },
        { label: 'Objects written in', numeric: true },
        { label: 'Settled after', numeric: true },
        { label: 'Sync time', numeric: true },
        { label: 'Syncs', numeric: true },
        { label: 'CPU', numeric: true },
        { label: 'Memory', numeric: true },
        { label: 'Median latency of a change', numeric: false },
      ],
      rows: rows.map((row) => [
        formatCount(row.sizeServices),
        row.modeId,
        textOf(row, 'programming.objects', formatMs),
        textOf(row, 'programming.settled', formatMs),
        textOf(row, 'programming.sync', formatMs),
        textOf(row, 'programming.syncs', String),
        textOf(row, 'programming.cpu', (seconds) => `${formatNumber(seconds)} s`),
        textOf(row, 'programming.memory', formatBytes),
        changesText(row),
      ]),
    },
  };
}
