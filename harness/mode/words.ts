import { IPVS_SCHEDULERS, type Mode, type Routing } from '../model/mode.ts';

/**
 * Words that name a mode in a scenario file and after --modes. Plain `iptables` is the legacy flavour, as in 2019, whatever the machine's
 * `iptables` command points to: what a word measures must not depend on the machine. Plain `ipvs` is the scheduler rr, kube-proxy's default.
 */
const ROUTING_BY_WORD: ReadonlyMap<string, Routing> = new Map<string, Routing>([
  ['none', { kind: 'none' }],
  ['iptables', { kind: 'iptables', backend: 'legacy' }],
  ['iptables-legacy', { kind: 'iptables', backend: 'legacy' }],
  ['iptables-nft', { kind: 'iptables', backend: 'nft' }],
  ['ipvs', { kind: 'ipvs', scheduler: 'rr' }],
  ...IPVS_SCHEDULERS.map((scheduler) => [`ipvs-${scheduler}`, { kind: 'ipvs', scheduler }] as const),
  ['nftables', { kind: 'nftables' }],
  ['userspace', { kind: 'userspace' }],
]);

export const MODE_WORDS = [...ROUTING_BY_WORD.keys()] as [string, ...string[]];

/** A mode as the file writes it, already of the right shape. */
export interface WrittenMode {
  readonly name?: string | undefined;
  readonly mode: string;
  readonly backend?: 'legacy' | 'nft' | undefined;
  readonly scheduler?: (typeof IPVS_SCHEDULERS)[number] | undefined;
  readonly proxyVersion?: string | undefined;
}

/** What is wrong in a written mode, with the key that it hangs on. */
export interface ModeProblem {
  readonly key: 'name' | 'mode' | 'backend' | 'scheduler' | 'proxyVersion';
  readonly message: string;
}

/** Combinations that say two things at once, or a thing that the mode has not. */
export function findModeProblems(written: WrittenMode): ModeProblem[] {
  const problems: ModeProblem[] = [];
  const { mode, backend, scheduler, name, proxyVersion } = written;
  if (backend !== undefined && mode !== 'iptables') {
    problems.push({
      key: 'backend',
      message: mode.startsWith('iptables-')
        ? `"${mode}" names the backend already: leave one of the two away`
        : `mode ${mode} has no backend: only iptables has (legacy, nft)`,
    });
  }
  if (scheduler !== undefined && mode !== 'ipvs') {
    problems.push({
      key: 'scheduler',
      message: mode.startsWith('ipvs-')
        ? `"${mode}" names the scheduler already: leave one of the two away`
        : `mode ${mode} has no scheduler: only ipvs has`,
    });
  }
  if (mode === 'as-found' && name === undefined)
    problems.push({
      key: 'mode',
      message: 'as-found needs a name: that of what routes Services there, such as cilium',
    });
  if (mode === 'none' && proxyVersion !== undefined)
    problems.push({ key: 'proxyVersion', message: 'mode none runs no kube-proxy: leave the version away' });
  return problems;
}

/** A written mode without problems → Mode. Its id is the name, or else the routing's (and the version's, where the mode has its own). */
export function resolveMode(written: WrittenMode): Mode {
  const routing = resolveRouting(written);
  const proxyVersion = written.proxyVersion ?? null;
  return { id: written.name ?? defaultModeId(routing, proxyVersion), routing, proxyVersion };
}

function resolveRouting(written: WrittenMode): Routing {
  if (written.mode === 'as-found') return { kind: 'as-found', name: written.name ?? 'as-found' };
  const routing = ROUTING_BY_WORD.get(written.mode);
  if (routing === undefined) throw new Error(`no mode is called ${written.mode}`);
  if (routing.kind === 'iptables') return { ...routing, backend: written.backend ?? routing.backend };
  if (routing.kind === 'ipvs') return { ...routing, scheduler: written.scheduler ?? routing.scheduler };
  return routing;
}

function defaultModeId(routing: Routing, proxyVersion: string | null): string {
  const name = routingName(routing);
  if (proxyVersion === null) return name;
  return `${name}@${proxyVersion.startsWith('/') ? (proxyVersion.split('/').at(-1) ?? 'binary') : proxyVersion}`.slice(
    0,
    80,
  );
}

/** `iptables-legacy`, `ipvs` (rr, the default), `ipvs-lc`, `nftables`, ... */
function routingName(routing: Routing): string {
  switch (routing.kind) {
    case 'iptables':
      return `iptables-${routing.backend}`;
    case 'ipvs':
      return routing.scheduler === 'rr' ? 'ipvs' : `ipvs-${routing.scheduler}`;
    case 'as-found':
      return routing.name;
    default:
      return routing.kind;
  }
}
