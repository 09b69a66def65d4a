import { isFloor } from '../../mode/table.ts';
import type { ProgrammingFinding } from '../../model/findings.ts';
import { formatBytes, formatCount, formatMs, formatNumber, formatServices } from '../format-number.ts';
import type { Chart, ChartContext, ChartPanel } from './chart.ts';
import { type Dot, dotsPanel } from './dots.ts';
import { type SizePoint, sizeLinesPanel } from './size-lines.ts';

interface Quantity {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly of: (row: ProgrammingFinding) => number | null;
  readonly format: (value: number) => string;
}

const QUANTITIES: readonly Quantity[] = [
  {
    id: 'settled',
    title: 'From start to settled',
    unit: 's',
    of: (row) => row.settledMs / 1000,
    format: (value) => formatMs(value * 1000),
  },
  {
    id: 'sync',
    title: "kube-proxy's own sync time",
    unit: 's',
    of: (row) => row.syncMs / 1000,
    format: (value) => formatMs(value * 1000),
  },
  {
    id: 'cpu',
    title: 'CPU of kube-proxy and its children',
    unit: 'CPU seconds',
    of: (row) => row.kubeProxyCpuS,
    format: (value) => `${formatNumber(value)} CPU seconds`,
  },
  {
    id: 'memory',
    title: 'Memory of kube-proxy (RSS)',
    unit: 'MB',
    of: (row) => (row.kubeProxyRssBytes === null ? null : row.kubeProxyRssBytes / 1e6),
    format: (value) => formatBytes(value * 1e6),
  },
];

/** Nodes with a kube-proxy; mode `none` programs nothing. */
function programmedRows({ findings, header }: ChartContext): ProgrammingFinding[] {
  const bare = header.scenario.modes.filter(isFloor).map((mode) => mode.id);
  return findings.programming.filter((row) => !bare.includes(row.modeId));
}

function panelOf(quantity: Quantity, context: ChartContext): ChartPanel[] {
  const { findings, styles } = context;
  const points = programmedRows(context)
    .toSorted((a, b) => a.sizeServices - b.sizeServices)
    .flatMap((row): SizePoint[] => {
      const y = quantity.of(row);
      if (y === null) return [];
      const tip = `${row.modeId}, ${formatServices(row.sizeServices)}: ${quantity.title}, ${quantity.format(y)}`;
      return [{ modeId: row.modeId, sizeServices: row.sizeServices, y, low: null, high: null, tip }];
    });
  if (points.length === 0) return [];
  const { title, unit } = quantity;
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
function titleOf(rows: readonly ProgrammingFinding[]): string {
  const largest = Math.max(...rows.map((row) => row.sizeServices));
  const last = rows.filter((row) => row.sizeServices === largest).toSorted((a, b) => a.settledMs - b.settledMs);
  const [quickest, slowest] = [last[0], last.at(-1)];
  if (quickest === undefined || slowest === undefined || slowest.settledMs < quickest.settledMs * CLOSE) {
    return 'What it takes to program the rules: time, CPU and memory of kube-proxy';
  }
  return `Programming ${formatServices(largest)} took ${formatMs(quickest.settledMs)} in ${quickest.modeId} and ${formatMs(slowest.settledMs)} in ${slowest.modeId}`;
}

function changesText(row: ProgrammingFinding): string {
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
  const rows = programmedRows(context);
  const panels = QUANTITIES.flatMap((quantity) => panelOf(quantity, context));
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
    title: titleOf(rows),
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
        formatMs(row.loadObjectsMs),
        formatMs(row.settledMs),
        formatMs(row.syncMs),
        String(row.syncs),
        row.kubeProxyCpuS === null ? '–' : `${formatNumber(row.kubeProxyCpuS)} s`,
        row.kubeProxyRssBytes === null ? '–' : formatBytes(row.kubeProxyRssBytes),
        changesText(row),
      ]),
    },
  };
}
