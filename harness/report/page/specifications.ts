import { gzipSync } from 'node:zlib';
import { type Html, html } from '../html.ts';
import type { RenderedFigure } from './figure.ts';

/**
 * Specifications repeat themselves in every view; packed they are a twentieth. Written as base64 text that no parser of HTML or
 * JavaScript reads, unpacked by the browser when somebody asks for one.
 */
export function renderSpecifications(figures: readonly RenderedFigure[]): Html {
  const all = Object.fromEntries(figures.flatMap((figure) => [...figure.specifications]));
  const packed = gzipSync(JSON.stringify(all), { level: 9 }).toString('base64');
  return html`<script type="application/gzip;base64" id="specifications">${packed}</script>\n`;
}
