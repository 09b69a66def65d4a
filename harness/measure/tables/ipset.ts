/** `ipset list -t` (headers only) → entries by set. Sets of ipset before 7 (protocol 6) do not count themselves and are left out. */
export function parseIpsetEntries(text: string): ReadonlyMap<string, number> {
  const entries = new Map<string, number>();
  let name = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('Name: ')) name = line.slice(6);
    const count = /^Number of entries: (\d+)$/.exec(line)?.[1];
    if (count !== undefined) entries.set(name, Number(count));
  }
  return entries;
}

/** Entries of kube-proxy's own sets together. */
export function sumKubeSetEntries(entries: ReadonlyMap<string, number>): number {
  return [...entries].reduce((sum, [name, count]) => (name.startsWith('KUBE-') ? sum + count : sum), 0);
}
