import type { Estimated, Findings } from '../../../model/findings.ts';
import type { Run } from '../../../model/run.ts';
import type { ClaimFinding, ClaimNumber, ClaimVerdict } from '../../../model/study.ts';

/** What a claim may look at. */
export interface ClaimContext {
  readonly run: Run;
  readonly findings: Findings;
}

export interface Decision {
  readonly verdict: ClaimVerdict;
  readonly because: string;
  readonly numbers: readonly ClaimNumber[];
  /** Only where the run lacks something that a scenario would supply. */
  readonly suppliedBy?: readonly string[];
}

/** One row of the claims table: everything about a claim but its verdict, and the pure function that gives it. */
export interface Claim extends Pick<ClaimFinding, 'id' | 'origin' | 'statement' | 'needs' | 'rule' | 'published2019'> {
  readonly decide: (context: ClaimContext) => Decision;
}

/** The claim's row of findings. */
export function decideClaim({ decide, ...row }: Claim, context: ClaimContext): ClaimFinding {
  const { verdict, because, numbers, suppliedBy } = decide(context);
  return { ...row, verdict, because, numbers: [...numbers], suppliedBy: [...(suppliedBy ?? [])] };
}

/** The run lacks what the claim needs: not measured here, and who would supply it. */
export function lacking(
  because: string,
  suppliedBy: readonly string[],
  numbers: readonly ClaimNumber[] = [],
): Decision {
  return { verdict: 'not measurable here', because, numbers, suppliedBy };
}

/** An estimate as a row of numbers. */
export function numberOf(
  label: string,
  { value, low, high }: Pick<Estimated, 'value' | 'low' | 'high'>,
  unit: string,
): ClaimNumber {
  return { label, value, low, high, unit };
}

/** A plain count or single value. */
export function plainNumber(label: string, value: number, unit: string): ClaimNumber {
  return { label, value, low: null, high: null, unit };
}
