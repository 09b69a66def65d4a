import type { RunHeader } from '../../model/run.ts';
import { npmCommand } from '../../system/shell-words.ts';
import { formatBytes, formatMs, formatShare } from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { formatProxyVersions } from '../run-facts.ts';
import { renderTable } from './table.ts';

const UNKNOWN = 'not known';

function known(value: string | number | null): string {
  return value === null || value === '' ? UNKNOWN : String(value);
}

function pairs(rows: readonly (readonly [string, string])[]): Html {
  return html`<dl>${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>\n`)}</dl>`;
}

/** Name → value maps of the fingerprint, folded away; null when there is none. */
function folded(summary: string, values: Readonly<Record<string, string>>): Html | null {
  const rows = Object.entries(values).map(([name, value]): [string, string] => [name, value]);
  return rows.length === 0 ? null : html`<details><summary>${summary}</summary>${pairs(rows)}</details>`;
}

function cpuText(header: RunHeader): string {
  const { cpu } = header.environment;
  const parts = [known(cpu.model), `${Number(cpu.cores.toFixed(2))} ${cpu.cores === 1 ? 'core' : 'cores'}`];
  if (cpu.mhz !== null) parts.push(`${Math.round(cpu.mhz)} MHz`);
  if (cpu.virtualization !== null) parts.push(`virtualised: ${cpu.virtualization}`);
  return parts.join(', ');
}

function timingText(header: RunHeader): string {
  const { totalMs, loadMs, setUpMs } = header.timing;
  const share = totalMs === 0 ? '' : ` (${formatShare(loadMs / totalMs)})`;
  return `${formatMs(totalMs)} in all, ${formatMs(loadMs)} under load${share}, ${formatMs(setUpMs)} setting up`;
}

/** Where and with what the run was taken. */
export function renderEnvironment(header: RunHeader): Html {
  const { environment } = header;
  const tools = Object.entries(environment.tools).map(([name, tool]) => [
    name,
    known(tool.version),
    known(tool.path),
    known(tool.sha256),
  ]);
  return html`<section aria-labelledby="environment"><h2 id="environment">Where it was measured</h2>
${pairs([
  [
    'Kernel',
    `${environment.kernel.release} ${environment.kernel.version} (${environment.kernel.architecture}), ${environment.execution}`,
  ],
  ['Operating system', known(environment.operatingSystem)],
  ['CPU', cpuText(header)],
  ['Governor', known(environment.cpu.governor)],
  ['Memory', formatBytes(environment.memoryBytes)],
  ['Load before the start', environment.loadAverage.join(' · ')],
  ['Testbed', environment.testbed],
  ['kube-proxy', formatProxyVersions(header)],
  ['Harness', `${environment.harnessVersion}, commit ${known(environment.harnessCommit)}`],
  ['Started', header.startedAt],
  ['Ended', known(header.endedAt)],
  ['Time spent', timingText(header)],
  ['Seed', String(header.seed)],
])}
<p class="small">To take it again: <code>${npmCommand(header.command)}</code></p>
${tools.length === 0 ? null : html`<details><summary>Versions of tools and binaries</summary>${renderTable({ caption: 'Tools and binaries that took part', columns: ['Tool', 'Version', 'Path', 'sha256'].map((label) => ({ label, numeric: false })), rows: tools })}</details>`}
${folded('Kernel options', environment.kernel.options)}
${folded('Mitigations of CPU flaws', environment.cpu.mitigations)}
${folded('Kernel settings (sysctl)', environment.sysctls)}</section>
`;
}
