import type { Mode, Routing } from '../model/mode.ts';
import { asFound } from './as-found.ts';
import { iptables } from './iptables/iptables.ts';
import { ipvs } from './ipvs/ipvs.ts';
import type { ModeKind, RoutingMode } from './mode.ts';
import { nftables } from './nftables/nftables.ts';
import { none } from './none.ts';
import { userspace } from './userspace.ts';

/** Every kind of routing, in the order in which modes are listed; a new one is a folder and a line here. */
export const MODE_KINDS: Readonly<Record<string, ModeKind>> = {
  none,
  iptables,
  ipvs,
  nftables,
  userspace,
  'as-found': asFound,
};

/** What is wrong with a routing out of a file; `null` when its kind is known and its options are those of the kind. */
export function findRoutingProblem({ kind, ...options }: Routing): string | null {
  const known = MODE_KINDS[kind];
  if (known === undefined) return `"${kind}" is no kind of routing: there are ${Object.keys(MODE_KINDS).join(', ')}`;
  for (const [key, values] of Object.entries(known.options)) {
    const value = options[key];
    if (value === undefined) return `${kind} has no ${key}`;
    if (values !== null && !values.includes(value)) return `${kind}: ${key} "${value}" is none of ${values.join(', ')}`;
  }
  const stranger = Object.keys(options).find((key) => !(key in known.options));
  return stranger === undefined ? null : `${kind} has no option ${stranger}`;
}

/** What a mode is, as values. Throws on a routing that `findRoutingProblem` finds fault with. */
export function modeOf({ routing }: { readonly routing: Routing }): RoutingMode {
  const problem = findRoutingProblem(routing);
  const kind = MODE_KINDS[routing.kind];
  if (problem !== null || kind === undefined) throw new Error(problem ?? 'unknown');
  return kind.make(routing);
}

/** The mode that kube-proxy calls by this word, with its usual options; `null` for a word that is none of kube-proxy's. */
export function modeOfProxyWord(word: string): RoutingMode | null {
  const routing = MODE_KINDS[word]?.words[word];
  const mode = routing === undefined ? null : modeOf({ routing });
  return mode?.proxyWord === word ? mode : null;
}

export function isFloor(mode: Mode): boolean {
  return modeOf(mode).isFloor;
}

/** One of each that can be asked for by name, for lists. */
export const LISTED_MODES: readonly Mode[] = Object.values(MODE_KINDS).flatMap(({ words, listed }) =>
  listed.flatMap((id): Mode[] => {
    const routing = words[id];
    return routing === undefined ? [] : [{ id, routing, proxyVersion: null }];
  }),
);
