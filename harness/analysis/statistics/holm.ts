/**
 * Level at which each test of a family is made, so that the whole family errs with at most `alpha`: Holm's step-down rule
 * (S. Holm, Scandinavian Journal of Statistics 6, 1979). The k-th smallest p is tested at alpha / (m − k + 1); from the first
 * that fails on, all others are tested at that one's level. An interval made at 1 − level is therefore in accord with its
 * test: it excludes 0 just when Holm rejects.
 */
export function holmLevels(pValues: readonly number[], alpha: number): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((one, other) => one.p - other.p);
  const levels = new Array<number>(pValues.length).fill(alpha);
  let failedLevel: number | null = null;
  order.forEach(({ p, index }, rank) => {
    const level: number = failedLevel ?? alpha / (pValues.length - rank);
    if (p > level) failedLevel = level;
    levels[index] = level;
  });
  return levels;
}
