import { readFileSync } from 'node:fs';

/** nf_conntrack_max: one number for all namespaces of the kernel. `null` when conntrack is not loaded (yet). */
export function readConntrackMax(procPath = '/proc'): number | null {
  try {
    return Number(readFileSync(`${procPath}/sys/net/netfilter/nf_conntrack_max`, 'latin1'));
  } catch {
    return null;
  }
}
