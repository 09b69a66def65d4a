import { type Findings, METRICS } from '../../model/findings.ts';
import type { RunHeader } from '../../model/run.ts';
import {
  formatConfidence,
  formatCoreMargin,
  formatCount,
  formatMsSetting,
  formatPlural,
  formatTimeMargin,
  formatTimeUs,
} from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { formatRate } from '../run-facts.ts';
import { METRIC_MEANINGS, METRIC_NAMES, policyPhrase } from '../wording.ts';

function loadSentence(header: RunHeader): string {
  const { load, targets, endpointsPerService } = header.scenario;
  const policies = header.scenario.load.policies.map((policy) =>
    policy.kind === 'per-request'
      ? policyPhrase('per-request')
      : policyPhrase(policy.requests === null ? 'keepalive' : `keepalive-${policy.requests}`),
  );
  const rate =
    load.engine === 'open-loop'
      ? `${formatRate(header)} (open loop, ${load.arrivals} arrivals)`
      : 'as many requests as it bears (autocannon)';
  return `In every trial a client sent ${rate} for ${formatMsSetting(load.durationMs)} to ${formatPlural(targets, 'Service')} spread over the table, with ${policies.join(' or ')}; every Service has ${formatPlural(endpointsPerService, 'endpoint')}, and those of the targets are real NGINX servers.`;
}

function floorSentence(header: RunHeader): string {
  const floors = header.capacity.flatMap((row) =>
    row.clientFloorUs === null ? [] : [`${formatTimeUs(row.clientFloorUs)} with ${policyPhrase(row.policyId)}`],
  );
  return floors.length === 0
    ? "The client's own share of the connect time was not measured in this run."
    : `The client's own share of the connect time, measured straight to a pod without rules: ${floors.join(', ')}. Differences near it are better read from the wire.`;
}

/** What each time means (said here once), how trials were made, and what the intervals are. */
export function renderMethod(findings: Findings, header: RunHeader): Html {
  const shown = METRICS.filter((metric) => findings.times.some((row) => row.metric === metric));
  const meanings = shown.map((metric) => html`<dt>${METRIC_NAMES[metric]}</dt><dd>${METRIC_MEANINGS[metric]}</dd>\n`);
  const { margins } = findings;
  const rounds = findings.rounds
    .map((row) => `${formatCount(row.sizeServices)}: ${row.complete} of ${row.started}`)
    .join(' · ');
  return html`<section aria-labelledby="method"><h2 id="method">How it was measured</h2>
<p>${loadSentence(header)} Each mode stood programmed in a node of its own on one kernel; the order of trials was drawn from seed ${String(header.seed)}, every mode and policy once in each round, so that the machine's moods meet all of them alike.</p>
<dl>${meanings}<dt>CPU over idle</dt><dd>Busy time of the client's node under load less the same in the silence just before, in percent of one core. Steal is not in it.</dd></dl>
<p>Values are means over rounds of the rounds' own values. ${findings.intervalMethod} Differences are taken inside rounds. ${findings.family.method}</p>
<p>Two modes are <em>different</em> when the interval of their difference excludes 0 and reaches beyond the margin, <em>equivalent</em> when it lies inside the margin (${formatTimeMargin(margins.rttUs)} or ${String(Number((margins.rttRatio * 100).toFixed(3)))}\u00a0%, the larger; ${formatTimeMargin(margins.handshakeUs)} for the handshake on the wire; ${formatCoreMargin(margins.cpuCores)} of a core), and <em>unsure</em> otherwise. Confidence asked for: ${formatConfidence(findings.confidence)}.</p>
<p class="small">Complete rounds by number of Services: ${rounds === '' ? 'none' : rounds}. ${floorSentence(header)}</p>
</section>
`;
}
