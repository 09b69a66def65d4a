/** Whether a version, by its numbers in their order ("6.1.0-50-amd64", "1.8.9"), comes before another; what it does not say counts as 0. */
export function isOlderVersion(version: string, than: readonly number[]): boolean {
  const have = version.split(/[^\d]+/).map(Number);
  const differing = than.findIndex((wanted, index) => (have[index] ?? 0) !== wanted);
  return differing >= 0 && (have[differing] ?? 0) < (than[differing] ?? 0);
}
