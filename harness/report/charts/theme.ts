import type { Config } from 'vega-lite';

/**
 * Ink of the charts in the light page. Specifications carry these colours, so that they draw rightly anywhere; the page
 * turns each into a CSS variable, which is how one SVG serves light, dark and print.
 */
export const INK = {
  text: '#1c2024',
  quiet: '#5c6670',
  axis: '#9aa3ab',
  grid: '#e4e7ea',
  paper: '#fefefe',
} as const;

export const DARK_INK: Readonly<Record<keyof typeof INK, string>> = {
  text: '#e8eaed',
  quiet: '#a3acb5',
  axis: '#6b757e',
  grid: '#2b3137',
  paper: '#14171a',
};

const FONT = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif';

/** Size of all small text in charts, px. */
export const TEXT_PX = 12;

/** Generous width of a text: wider than the common system fonts draw it (bold DejaVu Sans, the widest of them, has 0.66 em on average). */
export function textWidthPx(text: string): number {
  return Math.ceil(text.length * TEXT_PX * 0.66);
}

export const CHART_CONFIG: Config = {
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  axis: {
    aria: false,
    domainColor: INK.axis,
    tickColor: INK.axis,
    tickSize: 4,
    gridColor: INK.grid,
    labelColor: INK.quiet,
    labelFontSize: TEXT_PX,
    labelPadding: 4,
    titleColor: INK.quiet,
    titleFontSize: TEXT_PX,
    titleFontWeight: 'normal',
  },
  axisX: { grid: false, titlePadding: 8, titleAnchor: 'end', titleAlign: 'right' },
  axisY: { domain: false, ticks: false, titleAngle: 0, titleAlign: 'left', titleBaseline: 'bottom' },
  title: { color: INK.text, fontSize: 13, fontWeight: 600, anchor: 'start', frame: 'bounds', offset: 8 },
  text: { fontSize: TEXT_PX, color: INK.text },
};
