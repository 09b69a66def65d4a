import { InvalidRunError } from '../../errors.ts';
import { modeOf, modeOfProxyWord } from '../../mode/table.ts';
import type { Sync } from '../../model/counters.ts';
import type { LoadTarget } from '../../model/load.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { Programming, StandingNode } from '../../model/target.ts';
import { type AskedFrom, type DataPlane, MeasuredNode, type Prober } from '../node.ts';
import type { ClusterPlace } from './place.ts';
import { waitForProxy } from './settled.ts';

/** The client's node of one cluster, with the Services of one size programmed. */
export function makeKubernetesNode(
  place: ClusterPlace,
  parts: {
    readonly loadTargets: readonly LoadTarget[];
    readonly standing: StandingNode;
    readonly programming: Programming;
    readonly signal: AbortSignal;
  },
): MeasuredNode {
  const { loadTargets, standing, programming, signal } = parts;
  return new MeasuredNode({
    mode: place.mode,
    loadTargets,
    standing,
    programming,
    // Nothing was changed since it stood, and its clock may have been set since: times from before say nothing now.
    lastChangeMs: 0,
    services: null,
    dataPlane: new FoundDataPlane(place, standing.proxyMode, signal),
    startLoad: (spec, onMessage) => place.workspace.startLoad(spec, onMessage),
    instruments: place.eyes,
    prober: CLUSTER_PROBER,
  });
}

/** Every client asked every target before its node stood: that is what a pod sees of a ClusterIP, and nobody else is asked. */
const CLUSTER_PROBER: Prober = {
  answers: async (from: AskedFrom) => (from === 'pod' ? true : null),
  ping: async () => null,
};

/** The kube-proxy of a cluster, as far as its pages tell, and the run's own pods, without which nothing is measured. */
class FoundDataPlane implements DataPlane {
  readonly #place: ClusterPlace;
  readonly #proxyMode: string | null;
  readonly #signal: AbortSignal;

  constructor(place: ClusterPlace, proxyMode: string | null, signal: AbortSignal) {
    this.#place = place;
    this.#proxyMode = proxyMode;
    this.#signal = signal;
  }

  async waitUntilSettled(lastChangeMs: number, deadlineMs: number): Promise<void> {
    await this.#requirePods();
    await waitForProxy(this.#place, { lastChangeMs, deadlineMs, pauseMs: 200, signal: this.#signal });
  }

  async syncsBetween(fromWallMs: number, toWallMs: number): Promise<readonly Sync[]> {
    const { proxy } = this.#place.eyes;
    if (proxy === null) return [];
    await Promise.all([proxy.metrics(), proxy.log?.read()]);
    const syncs = proxy.syncsBetween(fromWallMs, toWallMs);
    proxy.noteTrial(syncs.length);
    return syncs;
  }

  takeErrors(): readonly ProxyErrors[] {
    return this.#place.eyes.proxy?.takeErrors() ?? [];
  }

  /** Also of a mode as it was found. */
  get syncsByItself(): boolean {
    const running = this.#proxyMode === null ? null : modeOfProxyWord(this.#proxyMode);
    return (running ?? modeOf(this.#place.mode)).syncPeriodS !== null || this.#place.eyes.proxy?.syncsByItself === true;
  }

  failure(): null {
    return null;
  }

  async #requirePods(): Promise<void> {
    const changed = await this.#place.workspace.findChanged();
    if (changed.length === 0) return;
    throw new InvalidRunError(
      `pods of the run are gone or were started anew: ${changed.join(', ')}`,
      `look at them: kubectl -n ${this.#place.workspace.namespace} describe pods`,
    );
  }
}
