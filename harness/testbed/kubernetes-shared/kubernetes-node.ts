import { InvalidRunError } from '../../errors.ts';
import type { RunningLoad } from '../../load/running-load.ts';
import type { RunningCapture } from '../../measure/wire/running-capture.ts';
import { modeOf, modeOfProxyWord } from '../../mode/table.ts';
import type { Snapshot, Sync } from '../../model/counters.ts';
import type { LoadMessage, LoadSpec, LoadTarget } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { BlockNode } from '../../model/target.ts';
import { STATIC_BODY, STATIC_PATH, UNLIMITED_PATH } from '../backend/nginx.ts';
import type { MeasuredNode } from '../testbed.ts';
import type { ClusterPlace } from './place.ts';
import { waitForProxy } from './settled.ts';

/** The client's node of one cluster, with the Services of one size programmed. */
export class KubernetesNode implements MeasuredNode {
  readonly mode: Mode;
  readonly loadTargets: readonly LoadTarget[];
  readonly page = { body: STATIC_BODY, path: STATIC_PATH, unlimitedPath: UNLIMITED_PATH };
  readonly record: BlockNode;
  readonly #place: ClusterPlace;
  readonly #signal: AbortSignal;

  constructor(parts: {
    readonly place: ClusterPlace;
    readonly loadTargets: readonly LoadTarget[];
    readonly record: BlockNode;
    readonly signal: AbortSignal;
  }) {
    this.mode = parts.place.mode;
    this.loadTargets = parts.loadTargets;
    this.record = parts.record;
    this.#place = parts.place;
    this.#signal = parts.signal;
  }

  async waitUntilSettled(deadlineMs: number): Promise<void> {
    await this.#requirePods();
    await waitForProxy(this.#place, {
      // Nothing was changed since it stood, and its clock may have been set since: times from before say nothing now.
      lastChangeMs: 0,
      deadlineMs,
      pauseMs: 200,
      signal: this.#signal,
    });
  }

  startLoad(spec: LoadSpec, onMessage: (message: LoadMessage) => void): Promise<RunningLoad> {
    return this.#place.workspace.startLoad(spec, onMessage);
  }

  startCapture(spec: LoadSpec): Promise<RunningCapture | null> {
    return this.#place.eyes.startCapture(spec);
  }

  snapshot(): Promise<Snapshot> {
    return this.#place.eyes.snapshot();
  }

  async syncsBetween(fromWallMs: number, toWallMs: number): Promise<readonly Sync[]> {
    const { proxy } = this.#place.eyes;
    if (proxy === null) return [];
    await Promise.all([proxy.metrics(), proxy.log?.read()]);
    const syncs = proxy.syncsBetween(fromWallMs, toWallMs);
    proxy.noteTrial(syncs.length);
    return syncs;
  }

  /** Also of a mode as it was found. */
  syncsByItself(): boolean {
    const running = this.record.proxyMode === null ? null : modeOfProxyWord(this.record.proxyMode);
    return (running ?? modeOf(this.mode)).syncPeriodS !== null || this.#place.eyes.proxy?.syncsByItself === true;
  }

  takeProxyErrors(): readonly ProxyErrors[] {
    return this.#place.eyes.proxy?.takeErrors() ?? [];
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
