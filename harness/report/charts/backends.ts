import { LOAD } from '../../experiment/load/quantities.ts';
import { specsOf } from '../../model/estimate-lookup.ts';
import type { BackendShares } from '../../model/findings.ts';
import { formatCount, formatNumber, formatShare } from '../format-number.ts';
import { policyShort, policyTitle } from '../wording.ts';
import type { Chart, ChartContext, ChartPanel } from './chart.ts';
import { fittingTicks, niceStep } from './layout.ts';
import {
  type Axis,
  alongAxis,
  HALF_PX,
  type Layer,
  makePanel,
  modeColour,
  modeLabels,
  type Padding,
  type Row,
} from './panel.ts';
import { INK, TEXT_PX, textWidthPx } from './theme.ts';

const ROW_PX = 38;

/** Around the shares and the even share, not from 0: the question is how far they are from even. */
function shareDomain(all: readonly BackendShares[]): [number, number] {
  const percents = all.flatMap((one) => [
    ...one.backends.map((row) => row.share * 100),
    100 / Math.max(1, one.backends.length),
  ]);
  const [low, high] = [Math.min(...percents), Math.max(...percents)];
  const span = Math.max(high - low, 2);
  const step = niceStep(span, 5);
  return [Math.max(0, Math.floor((low - span * 0.1) / step) * step), Math.ceil((high + span * 0.1) / step) * step];
}

function shareLayers(
  own: readonly BackendShares[],
  rowOf: (modeId: string) => number,
  at: { x: Axis; y: Axis },
  context: ChartContext,
): Layer[] {
  const rows: Row[] = own.flatMap((one) =>
    one.backends.map((backend) => ({
      mode: one.modeId,
      row: rowOf(one.modeId),
      top: rowOf(one.modeId) + 0.26,
      foot: rowOf(one.modeId) - 0.26,
      percent: backend.share * 100,
      tip: `${one.modeId}: ${backend.backend} got ${formatShare(backend.share)} (${formatCount(backend.connections)} connections)`,
    })),
  );
  const even: Row[] = own.map((one) => ({
    percent: 100 / Math.max(1, one.backends.length),
    top: rowOf(one.modeId) + 0.42,
    foot: rowOf(one.modeId) - 0.42,
  }));
  const x = alongAxis('percent', at.x, 'x');
  const y = { ...alongAxis('foot', at.y, 'y'), axis: null };
  const tip = { field: 'tip', type: 'nominal' as const };
  return [
    {
      data: { values: even },
      mark: { type: 'rule', color: INK.quiet, strokeDash: [2, 2], aria: false },
      encoding: { x, y, y2: { field: 'top' } },
    },
    {
      data: { values: rows },
      mark: { type: 'rule', strokeWidth: 2.5, opacity: 0.85 },
      encoding: { x, y, y2: { field: 'top' }, color: modeColour(context.styles), description: tip, tooltip: tip },
    },
  ];
}

function nameLayer(
  own: readonly BackendShares[],
  rowOf: (modeId: string) => number,
  at: { x: Axis; y: Axis },
  context: ChartContext,
): Layer {
  const labels = modeLabels(context.styles);
  const values = own.map((one) => ({
    text: labels.get(one.modeId) ?? one.modeId,
    row: rowOf(one.modeId),
    start: at.x.scale.domain[0],
    ink: context.styles.get(one.modeId)?.lightInk ?? INK.text,
  }));
  return {
    data: { values },
    mark: {
      type: 'text',
      align: 'right',
      baseline: 'middle',
      dx: -10,
      fontSize: TEXT_PX,
      fontWeight: 600,
      aria: false,
    },
    encoding: {
      x: alongAxis('start', at.x, 'x'),
      y: { ...alongAxis('row', at.y, 'y'), axis: null },
      text: { field: 'text', type: 'nominal' },
      color: { field: 'ink', type: 'nominal', scale: null },
    },
  };
}

