import type { NodeProxy } from '../../dataplane/kube-proxy/found.ts';
import type { GroupCounters, Snapshot } from '../../model/counters.ts';
import type { NodeEyes } from '../kubernetes-shared/place.ts';
import type { CountersSession } from './counters-session.ts';

/** A node of somebody's cluster: what the counting pod on it tells. */
export class ClusterEyes implements NodeEyes {
  readonly proxy: NodeProxy | null;
  readonly #session: CountersSession;

  constructor(session: CountersSession, proxy: NodeProxy | null) {
    this.#session = session;
    this.proxy = proxy;
  }

  snapshot(): Promise<Snapshot> {
    return this.#session.snapshot();
  }

  /** It would take a privileged pod on somebody else's node. */
  async startCapture(): Promise<null> {
    return null;
  }

  async proxyCounters(): Promise<GroupCounters | null> {
    return (await this.#session.snapshot()).groups['kube-proxy'] ?? null;
  }
}
