import { formatCount } from '../format-number.ts';
import type { ModeStyle } from '../mode-style.ts';
import type { ChartPanel } from './chart.ts';
import { linearDomain, linearTicks, logDomain, logTicks, thinTicks } from './layout.ts';
import {
  type Axis,
  alongAxis,
  type EndLabel,
  endLabelLayers,
  HALF_PX,
  type Layer,
  labelRoomPx,
  makePanel,
  modeColour,
  modeDash,
  modeLabels,
  modeShape,
  PADDING,
  type Padding,
  type Row,
} from './panel.ts';
import { INK, textWidthPx } from './theme.ts';

/** One point of a line over the number of Services, y in the panel's unit. */
export interface SizePoint {
  readonly modeId: string;
  readonly sizeServices: number;
  readonly y: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly tip: string;
}

export interface SizeLinesSpec {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  readonly points: readonly SizePoint[];
  readonly sizesServices: readonly number[];
  readonly styles: ReadonlyMap<string, ModeStyle>;
  readonly yKind: 'linear' | 'log';
  /** Values that the axis has to hold besides the points', so that panels of one chart share it. */
  readonly yValues: readonly number[];
  readonly widthPx?: number;
  /** Labels of series that are no mode (Calico's model). */
  readonly extraLabels?: ReadonlyMap<string, string>;
}

const PLOT_HEIGHT_PX = 210;

/** A log axis over the sizes of a run; a little room on both sides, so that no mark is cut. */
function sizeAxis(sizesServices: readonly number[], lengthPx: number): Axis {
  const smallest = Math.min(...sizesServices);
  const largest = Math.max(...sizesServices);
  const spread = (largest / smallest) ** 0.03;
  const domain: [number, number] =
    largest === smallest ? [smallest / 2, smallest * 2] : [smallest / spread, largest * spread];
  const scale = { kind: 'log' as const, domain, lengthPx };
  return {
    scale,
    title: 'Services',
    ticks: thinTicks(sizesServices, scale, (value) => textWidthPx(formatCount(value))),
    labelExpression: "format(datum.value, ',')",
  };
}

/** The y axis that holds all values. */
function valueAxis(kind: 'linear' | 'log', values: readonly number[], unit: string, lengthPx: number): Axis {
  const domain = kind === 'linear' ? linearDomain(values) : logDomain(values);
  return {
    scale: { kind, domain, lengthPx },
    title: unit,
    ticks: kind === 'linear' ? linearTicks(domain) : logTicks(domain),
  };
}

function bandLayers(rows: readonly Row[], x: Axis, y: Axis, styles: ReadonlyMap<string, ModeStyle>): Layer[] {
  const bounded = rows.filter((row) => row.low !== null && row.high !== null);
  const common = {
    x: alongAxis('size', x, 'x'),
    y: alongAxis('low', y, 'y'),
    y2: { field: 'high' },
    color: modeColour(styles),
  };
  return [
    { data: { values: bounded }, mark: { type: 'area', opacity: 0.16, line: false, aria: false }, encoding: common },
    { data: { values: bounded }, mark: { type: 'rule', opacity: 0.7, strokeWidth: 1, aria: false }, encoding: common },
  ];
}

function lineLayers(rows: readonly Row[], x: Axis, y: Axis, styles: ReadonlyMap<string, ModeStyle>): Layer[] {
  const place = { x: alongAxis('size', x, 'x'), y: alongAxis('y', y, 'y'), color: modeColour(styles) };
  return [
    {
      data: { values: [...rows] },
      mark: { type: 'line', strokeWidth: 1.75, aria: false },
      encoding: { ...place, strokeDash: modeDash(styles) },
    },
    {
      data: { values: [...rows] },
      mark: { type: 'point', filled: true, size: 46, opacity: 1 },
      encoding: {
        ...place,
        shape: modeShape(styles),
        description: { field: 'tip', type: 'nominal' },
        tooltip: { field: 'tip', type: 'nominal' },
      },
    },
  ];
}

function endLabels(spec: SizeLinesSpec, labels: ReadonlyMap<string, string>): EndLabel[] {
  return [...spec.styles.keys()].flatMap((modeId) => {
    const last = spec.points.filter((point) => point.modeId === modeId).at(-1);
    if (last === undefined) return [];
    const inkColour = spec.styles.get(modeId)?.lightInk ?? INK.text;
    return [{ x: last.sizeServices, y: last.y, text: labels.get(modeId) ?? modeId, inkColour }];
  });
}

function clampLog(value: number | null, axis: Axis): number | null {
  return value === null || axis.scale.kind === 'linear' ? value : Math.max(axis.scale.domain[0], value);
}

/** Lines over the number of Services (log), one per mode, with bands for intervals and names at the lines' ends. */
export function sizeLinesPanel(spec: SizeLinesSpec): ChartPanel {
  return linesPanel(spec, (lengthPx) => sizeAxis(spec.sizesServices, lengthPx));
}

/** The same over any axis; a point's `sizeServices` is then its place on that axis. */
export function linesPanel(spec: SizeLinesSpec, makeAxis: (lengthPx: number) => Axis): ChartPanel {
  const labels = new Map([...modeLabels(spec.styles), ...(spec.extraLabels ?? [])]);
  const ends = endLabels(spec, labels);
  const padding: Padding = { ...PADDING, right: labelRoomPx(ends.map((label) => label.text)) };
  const plotWidthPx = (spec.widthPx ?? HALF_PX) - padding.left - padding.right;
  const x = makeAxis(plotWidthPx);
  const y = valueAxis(spec.yKind, spec.yValues, spec.unit, PLOT_HEIGHT_PX);
  const drawable = spec.points.filter((point) => spec.yKind === 'linear' || point.y > 0);
  const rows: Row[] = drawable.map((point) => ({
    mode: point.modeId,
    size: point.sizeServices,
    y: point.y,
    low: clampLog(point.low, y),
    high: point.high,
    tip: point.tip,
  }));
  const layers = [
    ...bandLayers(rows, x, y, spec.styles),
    ...lineLayers(rows, x, y, spec.styles),
    ...endLabelLayers(
      ends.filter((label) => spec.yKind === 'linear' || label.y > 0),
      x,
      y,
    ),
  ];
  const { title, description } = spec;
  return makePanel({ title, description, layers, plotWidthPx, plotHeightPx: PLOT_HEIGHT_PX, padding });
}
