import { unreachable } from '../errors.ts';
import { quantityOf } from '../model/estimate-lookup.ts';
import type { CrossOver, Findings, Headline, Slope } from '../model/findings.ts';
import type { Reason } from '../model/reason.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import {
  formatConfidence,
  formatCoreInterval,
  formatCoreMargin,
  formatCount,
  formatPlural,
  formatServices,
  formatTimeInterval,
  formatTimeMargin,
  formatTimeUs,
  formatUnitInterval,
} from './format-number.ts';
import { policyPhrase } from './wording.ts';

type DifferenceHeadline = Extract<Headline, { kind: 'difference' }>;
/** What a sentence needs besides its finding: the names of quantities. */
type Named = Pick<Findings, 'quantities'>;
type AloneHeadline = Extract<Headline, { kind: 'alone' }>;
type BesideHeadline = Extract<Headline, { kind: 'beside' }>;
type OverFloorHeadline = Extract<Headline, { kind: 'over-floor' }>;

function atSize(sizeServices: number, spec: string): string {
  return `At ${formatServices(sizeServices)} and with ${policyPhrase(spec)}`;
}

function timeSentence(headline: DifferenceHeadline, what: string): string {
  const where = atSize(headline.sizeServices, headline.spec);
  const { higherModeId: slower, lowerModeId: faster } = headline;
  const difference = formatTimeInterval(headline.difference);
  const [slowerText, fasterText] = [formatTimeUs(headline.higherValue), formatTimeUs(headline.lowerValue)];
  switch (headline.verdict) {
    case 'different':
      return `${where}, ${slower} is slower than ${faster}: its ${what} takes ${slowerText} against ${fasterText}, ${difference} more.`;
    case 'equivalent':
      return `${where}, ${slower} and ${faster} do not differ in a way that matters: the ${what} is ${slowerText} and ${fasterText}, a difference of ${difference} inside the margin of ${formatTimeMargin(headline.margin)}.`;
    case 'unsure':
      return `${where}, this run cannot tell whether ${slower} and ${faster} differ: the ${what} is ${slowerText} and ${fasterText}, a difference of ${difference} against a margin of ${formatTimeMargin(headline.margin)}.`;
    default:
      return unreachable(headline.verdict);
  }
}

function cpuSentence(headline: DifferenceHeadline): string {
  const where = atSize(headline.sizeServices, headline.spec);
  const { higherModeId: higher, lowerModeId: lower } = headline;
  const difference = formatCoreInterval(headline.difference);
  switch (headline.verdict) {
    case 'different':
      return `${where}, ${higher} takes ${difference} of a core more of the node's CPU than ${lower}.`;
    case 'equivalent':
      return `${where}, ${higher} and ${lower} cost the node the same CPU: they differ by ${difference} of a core, inside the margin of ${formatCoreMargin(headline.margin)}.`;
    case 'unsure':
      return `${where}, this run cannot tell whether ${higher} and ${lower} differ in CPU: ${difference} of a core against a margin of ${formatCoreMargin(headline.margin)}.`;
    default:
      return unreachable(headline.verdict);
  }
}

function servicesInterval(crossOver: CrossOver): string {
  const services = crossOver.services === null ? 'an unknown number of Services' : formatServices(crossOver.services);
  if (crossOver.lowServices === null) return services;
  const high = crossOver.highServices === null ? 'no upper end' : formatCount(crossOver.highServices);
  return `${services} [${formatCount(crossOver.lowServices)}, ${high}]`;
}

/** Where one mode starts to be worse than another. */
export function crossOverSentence(crossOver: CrossOver, named: Named): string {
  const margin =
    crossOver.unit === 'us' ? formatTimeMargin(crossOver.margin) : `${formatCoreMargin(crossOver.margin)} of a core`;
  const { worseModeId: worse, betterModeId: better } = crossOver;
  const subject = `With ${policyPhrase(crossOver.spec)}, ${worse}`;
  const tail = `worse than ${better} by more than ${margin} (${quantityOf(named, crossOver.quantity).name})`;
  switch (crossOver.outcome) {
    case 'found':
      return `${subject} becomes ${tail} from ${servicesInterval(crossOver)} on.`;
    case 'extrapolated':
      return `${subject} would become ${tail} from ${servicesInterval(crossOver)} on: extrapolated beyond the sizes measured.`;
    case 'from-the-start':
      return `${subject} is ${tail} already at the smallest size measured.`;
    case 'not-reached':
      return `${subject} is at no measured size ${tail}.`;
    case 'unsure':
      return `This run has too few rounds to say from which number of Services on ${worse} is ${tail}.`;
    default:
      return unreachable(crossOver.outcome);
  }
}

const SLOPE_WORDS = {
  grows: 'grows with',
  constant: 'does not depend on',
  falls: 'falls with',
  unsure: 'may or may not depend on',
} as const satisfies Record<Slope['verdict'], string>;

const SLOPE_UNITS = {
  'ns/rule': 'ns per rule',
  'ns/service': 'ns per Service',
  'ucores/service': 'millionths of a core per Service',
} as const satisfies Record<Slope['unit'], string>;

/** A slope's number with its unit in words: "6.7 ns per rule [6.5, 6.9]". */
export function formatSlope(slope: Slope): string {
  return formatUnitInterval(slope.slope, SLOPE_UNITS[slope.unit]);
}

