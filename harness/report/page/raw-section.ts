import { type Html, html } from '../html.ts';

/** A file beside the page. */
export interface RawFile {
  readonly path: string;
  readonly says: string;
}

/** What is beside report.html in a run's folder. */
export const RUN_FILES: readonly RawFile[] = [
  { path: 'run.json', says: 'the run: resolved scenario, plan, environment' },
  { path: 'trials.ndjson', says: 'every trial, raw, with its histograms' },
  { path: 'findings.json', says: 'all that this page says, as data' },
  { path: 'trials.csv', says: 'one row per trial, for other tools' },
  { path: 'summary.md', says: 'the short form' },
];

/** Links to the files that the page was made from. */
export function renderRawFiles(files: readonly RawFile[]): Html {
  const rows = files.map((file) => html`<li><a href="${file.path}">${file.path}</a>: ${file.says}</li>\n`);
  return html`<section aria-labelledby="raw"><h2 id="raw">Raw files</h2>
<ul class="limits">${rows}</ul>
<p class="small">They lie beside this page; sent alone, the page shows everything but them. Render it again with <code>npm run report -- RUN</code>.</p></section>
`;
}
