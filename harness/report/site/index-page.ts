import { formatPlural } from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { renderDocument } from '../page/document.ts';
import { renderFigure } from '../page/figure.ts';
import { renderSpecifications } from '../page/specifications.ts';
import { formatProxyVersions } from '../run-facts.ts';
import { headlineSentence } from '../sentences.ts';
import { colourVariables, themeCss } from '../theme-style.ts';
import { historyChart, historyName, historyStyles, type PublishedRun } from './history-chart.ts';

/** Address of a run's report inside the site: by its id, which never changes. */
function runAddress(runId: string): string {
  return `runs/${encodeURIComponent(runId)}/`;
}

/** `history-10k`: an address that stays when other scenarios come. Only letters, digits and hyphens, whatever the name holds. */
function historyId(name: string, names: readonly string[]): string {
  const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const alike = names.filter((other) => slug(other) === slug(name));
  return `history-${slug(name)}${alike.length > 1 ? `-${alike.indexOf(name) + 1}` : ''}`;
}

function renderRun({ header, findings }: PublishedRun): Html {
  const address = `${runAddress(findings.runId)}index.html`;
  const first = findings.headlines[0];
  const { environment } = header;
  return html`<li><p><a href="${address}">${header.startedAt.slice(0, 16).replace('T', ' ')} UTC, ${findings.scenarioName}</a>${first === undefined ? null : html`<br>${headlineSentence(first, findings)}`}<br><span class="small">${findings.modeIds.join(', ')} · kernel ${environment.kernel.release} · kube-proxy ${formatProxyVersions(header)} · ${environment.testbed}${environment.execution === 'emulated' ? ' (emulated)' : ''} · ${formatPlural(findings.trials.valid, 'valid trial')}${header.status === 'complete' ? '' : ` · ${header.status}`}</span></p></li>
`;
}

/** Newest first; two of one moment by id, so that the order never depends on the file system. */
function newestFirst(runs: readonly PublishedRun[]): PublishedRun[] {
  return runs.toSorted(
    (a, b) => b.header.startedAt.localeCompare(a.header.startedAt) || b.findings.runId.localeCompare(a.findings.runId),
  );
}

/** The front page of a published site: every run with its first sentence, and each scenario's history. The same runs give the same bytes. */
export async function renderSiteIndex(runs: readonly PublishedRun[]): Promise<string> {
  const ordered = newestFirst(runs);
  const styles = historyStyles(ordered.toReversed());
  const byScenario = Map.groupBy(ordered.toReversed(), historyName);
  const names = [...byScenario.keys()].sort();
  const figures = [];
  for (const name of names) {
    const chart = historyChart(historyId(name, names), byScenario.get(name) ?? [], styles);
    figures.push(await renderFigure(chart, colourVariables(styles), () => {}));
  }
  const body = html`<header><p class="kicker">service-routing-bench</p><h1>How Kubernetes Services are routed: the runs</h1>
<p class="byline">${formatPlural(runs.length, 'run')}, newest first</p></header><main>
<section aria-labelledby="runs"><h2 id="runs">Runs</h2>${runs.length === 0 ? html`<p>No run has been published yet.</p>` : html`<ul class="limits">${ordered.map(renderRun)}</ul>`}</section>
${figures.length === 0 ? null : html`<section aria-labelledby="history"><h2 id="history">History</h2>${figures.map((figure) => figure.figure)}</section>`}</main>
${renderSpecifications(figures)}`;
  const css = themeCss(styles) + figures.map((figure) => figure.css).join('');
  return renderDocument({ title: 'How Kubernetes Services are routed: the runs', css, body, scripted: true });
}
