import type { Chart, ChartPanel, ChartToggle, ChartView } from '../charts/chart.ts';
import { usefulToggles } from '../charts/chart.ts';
import { FULL_PX, THIRD_PX } from '../charts/panel.ts';
import { codeWords, type Html, html, trustedMarkup } from '../html.ts';
import { type ColourVariables, renderRawSvg, tidySvg, type WarningListener } from '../svg.ts';
import { renderTable } from './table.ts';

/** A chart as markup, the style rules that its toggles need, and the specifications behind it by view. */
export interface RenderedFigure {
  readonly figure: Html;
  readonly css: string;
  readonly specifications: ReadonlyMap<string, readonly unknown[]>;
}

type DrawnChart = Extract<Chart, { kind: 'drawn' }>;

async function renderPanel(panel: ChartPanel, colours: ColourVariables, onWarning: WarningListener): Promise<Html> {
  const svg = tidySvg(await renderRawSvg(panel.spec, onWarning), colours);
  const label = html`<svg role="img" aria-label="${panel.spec.description ?? ''}"`;
  const named = trustedMarkup(svg.replace(/<svg(?: aria-label="[^"]*")?/, () => label.markup));
  return panel.widthPx >= FULL_PX * 0.75
    ? html`<div class="wide" tabindex="0" role="region" aria-label="Chart, scrolls sideways on a narrow screen">${named}</div>`
    : named;
}

/** Panels side by side, as markup. */
export async function renderPanels(
  panels: readonly ChartPanel[],
  colours: ColourVariables,
  onWarning: WarningListener,
): Promise<Html> {
  const drawings: Html[] = [];
  for (const panel of panels) drawings.push(await renderPanel(panel, colours, onWarning));
  const isThirds = panels.every((panel) => panel.widthPx <= THIRD_PX);
  return html`<div class="${isThirds ? 'panels thirds' : 'panels'}">${drawings}</div>`;
}

/** Ids count options instead of naming them, so that no name of a run reaches a selector. */
function optionId(chart: DrawnChart, toggle: ChartToggle, option: number): string {
  return `${chart.id}-${toggle.id}-${option}`;
}

function renderToggle(chart: DrawnChart, toggle: ChartToggle): Html {
  const chosen = chart.views[0]?.choice[toggle.id];
  const name = `${chart.id}-${toggle.id}`;
  const options = toggle.options.map(
    ({ value, label }, index) =>
      html`<label><input type="radio" autocomplete="off" name="${name}" id="${optionId(chart, toggle, index)}"${value === chosen ? html` checked` : null}>${label}</label>`,
  );
  return html`<fieldset><legend>${toggle.legend}</legend>${options}</fieldset>`;
}

/** Radio buttons and :has() do the switching, so that it works without JavaScript and from the keyboard. */
function toggleCss(chart: DrawnChart, toggles: readonly ChartToggle[]): string {
  const rules = chart.views.map((view, index) => {
    const chosen = toggles.map((toggle) => {
      const option = toggle.options.findIndex((one) => one.value === view.choice[toggle.id]);
      return `:has(#${optionId(chart, toggle, option)}:checked)`;
    });
    const state = `#${chart.id}${chosen.join('')}`;
    return `${state} .view[data-view="${chart.id}-${index}"]{display:block}${state} .no-view{display:none}`;
  });
  const fallback = `@supports not selector(:has(*)){#${chart.id} .view[data-view="${chart.id}-0"]{display:block}#${chart.id} .no-view,#${chart.id} .toggles{display:none}}`;
  return rules.join('') + fallback;
}

async function renderView(
  chart: DrawnChart,
  view: ChartView,
  index: number,
  draw: (panels: readonly ChartPanel[]) => Promise<Html>,
): Promise<Html> {
  // In print the toggles are gone, and the caption says what they were set to.
  const hasToggles = usefulToggles(chart.toggles).length > 0;
  return html`<div class="view" data-view="${`${chart.id}-${index}`}">${hasToggles ? html`<p class="view-caption small">${view.caption}</p>` : null}${await draw(view.panels)}</div>\n`;
}

async function renderDrawn(
  chart: DrawnChart,
  colours: ColourVariables,
  onWarning: WarningListener,
): Promise<RenderedFigure> {
  const toggles = usefulToggles(chart.toggles);
  const draw = (panels: readonly ChartPanel[]): Promise<Html> => renderPanels(panels, colours, onWarning);
  const views: Html[] = [];
  for (const [index, view] of chart.views.entries()) views.push(await renderView(chart, view, index, draw));
  const always = chart.always === undefined ? null : await draw(chart.always);
  const specifications = new Map<string, readonly unknown[]>();
  chart.views.forEach((view, index) => {
    specifications.set(
      `${chart.id}-${index}`,
      [...view.panels, ...(chart.always ?? [])].map((panel) => panel.spec),
    );
  });
  const controls =
    toggles.length === 0
      ? null
      : html`<div class="toggles">${toggles.map((toggle) => renderToggle(chart, toggle))}</div>`;
  const figure = html`<figure class="chart" id="${chart.id}">
<figcaption><h3>${chart.title}</h3><p>${codeWords(chart.explanation)}</p></figcaption>
${controls}<p class="no-view small">There is no data for this choice.</p>
${views}${always}
<div class="under"><details><summary>The numbers behind this chart</summary>${renderTable(chart.table)}</details>
<button type="button" data-chart="${chart.id}" hidden>Copy its Vega-Lite specification</button></div>
</figure>
`;
  return { figure, css: toggleCss(chart, toggles), specifications };
}

/** A chart → its figure. One without data is a sentence, never an empty frame. */
export async function renderFigure(
  chart: Chart,
  colours: ColourVariables,
  onWarning: WarningListener,
): Promise<RenderedFigure> {
  if (chart.kind === 'drawn') return renderDrawn(chart, colours, onWarning);
  const figure = html`<section class="chart" id="${chart.id}"><h3>${chart.title}</h3><p class="absent">Not drawn. ${codeWords(chart.why)}</p></section>\n`;
  return { figure, css: '', specifications: new Map() };
}
