import type { ClaimFinding, ClaimVerdict, StudyFinding } from '../../model/study.ts';
import { bindUnits, formatQuantity } from '../format-number.ts';
import { type Html, html } from '../html.ts';
import { toSentence } from '../sentences.ts';

/** Sign and class of a verdict: never the colour alone. */
const VERDICT_SIGNS: Readonly<Record<ClaimVerdict, { sign: string; className: string }>> = {
  reproduced: { sign: '✓', className: 'good' },
  'not reproduced': { sign: '✗', className: 'bad' },
  inconclusive: { sign: '?', className: 'open' },
  'not measurable here': { sign: '–', className: 'open' },
};

function renderNumbers(claim: ClaimFinding): Html[] {
  return claim.numbers.map(
    (number) => html`<br><span class="small">${number.label}: ${formatQuantity(number, number.unit)}</span>`,
  );
}

function renderSupplier(claim: ClaimFinding): Html | null {
  if (claim.suppliedBy.length === 0) return null;
  const names = claim.suppliedBy.map((name, index) => html`${index === 0 ? '' : ', '}<code>${name}</code>`);
  return html`<br><span class="small">What is missing comes from ${claim.suppliedBy.length === 1 ? 'scenario' : 'scenarios'} ${names}.</span>`;
}

function renderClaim(claim: ClaimFinding): Html {
  const { sign, className } = VERDICT_SIGNS[claim.verdict];
  return html`<tr id="${`claim-${claim.id}`}"><th scope="row">${claim.id}</th><td class="statement">${bindUnits(claim.statement)}</td><td><span class="verdict ${className}"><span aria-hidden="true">${sign} </span>${claim.verdict}</span></td><td class="statement">${bindUnits(claim.because)}${renderNumbers(claim)}${renderSupplier(claim)}</td><td>${claim.published2019 === null ? '–' : bindUnits(claim.published2019)}</td></tr>\n`;
}

function renderGroup(caption: string, claims: readonly ClaimFinding[]): Html | null {
  if (claims.length === 0) return null;
  const rules = claims.map(
    (claim) => html`<dt>${claim.id}</dt><dd>${toSentence(claim.rule)} Needs: ${toSentence(claim.needs)}</dd>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table class="claims"><caption><span>${caption}</span></caption><colgroup><col class="id"><col class="claim"><col class="judged"><col class="because"><col class="past"></colgroup><thead><tr><th scope="col">Id</th><th scope="col">Claim</th><th scope="col">Verdict</th><th scope="col">Because</th><th scope="col">In 2019</th></tr></thead><tbody>
${claims.map(renderClaim)}</tbody></table></div>
<details><summary>How each of them is decided</summary><dl>${rules}</dl></details>
`;
}

function countSentence(claims: readonly ClaimFinding[]): string {
  const parts = (['reproduced', 'not reproduced', 'inconclusive', 'not measurable here'] as const).flatMap(
    (verdict) => {
      const count = claims.filter((claim) => claim.verdict === verdict).length;
      return count === 0 ? [] : [`${count} ${verdict}`];
    },
  );
  return `Of ${claims.length} claims: ${parts.join(', ')}.`;
}

/** Every claim of the study and its notes, with its verdict and the numbers that decided it. */
export function renderClaims(studies: readonly StudyFinding[]): Html {
  const claims = studies.flatMap((one) => one.claims);
  if (claims.length === 0)
    return html`<h2 id="claims">The claims of 2019</h2><p>This run was not held against the claims.</p>`;
  const study = claims.filter((claim) => claim.origin === 'study');
  const notes = claims.filter((claim) => claim.origin === 'notes');
  return html`<section aria-labelledby="claims"><h2 id="claims">What the study of 2019 said, and whether it still holds</h2>
<p>${countSentence(claims)} Its response times exist only as images of charts, so no number of 2019 stands here that was not printed as text.</p>
${renderGroup('Claims of the study "Comparing kube-proxy modes: iptables or IPVS?" (2019)', study)}${renderGroup('Claims of the notes that came with it', notes)}</section>
`;
}
