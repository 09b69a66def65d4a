import type { Findings } from '../../model/findings.ts';
import { isAsked, type Quantity } from '../../model/quantity.ts';
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
import { policyPhrase } from '../wording.ts';

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

/** What is compared between modes, each distribution once, and what it means. */
function listMeanings({ quantities, estimates }: Findings): readonly (readonly [string, string])[] {
  const measured = new Set(estimates.map(({ quantity }) => quantity));
  const compared = quantities.filter((one) => measured.has(one.id) && isMeant(one));
  return [...new Map(compared.map(({ distribution, name, meaning }) => [distribution?.name ?? name, meaning]))];
}

/** Parts of a quantity and what is taken once are explained where they are shown. */
const isMeant = (quantity: Quantity) => isAsked(quantity, 'modes') || quantity.distribution !== null;

/** The margins of the primary quantities: "50 µs or 5 %, the larger, for the median total". */
function listMargins({ quantities }: Findings): readonly string[] {
  return quantities
    .filter(({ primary }) => primary !== null)
    .map(({ margin, unit, name }) => {
      const absolute =
        unit === 'cores' ? `${formatCoreMargin(margin.absolute)} of a core` : formatTimeMargin(margin.absolute);
      const ratio =
        margin.ratio === 0 ? '' : ` or ${String(Number((margin.ratio * 100).toFixed(3)))}\u00a0%, the larger,`;
      return `${absolute}${ratio} for the ${name}`;
    });
}

/** What each time means (said here once), how trials were made, and what the intervals are. */
export function renderMethod(findings: Findings, header: RunHeader): Html {
  const meanings = listMeanings(findings).map(([name, meaning]) => html`<dt>${name}</dt><dd>${meaning}</dd>\n`);
  const rounds = findings.rounds
    .map((row) => `${formatCount(row.sizeServices)}: ${row.complete} of ${row.started}`)
    .join(' · ');
  return html`<section aria-labelledby="method"><h2 id="method">How it was measured</h2>
<p>${loadSentence(header)} Each mode stood programmed in a node of its own on one kernel; the order of trials was drawn from seed ${String(header.seed)}, every mode and policy once in each round, so that the machine's moods meet all of them alike.</p>
<dl>${meanings}</dl>
<p>Values are means over rounds of the rounds' own values. ${findings.intervalMethod} Differences are taken inside rounds. ${findings.family.method}</p>
<p>Two modes are <em>different</em> when the interval of their difference excludes 0 and reaches beyond the margin, <em>equivalent</em> when it lies inside the margin (${listMargins(findings).join('; ')}), and <em>unsure</em> otherwise. Confidence asked for: ${formatConfidence(findings.confidence)}.</p>
<p class="small">Complete rounds by number of Services: ${rounds === '' ? 'none' : rounds}. ${floorSentence(header)}</p>
</section>
`;
}
