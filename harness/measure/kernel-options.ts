import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Options that change what a packet's way through the kernel costs, what routes Services, or what can be measured. */
const RELEVANT = [
  /^(HZ|NO_HZ_(FULL|IDLE)|PREEMPT(_\w+)?|NR_CPUS|CC_VERSION_TEXT|CC_OPTIMIZE_FOR_\w+|LTO_\w+)$/,
  /^(CPU_MITIGATIONS|SPECULATION_MITIGATIONS|RETPOLINE|MITIGATION_\w+|RETHUNK|PAGE_TABLE_ISOLATION)$/,
  /^(TICK_CPU_ACCOUNTING|VIRT_CPU_ACCOUNTING_GEN|IRQ_TIME_ACCOUNTING|PARAVIRT_TIME_ACCOUNTING|SCHED_INFO|SCHEDSTATS)$/,
  /^(KASAN|KCSAN|PROVE_LOCKING|LOCKDEP|DEBUG_PREEMPT|DEBUG_NET|FTRACE|FUNCTION_TRACER)$/,
  /^(BPF_JIT\w*|DUMMY|VETH|BRIDGE_NETFILTER|IP_VS(_\w+)?|IP_SET(_HASH_\w+)?)$/,
  /^(NF_CONNTRACK|NF_CONNTRACK_PROCFS|NF_NAT|NF_TABLES(_INET|_IPV4)?|NFT_(CT|NAT|MASQ|FIB|NUMGEN|COMPAT))$/,
  /^(IP_NF_(IPTABLES|IPTABLES_LEGACY|NAT|FILTER)|NETFILTER_XTABLES(_LEGACY)?|NETFILTER_XT_(MATCH_(STATISTIC|COMMENT|ADDRTYPE|CONNTRACK|IPVS|NFACCT)|NAT|TARGET_\w*MASQUERADE))$/,
];

/** Text of a kernel's .config → the options that matter, without "CONFIG_". An option that is "not set" is given as `n`. */
export function parseKernelOptions(config: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, unset, name, value] of config.matchAll(/^(?:# CONFIG_(\w+) is not set|CONFIG_(\w+)=(.*))$/gm)) {
    const option = unset ?? name ?? '';
    if (RELEVANT.some((pattern) => pattern.test(option)))
      found[option] = unset === undefined ? (value ?? '').replaceAll('"', '') : 'n';
  }
  return found;
}

async function readConfig(path: string): Promise<string> {
  try {
    return (await promisify(gunzip)(await readFile('/proc/config.gz'))).toString('latin1');
  } catch {
    return await readFile(path, 'latin1');
  }
}

/** The running kernel's options that matter, from itself or from the file that it was built by; empty when it shows none. */
export async function loadKernelOptions(configPath = `/boot/config-${release()}`): Promise<Record<string, string>> {
  return readConfig(configPath).then(parseKernelOptions, () => ({}));
}
