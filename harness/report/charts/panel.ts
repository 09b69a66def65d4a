import type { TopLevelSpec } from 'vega-lite';
import type { ModeStyle } from '../mode-style.ts';
import type { ChartPanel } from './chart.ts';
import { fromPx, type PixelScale, shortLabels, spreadLabels, toPx } from './layout.ts';
import { CHART_CONFIG, TEXT_PX, textWidthPx } from './theme.ts';

export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Widths at which panels are drawn; the page scales them to the room there is. */
export const HALF_PX = 410;
export const THIRD_PX = 272;
export const FULL_PX = 860;

/** Room around the plot, px. */
export interface Padding {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const PADDING: Padding = { left: 46, right: 16, top: 48, bottom: 44 };

/** An axis with its scale and exactly the ticks that it shows. `labelExpression` is a vega expression of our own, never data. */
export interface Axis {
  readonly scale: PixelScale;
  readonly title: string;
  readonly ticks: readonly number[];
  readonly labelExpression?: string;
  /** How far above the plot a y axis says its unit, px. */
  readonly titleRisePx?: number;
}

/** Encodes a field along an axis. */
export function alongAxis(field: string, axis: Axis, direction: 'x' | 'y', padding: Padding = PADDING) {
  const { scale } = axis;
  return {
    field,
    type: 'quantitative' as const,
    scale: {
      type: scale.kind,
      domain: [...scale.domain],
      nice: false,
      ...(scale.kind === 'linear' ? { zero: false } : {}),
    },
    axis: {
      title: axis.title,
      values: [...axis.ticks],
      labelExpr: axis.labelExpression ?? "format(datum.value, ',~r')",
      labelOverlap: false,
      labelFlush: false,
      ...(direction === 'y' ? { titleX: -padding.left + 2, titleY: -(axis.titleRisePx ?? 9) } : {}),
    },
  };
}

/** Short labels by mode id, for the ends of lines; the same on every panel of a page. */
export function modeLabels(styles: ReadonlyMap<string, ModeStyle>): Map<string, string> {
  const ids = [...styles.keys()];
  const labels = shortLabels(ids, 19);
  return new Map(ids.map((id, index) => [id, labels[index] ?? id]));
}

/** Room that labels of these texts take at the right of a plot, px. */
export function labelRoomPx(texts: readonly string[]): number {
  return 18 + Math.max(0, ...texts.map(textWidthPx));
}

/** A scale from mode to colour, dash or shape over the modes of the whole page. */
function modeScale<Value>(styles: ReadonlyMap<string, ModeStyle>, of: (style: ModeStyle) => Value) {
  return { domain: [...styles.keys()], range: [...styles.values()].map(of) };
}

export function modeColour(styles: ReadonlyMap<string, ModeStyle>, field = 'mode') {
  const scale = modeScale(styles, (style) => style.lightColour);
  return { field, type: 'nominal' as const, scale, legend: null };
}

export function modeShape(styles: ReadonlyMap<string, ModeStyle>) {
  return { field: 'mode', type: 'nominal' as const, scale: modeScale(styles, (style) => style.shape), legend: null };
}

export function modeDash(styles: ReadonlyMap<string, ModeStyle>) {
  const scale = modeScale(styles, (style) => [...style.dash]);
  return { field: 'mode', type: 'nominal' as const, scale, legend: null };
}

/** What a label at the right end of a line says and where its line ends. */
export interface EndLabel {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly inkColour: string;
}

const LABEL_GAP_PX = 15;

/** Direct labels right of the plot, kept apart from each other, with a hair line to the line's end. */
export function endLabelLayers(labels: readonly EndLabel[], xAxis: Axis, yAxis: Axis): Layer[] {
  const inPlot = (px: number): number => Math.max(0, Math.min(yAxis.scale.lengthPx, px));
  const wishes = labels.map((label) => inPlot(toPx(yAxis.scale, label.y)));
  const placed = spreadLabels(wishes, LABEL_GAP_PX, yAxis.scale.lengthPx);
  const values: Row[] = labels.map((label, index) => ({
    x: label.x,
    from: fromPx(yAxis.scale, wishes[index] ?? 0),
    labelY: fromPx(yAxis.scale, placed[index] ?? 0),
    text: label.text,
    ink: label.inkColour,
    endX: xAxis.scale.domain[1],
  }));
  const ink = { field: 'ink', type: 'nominal' as const, scale: null };
  const y = alongAxis('labelY', yAxis, 'y');
  return [
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 0.75, opacity: 0.6, xOffset: 4, x2Offset: 12, clip: false, aria: false },
      encoding: {
        x: alongAxis('x', xAxis, 'x'),
        x2: { field: 'endX' },
        y: alongAxis('from', yAxis, 'y'),
        y2: { field: 'labelY' },
        color: ink,
      },
    },
    {
      data: { values },
      mark: {
        type: 'text',
        align: 'left',
        baseline: 'middle',
        dx: 15,
        fontSize: TEXT_PX,
        fontWeight: 600,
        aria: false,
      },
      encoding: { x: alongAxis('endX', xAxis, 'x'), y, text: { field: 'text', type: 'nominal' }, color: ink },
    },
  ];
}

/** Puts layers into a panel of a fixed size; nothing is measured at drawing time, so every view of a chart has the same frame. */
export function makePanel(panel: {
  title: string;
  description: string;
  layers: readonly Layer[];
  plotWidthPx: number;
  plotHeightPx: number;
  padding: Padding;
}): ChartPanel {
  const { padding } = panel;
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: panel.description,
    title: { text: panel.title, dx: -padding.left + 2, offset: 10, frame: 'group' },
    width: panel.plotWidthPx,
    height: panel.plotHeightPx,
    padding: { ...padding },
    autosize: { type: 'none' },
    config: CHART_CONFIG,
    layer: [...panel.layers],
  };
  return { spec, widthPx: panel.plotWidthPx + padding.left + padding.right };
}
