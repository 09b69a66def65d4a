import type { Findings } from '../../model/findings.ts';
import type { RunHeader } from '../../model/run.ts';
import { type Html, html } from '../html.ts';
import { proxyErrorSentences } from '../proxy-errors.ts';
import { certaintySentence, headlineSentence, reasonSentences } from '../sentences.ts';

const STATUS_SENTENCES: Readonly<Record<RunHeader['status'], string | null>> = {
  complete: null,
  'budget-spent': 'The run stopped when its time was up, before every interval was as narrow as the scenario asks.',
  running: 'The run had not ended when this page was made.',
  interrupted: 'The run was interrupted; what follows rests on the trials that it kept.',
  failed: 'The run failed before its end; what follows rests on the trials that it kept.',
};

/** Said whenever a run is less than complete; null when it is. */
export function statusSentence(header: RunHeader): string | null {
  const sentence = STATUS_SENTENCES[header.status];
  if (sentence === null) return null;
  return header.statusReason === null ? sentence : `${sentence} (${header.statusReason})`;
}

/** The answer first: at most three sentences, how sure they are, and what the run cannot say. */
export function renderAnswer(findings: Findings, header: RunHeader): Html {
  const sentences = findings.headlines.map((headline) => html`<p>${headlineSentence(headline, findings)}</p>\n`);
  const status = statusSentence(header);
  const said = findings.headlines.flatMap((headline) =>
    headline.kind === 'cannot-say' ? [headline.reason.message] : [],
  );
  const unsaid = findings.limits.filter((limit) => !said.includes(limit.message));
  const limits = unsaid.map((limit) => html`<li>${reasonSentences(limit)}</li>\n`);
  const complaints = proxyErrorSentences(findings).map((sentence) => html`<li>${sentence}</li>\n`);
  const cannot =
    limits.length + complaints.length === 0
      ? null
      : html`<h3>What this run cannot say</h3><ul class="limits small measure">${complaints}${limits}</ul>`;
  return html`<section class="answer" aria-labelledby="answer"><h2 id="answer">The answer</h2>
${sentences}<p class="small">${certaintySentence(findings)}</p>
${status === null ? null : html`<p class="marked">${status}</p>`}${cannot}</section>
`;
}
