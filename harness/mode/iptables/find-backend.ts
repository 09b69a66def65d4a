import type { ReadLines } from '../mode.ts';

export type IptablesBackend = 'legacy' | 'nft';

/** Chains that kube-proxy alone makes: iptables mode's canary (1.18 and later), and what ipvs and userspace mode, which set none up, hang into nat. Asked in this order: nat is long in iptables mode alone. */
const MARKS = [
  { table: 'mangle', chains: ['KUBE-PROXY-CANARY'] },
  { table: 'nat', chains: ['KUBE-LOAD-BALANCER', 'KUBE-PORTALS-CONTAINER'] },
] as const;

/**
 * Which flavour of iptables holds kube-proxy's rules, by chains that only it makes; `null` when neither.
 * The legacy tool is asked only where the kernel already has legacy tables: asking alone would create them, with their hooks. In a user namespace of
 * an ordinary user the list of tables cannot be read; there it is asked all the same, after the other one.
 */
export async function findIptablesBackend(read: ReadLines): Promise<IptablesBackend | null> {
  const legacyTables: string[] = [];
  await read(
    [
      'sh',
      '-c',
      'cat /proc/net/ip_tables_names 2>/dev/null || if [ -e /proc/net/ip_tables_names ]; then echo unreadable; fi',
    ],
    (line) => legacyTables.push(line),
  );
  const legacyMarks = MARKS.filter(({ table }) => legacyTables.includes(table));
  if (await hasMark(read, 'legacy', legacyMarks)) return 'legacy';
  if (await hasMark(read, 'nft', MARKS)) return 'nft';
  return legacyTables.includes('unreadable') && (await hasMark(read, 'legacy', MARKS)) ? 'legacy' : null;
}

async function hasMark(
  read: ReadLines,
  backend: IptablesBackend,
  marks: readonly (typeof MARKS)[number][],
): Promise<boolean> {
  for (const { table, chains } of marks) {
    let found = false;
    await read([`iptables-${backend}-save`, '-t', table], (line) => {
      found ||= chains.some((chain) => line.startsWith(`:${chain} `));
    });
    if (found) return true;
  }
  return false;
}
