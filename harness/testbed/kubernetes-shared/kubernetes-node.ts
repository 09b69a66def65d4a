import { InvalidRunError } from '../../errors.ts';
import type { Snapshot, Sync } from '../../model/counters.ts';
import type { LoadMessage, LoadSpec, LoadTarget } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import type { BlockNode } from '../../model/target.ts';
import { waitFor } from '../../system/wait.ts';
import { STATIC_BODY, STATIC_PATH, UNLIMITED_PATH } from '../netns/nginx.ts';
import type { MeasuredNode, RunningCapture, RunningLoad } from '../testbed.ts';
import type { NodeProxy } from './node-proxy.ts';
import type { Workspace } from './workspace.ts';

/** How the client's node is looked at; each kind of testbed has its own way. */
export interface NodeEyes {
  /** `null` where nothing runs or its pages cannot be reached. */
  readonly proxy: NodeProxy | null;
  snapshot(syncCount: number | null): Promise<Snapshot>;
  /** `null` where it cannot capture. */
  startCapture(spec: LoadSpec): Promise<RunningCapture | null>;
}

/** Snapshots of one load: idle, load, done. */
const EDGES = 3;

/** The client's node of one cluster, with the Services of one size programmed. */
export class KubernetesNode implements MeasuredNode {
  readonly mode: Mode;
  readonly loadTargets: readonly LoadTarget[];
  readonly page = { body: STATIC_BODY, path: STATIC_PATH, unlimitedPath: UNLIMITED_PATH };
  readonly record: BlockNode;
  readonly #workspace: Workspace;
  readonly #eyes: NodeEyes;
  readonly #lastChangeMs: number;
  readonly #signal: AbortSignal;
  #edge = 0;

  constructor(parts: {
    readonly mode: Mode;
    readonly loadTargets: readonly LoadTarget[];
    readonly record: BlockNode;
    readonly workspace: Workspace;
    readonly eyes: NodeEyes;
    readonly lastChangeMs: number;
    readonly signal: AbortSignal;
  }) {
    this.mode = parts.mode;
    this.loadTargets = parts.loadTargets;
    this.record = parts.record;
    this.#workspace = parts.workspace;
    this.#eyes = parts.eyes;
    this.#lastChangeMs = parts.lastChangeMs;
    this.#signal = parts.signal;
  }

  async waitUntilSettled(deadlineMs: number): Promise<void> {
    await this.#requirePods();
    const { proxy } = this.#eyes;
    if (proxy === null) return;
    await waitFor({
      look: async () => {
        const why = await proxy.unsettled(this.#lastChangeMs);
        return why === null ? { holds: true, value: null } : { holds: false, why };
      },
      deadlineMs,
      pauseMs: 200,
      onTimeout: (why) =>
        new InvalidRunError(
          `${this.mode.id} did not settle within ${deadlineMs} ms: ${why}`,
          "read kube-proxy's log: kubectl -n kube-system logs -l k8s-app=kube-proxy",
        ),
      signal: this.#signal,
    });
  }

  startLoad(spec: LoadSpec, onMessage: (message: LoadMessage) => void): Promise<RunningLoad> {
    this.#edge = 0;
    return this.#workspace.startLoad(spec, onMessage);
  }

  startCapture(spec: LoadSpec): Promise<RunningCapture | null> {
    return this.#eyes.startCapture(spec);
  }

  /** kube-proxy is asked for its syncs only at the last edge: asking costs CPU, and there the load is over. */
  async snapshot(): Promise<Snapshot> {
    this.#edge += 1;
    const { proxy } = this.#eyes;
    const snapshot = await this.#eyes.snapshot(proxy?.lastMetrics?.syncCount ?? null);
    if (this.#edge !== EDGES || proxy === null) return snapshot;
    return { ...snapshot, syncCount: (await proxy.metrics()).syncCount };
  }

  syncsBetween(fromWallMs: number, toWallMs: number): readonly Sync[] {
    return this.#eyes.proxy?.syncsBetween(fromWallMs, toWallMs) ?? [];
  }

  async #requirePods(): Promise<void> {
    const changed = await this.#workspace.findChanged();
    if (changed.length === 0) return;
    throw new InvalidRunError(
      `pods of the run are gone or were started anew: ${changed.join(', ')}`,
      `look at them: kubectl -n ${this.#workspace.namespace} describe pods`,
    );
  }
}
