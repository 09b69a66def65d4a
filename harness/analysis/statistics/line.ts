import { linearRegression } from 'simple-statistics';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** y = intercept + slope · x by least squares; `null` with fewer than three different x. */
export function fitLine(points: readonly Point[]): { slope: number; intercept: number } | null {
  if (new Set(points.map(({ x }) => x)).size < 3) return null;
  const { m, b } = linearRegression(points.map(({ x, y }) => [x, y]));
  return { slope: m, intercept: b };
}

/** Weights w with slope = Σ w·y of the least-squares line through points at `xs`; all different x needed at least twice. */
export function slopeWeights(xs: readonly number[]): number[] {
  const center = xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const spread = xs.reduce((sum, x) => sum + (x - center) ** 2, 0);
  return xs.map((x) => (x - center) / spread);
}
