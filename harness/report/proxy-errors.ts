import type { Findings, ModeErrors } from '../model/findings.ts';
import type { ProxyErrors } from '../model/proxy-errors.ts';
import { formatPlural } from './format-number.ts';

const MOST_KINDS = 3;

function countOf(kinds: readonly ProxyErrors[], isWanted: (kind: ProxyErrors) => boolean): number {
  return kinds.filter(isWanted).reduce((sum, { count }) => sum + count, 0);
}

/** "16 errors, 2 warnings". */
function formatCounts({ kinds }: ModeErrors): string {
  const errors = countOf(kinds, ({ severity }) => severity !== 'warning');
  const warnings = countOf(kinds, ({ severity }) => severity === 'warning');
  return [
    ...(errors === 0 ? [] : [formatPlural(errors, 'error')]),
    ...(warnings === 0 ? [] : [formatPlural(warnings, 'warning')]),
  ].join(', ');
}

/** A mode's name for a table, with the worst that its kube-proxy complained of behind it: "nftables (16 errors)". */
export function modeWithErrors(findings: Findings, modeId: string): string {
  const errors = findings.proxyErrors?.find((one) => one.modeId === modeId);
  return errors === undefined ? modeId : `${modeId} (${formatCounts(errors).split(', ')[0]})`;
}

/** One sentence for each mode whose kube-proxy complained, with an example of the worst kinds. */
export function proxyErrorSentences({ proxyErrors = [] }: Findings): readonly string[] {
  return proxyErrors.map((mode) => {
    const shown = mode.kinds.slice(0, MOST_KINDS).map(({ count, example }) => `${count} x ${example}`);
    const left = mode.kinds.length - shown.length;
    const more = left > 0 ? `; and ${formatPlural(left, 'other kind')}` : '';
    return `${mode.modeId}: its kube-proxy logged ${formatCounts(mode)}, so it may not have worked as it should: ${shown.join('; ')}${more}. Its log is in the run's logs folder.`;
  });
}
