import type { ModeStyle } from '../mode-style.ts';
import type { ChartPanel } from './chart.ts';
import { fittingTicks, linearDomain } from './layout.ts';
import {
  type Axis,
  alongAxis,
  HALF_PX,
  type Layer,
  makePanel,
  modeColour,
  modeLabels,
  modeShape,
  type Padding,
  type Row,
} from './panel.ts';
import { INK, TEXT_PX, textWidthPx } from './theme.ts';

/** One mode's value with its interval, in the panel's unit. */
export interface Dot {
  readonly modeId: string;
  readonly x: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly tip: string;
}

const ROW_PX = 34;

/** One row per mode at one size: the form that lines over sizes take when there is one size only. */
export function dotsPanel(panel: {
  title: string;
  description: string;
  unit: string;
  dots: readonly Dot[];
  xValues: readonly number[];
  styles: ReadonlyMap<string, ModeStyle>;
}): ChartPanel {
  const labels = modeLabels(panel.styles);
  const shown = [...panel.styles.keys()].filter((id) => panel.dots.some((dot) => dot.modeId === id));
  const left = 14 + Math.max(0, ...shown.map((id) => textWidthPx(labels.get(id) ?? id)));
  const padding: Padding = { left, right: 24, top: 36, bottom: 44 };
  const plotWidthPx = HALF_PX - padding.left - padding.right;
  const plotHeightPx = ROW_PX * shown.length;
  const domain = linearDomain(panel.xValues);
  const scale = { kind: 'linear' as const, domain, lengthPx: plotWidthPx };
  const ticks = fittingTicks(scale, (value) => textWidthPx(String(value)));
  const x: Axis = { scale, title: panel.unit, ticks };
  const y: Axis = {
    scale: { kind: 'linear', domain: [0, shown.length], lengthPx: plotHeightPx },
    title: '',
    ticks: [],
  };
  const rowOf = (modeId: string): number => shown.length - shown.indexOf(modeId) - 0.5;
  const rows: Row[] = panel.dots.map((dot) => ({ ...dot, mode: dot.modeId, row: rowOf(dot.modeId) }));
  const { title, description } = panel;
  const layers = [
    ...zeroLayer(x, plotHeightPx),
    ...dotLayers(rows, x, y, panel.styles),
    nameLayer(shown, labels, { x, y, rowOf, styles: panel.styles }),
  ];
  return makePanel({ title, description, layers, plotWidthPx, plotHeightPx, padding });
}

/** Where differences go both ways, 0 is the line to look at. */
function zeroLayer(x: Axis, plotHeightPx: number): Layer[] {
  if (x.scale.domain[0] >= 0) return [];
  return [
    {
      data: { values: [{ zero: 0 }] },
      mark: { type: 'rule', color: INK.quiet, strokeWidth: 1, aria: false },
      encoding: { x: alongAxis('zero', x, 'x'), y: { value: 0 }, y2: { value: plotHeightPx } },
    },
  ];
}

function dotLayers(rows: readonly Row[], x: Axis, y: Axis, styles: ReadonlyMap<string, ModeStyle>): Layer[] {
  const row = { ...alongAxis('row', y, 'y'), axis: null };
  const grid = alongAxis('x', x, 'x');
  const withGrid = { ...grid, axis: { ...grid.axis, grid: true } };
  return [
    {
      data: { values: rows.filter((one) => one.low !== null) },
      mark: { type: 'rule', strokeWidth: 5, opacity: 0.3, aria: false },
      encoding: { x: { ...withGrid, field: 'low' }, x2: { field: 'high' }, y: row, color: modeColour(styles) },
    },
    {
      data: { values: [...rows] },
      mark: { type: 'point', filled: true, size: 60, opacity: 1 },
      encoding: {
        x: withGrid,
        y: row,
        color: modeColour(styles),
        shape: modeShape(styles),
        description: { field: 'tip', type: 'nominal' },
        tooltip: { field: 'tip', type: 'nominal' },
      },
    },
  ];
}

function nameLayer(
  shown: readonly string[],
  labels: ReadonlyMap<string, string>,
  at: { x: Axis; y: Axis; rowOf: (modeId: string) => number; styles: ReadonlyMap<string, ModeStyle> },
): Layer {
  const values = shown.map((modeId) => ({
    text: labels.get(modeId) ?? modeId,
    row: at.rowOf(modeId),
    start: at.x.scale.domain[0],
    ink: at.styles.get(modeId)?.lightInk ?? INK.text,
  }));
  return {
    data: { values },
    mark: { type: 'text', align: 'right', baseline: 'middle', dx: -8, fontSize: TEXT_PX, fontWeight: 600, aria: false },
    encoding: {
      x: alongAxis('start', at.x, 'x'),
      y: { ...alongAxis('row', at.y, 'y'), axis: null },
      text: { field: 'text', type: 'nominal' },
      color: { field: 'ink', type: 'nominal', scale: null },
    },
  };
}