/** Does a quantity grow with the number of Services (or with a rule's place in the chain)? */
function slopeSentence(slope: Slope, named: Named): string {
  const axis = slope.axis === 'services' ? 'the number of Services' : "the place of a Service's rule in the chain";
  return `With ${policyPhrase(slope.spec)}, ${slope.modeId}: the ${quantityOf(named, slope.quantity).name} ${SLOPE_WORDS[slope.verdict]} ${axis} (${formatSlope(slope)}).`;
}

function aloneSentence({ estimate }: AloneHeadline, named: Named): string {
  const what = quantityOf(named, estimate.quantity).name;
  return `${atSize(estimate.sizeServices, estimate.spec)}, ${estimate.modeId} takes ${formatTimeInterval(estimate)} for the ${what}; no other mode has a value there to compare it with.`;
}

function besideSentence({ estimates, commonRounds }: BesideHeadline, named: Named): string {
  const [first] = estimates;
  if (first === undefined) return '';
  const what = quantityOf(named, first.quantity).name;
  const values = estimates.map((one) => `${formatTimeInterval(one)} in ${one.modeId}`);
  const list = `${values.slice(0, -1).join(', ')} and ${values.at(-1)}`;
  const few =
    commonRounds === 0
      ? 'they have no complete round in common, so this run cannot say whether they differ'
      : `with ${formatPlural(commonRounds, 'round')} in common this run cannot say whether they differ`;
  return `${atSize(first.sizeServices, first.spec)}, the ${what} is ${list}; ${few}.`;
}

function overFloorSentence({ estimate, floor, difference }: OverFloorHeadline, named: Named): string {
  const what = quantityOf(named, estimate.quantity).name;
  return `${atSize(estimate.sizeServices, estimate.spec)}, the ${what} is ${formatTimeUs(estimate.value)} in ${estimate.modeId} and ${formatTimeUs(floor.value)} without rules (${floor.modeId}), a difference of ${formatTimeInterval(difference)}; no other mode was measured to compare it with.`;
}

/** A reason's words → a sentence: capital first, full stop last. */
export function toSentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return capital === '' || /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** What is wrong and what to do about it, as two sentences. */
export function reasonSentences(reason: Reason): string {
  return `${toSentence(reason.message)} ${toSentence(reason.remedy)}`.trim();
}

/** One headline → one sentence for somebody who reads nothing else. */
export function headlineSentence(headline: Headline, named: Named): string {
  switch (headline.kind) {
    case 'difference':
      return headline.unit === 'cores'
        ? cpuSentence(headline)
        : timeSentence(headline, quantityOf(named, headline.quantity).name);
    case 'cross-over':
      return crossOverSentence(headline.crossOver, named);
    case 'slope':
      return slopeSentence(headline.slope, named);
    case 'alone':
      return aloneSentence(headline, named);
    case 'beside':
      return besideSentence(headline, named);
    case 'over-floor':
      return overFloorSentence(headline, named);
    case 'cannot-say':
      return reasonSentences(headline.reason);
    default:
      return unreachable(headline);
  }
}

/** Said instead of what brackets mean when there are none; null when there are intervals. */
function missingIntervals({ estimates }: Findings): string | null {
  const repeated = estimates.filter(({ repetition }) => repetition === 'round');
  if (repeated.length === 0) return ' There is no value in it, and so nothing to compare.';
  if (repeated.some((row) => row.low !== null)) return null;
  const missing = Math.max(...repeated.map((row) => row.missingRounds));
  return ` That is too few rounds to say how sure these numbers are: intervals need ${missing} more ${missing === 1 ? 'round' : 'rounds'}.`;
}

/** Why the family of headline comparisons is empty: nothing to compare, or not enough rounds in common. */
export function noComparison({ differences, modeIds }: Findings): string {
  if (modeIds.length < 2) return 'There is one mode, and so nothing to compare.';
  const most = Math.max(0, ...differences.map(({ difference }) => difference.rounds));
  if (most === 0) return 'No two modes have a round in common, so no comparison is claimed.';
  return most < MINIMUM_ROUNDS
    ? `A headline comparison needs ${MINIMUM_ROUNDS} rounds in common and there are ${most}, so none is claimed.`
    : 'No two modes with rules have enough rounds in common, so no headline comparison is claimed.';
}

/** How sure the sentences are: rounds, trials, and the one error rate of all comparisons. */
export function certaintySentence(findings: Findings): string {
  const rounds = findings.rounds.map((row) => row.complete);
  const fewest = rounds.length === 0 ? 0 : Math.min(...rounds);
  const most = rounds.length === 0 ? 0 : Math.max(...rounds);
  const span =
    fewest === most ? formatPlural(most, 'complete round') : `${fewest} to ${formatPlural(most, 'complete round')}`;
  const { valid, invalid } = findings.trials;
  const left = invalid === 0 ? 'all valid' : `${formatCount(invalid)} more left out as invalid`;
  const family =
    findings.family.comparisons > 0
      ? ` Brackets hold ${formatConfidence(findings.confidence)} intervals; the ${formatPlural(findings.family.comparisons, 'headline comparison')} keep that confidence together.`
      : ` ${noComparison(findings)}`;
  return `From ${formatPlural(valid, 'trial')} (${left}), ${span} at each size.${missingIntervals(findings) ?? family}`;
}
