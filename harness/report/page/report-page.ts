import { isFloor } from '../../mode/table.ts';
import type { Findings } from '../../model/findings.ts';
import { headerOfWhatRan, type RunHeader } from '../../model/run.ts';
import type { StudyFinding } from '../../model/study.ts';
import { makeCharts } from '../charts/all-charts.ts';
import { formatCount, formatPlural, formatServices } from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { assignModeStyles } from '../mode-style.ts';
import { formatProxyVersions } from '../run-facts.ts';
import type { WarningListener } from '../svg.ts';
import { colourVariables, themeCss } from '../theme-style.ts';
import { renderAnswer } from './answer-section.ts';
import { renderClaims } from './claims-section.ts';
import { renderDifferences } from './differences-section.ts';
import { renderDocument } from './document.ts';
import { renderEnvironment } from './environment-section.ts';
import { type RenderedFigure, renderFigure } from './figure.ts';
import { renderMethod } from './method-section.ts';
import { type RawFile, RUN_FILES, renderRawFiles } from './raw-section.ts';
import { renderSpecifications } from './specifications.ts';
import { renderWarnings } from './warnings-section.ts';

export interface ReportInput {
  readonly findings: Findings;
  readonly header: RunHeader;
  /** What published studies say of the run, where it was held against any. */
  readonly studies?: readonly StudyFinding[];
  /** Files that lie beside the page; those of a run's folder unless said otherwise. */
  readonly rawFiles?: readonly RawFile[];
  /** Hears what vega-lite had to bend in a specification. */
  readonly onWarning?: WarningListener;
}

const CONTENTS = [
  ['answer', 'The answer'],
  ['claims', 'Claims of 2019'],
  ['charts', 'Charts'],
  ['differences', 'Differences'],
  ['method', 'How'],
  ['environment', 'Where'],
  ['warnings', 'Warnings'],
  ['raw', 'Raw files'],
] as const;

/** "iptables and nftables at 1 to 10,000 Services"; the floor (no rules) is no contestant. */
function renderTitle(findings: Findings, header: RunHeader): Html {
  const floors = header.scenario.modes.filter(isFloor).map((mode) => mode.id);
  const contestants = findings.modeIds.filter((id) => !floors.includes(id));
  const names = contestants.length === 0 ? findings.modeIds : contestants;
  const parts = names.map((name, index) => {
    const joint = index === 0 ? '' : index === names.length - 1 ? ' and ' : ', ';
    return html`${joint}<span class="${name.length < 30 ? 'name' : ''}">${name}</span>`;
  });
  const [smallest, largest] = [findings.sizesServices[0] ?? 0, findings.sizesServices.at(-1) ?? 0];
  const span = smallest === largest ? '' : `${formatCount(smallest)} to `;
  return html`${parts} at <span class="name">${span}${formatServices(largest)}</span>`;
}

function renderHead(findings: Findings, header: RunHeader): Html {
  const { environment } = header;
  const links = CONTENTS.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`);
  const day = header.startedAt.slice(0, 10);
  return html`<header><p class="kicker">service-routing-bench · run ${findings.runId}</p>
<h1>${renderTitle(findings, header)}</h1>
<p class="byline">Scenario ${findings.scenarioName} · ${formatPlural(findings.sizesServices.length, 'size')} · kernel ${environment.kernel.release} · kube-proxy ${formatProxyVersions(header)} · testbed ${environment.testbed}${environment.execution === 'native' ? '' : ` (${environment.execution})`} · <span class="name">${day}</span></p>
<nav aria-label="Contents"><ul class="contents">${links}</ul></nav></header>
`;
}

/** Findings and header → one self-contained HTML file: works offline, without JavaScript, and in print. */
export async function renderHtml(input: ReportInput): Promise<string> {
  const { findings, studies = [] } = input;
  const header = headerOfWhatRan(input.header);
  const styles = assignModeStyles(findings.modeIds, header.scenario.modes);
  const colours = colourVariables(styles);
  const figures: RenderedFigure[] = [];
  for (const chart of makeCharts({ findings, header, styles, studies })) {
    figures.push(await renderFigure(chart, colours, input.onWarning ?? (() => {})));
  }
  const body = html`${renderHead(findings, header)}<main>
${renderAnswer(findings, header)}${renderClaims(studies)}<section aria-labelledby="charts"><h2 id="charts">Charts</h2>
${figures.map((figure) => figure.figure)}</section>
${renderDifferences(findings)}${renderMethod(findings, header)}${renderEnvironment(header)}${renderWarnings(findings, header)}${renderRawFiles(input.rawFiles ?? RUN_FILES)}</main>
${renderSpecifications(figures)}`;
  const css = themeCss(styles) + figures.map((figure) => figure.css).join('');
  return renderDocument({
    title: `${findings.scenarioName}: ${findings.modeIds.join(', ')}`,
    css,
    body,
    scripted: true,
  });
}
