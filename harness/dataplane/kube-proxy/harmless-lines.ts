/** A line of kube-proxy's that sounds like trouble and is none for what is measured. */
interface HarmlessLine {
  readonly text: RegExp;
  /** It means trouble once the rules of its address family stand. */
  readonly until?: 'first-sync';
}

/** The first three and those of OOM scores: seen in logs of kube-proxy 1.36.3 in iptables and nftables mode, in runs where nothing was wrong. The others, and those of ipvs mode and of older releases, are from its source. */
const HARMLESS: readonly HarmlessLine[] = [
  // nftables from 1.34 on lists its table before it has made it.
  { text: /Failed to list existing nftables objects[\s\S]*No such file or directory/, until: 'first-sync' },
  // Counters for its metrics page, asked for before they are made, or where the kernel has no nfacct: no rule depends on them.
  { text: /nfacct (?:client|runner|counter)/ },
  // Advice on node ports, and that a mode, a flag, a gate or an API is going to be removed.
  { text: /nodePortAddresses is unset/ },
  { text: /\bdeprecated\b|will be removed in a future release|Setting GA feature gate/i },
  // It may not change its OOM score in a user namespace, and a kill is reported in another way.
  { text: /oom_score_adj|OOMScore/ },
  // The laboratory has no bridges; ipvs' modules are probed before kube-proxy starts, and the kernel loads them by itself.
  { text: /br[-_]netfilter|br-nf-call-iptables/i },
  { text: /You can ignore this message when kube-proxy is running inside container|modules\.builtin/ },
  { text: /Can't set sysctl, kernel version/ },
  // It is given an API server that keeps no events of others.
  { text: /Unable to write event|Server rejected event/i },
];

/** `text` holds the whole entry, its further lines too. */
export function isHarmless(text: string, hasSynced: boolean): boolean {
  return HARMLESS.some((line) => line.text.test(text) && (line.until !== 'first-sync' || !hasSynced));
}
