import jstat from 'jstat';

/** Quantile of Student's t. `degreesOfFreedom` may be a fraction (Welch-Satterthwaite). */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  return jstat.studentt.inv(probability, degreesOfFreedom);
}

/** Chance of a |t| at least this large when there is no effect. */
export function studentTwoSidedP(t: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(t)) return 0;
  return Math.min(1, 2 * jstat.studentt.cdf(-Math.abs(t), degreesOfFreedom));
}

/** Chance of a chi-square at least this large. */
export function chiSquareUpperTail(chiSquare: number, degreesOfFreedom: number): number {
  return Math.max(0, 1 - jstat.chisquare.cdf(chiSquare, degreesOfFreedom));
}
