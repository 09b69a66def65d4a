/** A quantile so far out that not one of `count` values lies beyond it is the minimum or maximum under another name: p99 takes 100 values, p99.9 takes 1,000. */
export function holdsQuantile(count: number, quantile: number): boolean {
  return count * Math.min(quantile, 1 - quantile) >= 1 - 1e-9;
}