function panelOf(spec: string, all: readonly BackendShares[], context: ChartContext): ChartPanel {
  const own = all.filter((one) => one.spec === spec);
  const labels = modeLabels(context.styles);
  const left = 16 + Math.max(0, ...own.map((one) => textWidthPx(labels.get(one.modeId) ?? one.modeId)));
  const padding: Padding = { left, right: 20, top: 36, bottom: 44 };
  const plotWidthPx = HALF_PX - padding.left - padding.right;
  const plotHeightPx = ROW_PX * own.length;
  const scale = { kind: 'linear' as const, domain: shareDomain(all), lengthPx: plotWidthPx };
  const ticks = fittingTicks(scale, (value) => textWidthPx(String(value)));
  const x: Axis = { scale, title: '% of new connections, one stroke per backend', ticks };
  const y: Axis = { scale: { kind: 'linear', domain: [0, own.length], lengthPx: plotHeightPx }, title: '', ticks: [] };
  const order = own.map((one) => one.modeId);
  const rowOf = (modeId: string): number => own.length - order.indexOf(modeId) - 0.5;
  const title = policyTitle(spec);
  return makePanel({
    title,
    description: `${title}: share of new connections that each backend got, by mode; the dashed line is an even share.`,
    layers: [...shareLayers(own, rowOf, { x, y }, context), nameLayer(own, rowOf, { x, y }, context)],
    plotWidthPx,
    plotHeightPx,
    padding,
  });
}

function titleOf(all: readonly BackendShares[]): string {
  const tested = all.filter((one) => one.uniformity !== null);
  const uneven = tested.filter((one) => (one.uniformity?.pValue ?? 1) < 0.01 / Math.max(1, tested.length));
  if (tested.length === 0) return 'Share of new connections per backend';
  const names = [...new Set(uneven.map((one) => one.modeId))];
  return names.length === 0
    ? 'Every mode spreads new connections evenly over the backends'
    : `New connections are not spread evenly in ${names.join(', ')}`;
}

/** Share of connections per backend. */
export function backendsChart(context: ChartContext): Chart {
  const id = 'backends';
  const all = context.findings.backends.filter((one) => one.connections > 0 && one.backends.length > 0);
  if (all.length === 0) {
    return {
      kind: 'absent',
      id,
      title: 'Share of new connections per backend',
      why: 'No valid trial opened a connection whose backend is known. Any scenario with the policy `per-request` fills this chart.',
    };
  }
  const policies = specsOf(context.findings, LOAD).filter((id) => all.some(({ spec }) => spec === id));
  return {
    kind: 'drawn',
    id,
    title: titleOf(all),
    explanation:
      'The dashed line is an even share; strokes far from it would be a load balancer that does not balance. "Even" in the title is Pearson\'s test at 1 % over all rows together.',
    toggles: [],
    views: [{ choice: {}, panels: policies.map((spec) => panelOf(spec, all, context)), caption: 'Shares' }],
    table: {
      caption: 'Share of new connections per backend, with the test of uniformity',
      columns: [
        { label: 'Mode', numeric: false },
        { label: 'Connections', numeric: false },
        { label: 'Opened', numeric: true },
        { label: 'Backends', numeric: true },
        { label: 'Lowest share', numeric: true },
        { label: 'Highest share', numeric: true },
        { label: 'χ² (df)', numeric: true },
        { label: 'p', numeric: true },
      ],
      rows: all.map((one) => [
        one.modeId,
        policyShort(one.spec),
        formatCount(one.connections),
        String(one.backends.length),
        formatShare(Math.min(...one.backends.map((row) => row.share))),
        formatShare(Math.max(...one.backends.map((row) => row.share))),
        one.uniformity === null
          ? '–'
          : `${formatNumber(one.uniformity.chiSquare)} (${one.uniformity.degreesOfFreedom})`,
        one.uniformity === null ? '–' : formatNumber(one.uniformity.pValue),
      ]),
    },
  };
}
