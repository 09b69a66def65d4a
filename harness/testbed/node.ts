import type { ServedPage } from '../experiment/load/spec.ts';
import type { Written } from '../kubernetes/apiserver/store.ts';
import type { RunningLoad } from '../load/running-load.ts';
import type { RunningCapture } from '../measure/wire/running-capture.ts';
import type { CounterDump } from '../mode/iptables/counters.ts';
import type { Snapshot, Sync } from '../model/counters.ts';
import type { LoadMessage, LoadSpec, LoadTarget } from '../model/load.ts';
import type { Mode } from '../model/mode.ts';
import type { ProxyErrors } from '../model/proxy-errors.ts';
import type { Reason } from '../model/reason.ts';
import type { Programming, StandingNode } from '../model/target.ts';
import { STATIC_BODY, STATIC_PATH, UNLIMITED_PATH } from './backend/nginx.ts';

/** The Services of a node, where they can be changed. */
export interface NodeServices {
  /** Addresses of the pods behind a target, as it was made. */
  readonly backends: readonly string[];
  /** An address whose machine refuses the pods' port. */
  readonly refusingAddress: string;
  /** Points a target at these addresses, now. */
  setEndpoints(targetId: string, addresses: readonly string[]): Written;
}

/** The program that writes the node's tables. */
export interface DataPlane {
  /** Rejects with a BenchError that says which condition failed when `deadlineMs` runs out. */
  waitUntilSettled(lastChangeMs: number, deadlineMs: number): Promise<void>;
  /** Syncs that ended in that time, Unix ms. Rejects when the program does not answer. */
  syncsBetween(fromWallMs: number, toWallMs: number): Promise<readonly Sync[]>;
  /** What it complained of since the last call. */
  takeErrors(): readonly ProxyErrors[];
  /** Whether it synchronises here without a change of ours. */
  readonly syncsByItself: boolean;
  /** Why it ended by itself; `null` while it runs. */
  failure(): Reason | null;
}

export type StartLoad = (spec: LoadSpec, onMessage: (message: LoadMessage) => void) => Promise<RunningLoad>;

/** What looks at a node and its kernel. */
export interface Instruments {
  snapshot(): Promise<Snapshot>;
  /** `null` where this testbed cannot capture. */
  startCapture(spec: LoadSpec): Promise<RunningCapture | null>;
  /** The kernel's own packet counters along the way of these targets; absent where they cannot be read. */
  ruleCounters?(targets: readonly LoadTarget[]): Promise<CounterDump>;
  /** Reads the tables once more, after a change: a full write may put the rules in another order. Absent where nothing can be changed. */
  readAgain?(): Promise<Pick<StandingNode, 'targets' | 'kernelObjects' | 'iptablesBackend'>>;
}

export type AskedFrom = 'pod' | 'node' | 'outside';

/** Asks what answers; `null` where it cannot be asked. */
export interface Prober {
  /** Whether a target answers its ClusterIP, or from outside the node port of the first. */
  answers(from: AskedFrom, target: LoadTarget): Promise<boolean | null>;
  /** So many of the requests, on connections one after the other from the pod, were answered. */
  countAnswered?(
    target: LoadTarget,
    load: { readonly connections: number; readonly requestsEach: number },
  ): Promise<number>;
  /** Connects again and again until it works, ms of CLOCK_MONOTONIC; `null` when it never did. */
  waitForConnection?(target: LoadTarget, deadlineMs: number): Promise<number | null>;
  ping(address: string): Promise<boolean | null>;
  /** Lets the node forget the connections that were asked for. */
  forgetConnections?(): Promise<void>;
}

/** Five parts that a testbed hands in, and what it knows of the node. What a place cannot do is absent here, and one of the testbed's limits with its reason. */
export interface NodeParts {
  readonly mode: Mode;
  readonly loadTargets: readonly LoadTarget[];
  /** What stands, as it was found when it stood. */
  readonly standing: StandingNode;
  /** What was noted on the way to there. */
  readonly programming: Programming;
  /** Unix ms of the last write that the data plane must have taken up. */
  readonly lastChangeMs: number;
  readonly services: NodeServices | null;
  readonly dataPlane: DataPlane | null;
  readonly startLoad: StartLoad;
  readonly instruments: Instruments;
  readonly prober: Prober;
}

/** The client's node of one mode at one size, with the rules programmed and kube-proxy running (but in mode `none`). */
export class MeasuredNode {
  readonly mode: Mode;
  /** What the load goes to: Services' ClusterIPs, or without rules the pods themselves. */
  readonly loadTargets: readonly LoadTarget[];
  readonly page: ServedPage = { body: STATIC_BODY, path: STATIC_PATH, unlimitedPath: UNLIMITED_PATH };
  readonly sizeServices: number;
  readonly programming: Programming;
  readonly instruments: Instruments;
  readonly prober: Prober;
  readonly startLoad: StartLoad;
  readonly services: NodeServices | null;
  readonly #parts: NodeParts;
  #lastChangeMs: number;
  #changed = false;

  constructor(parts: NodeParts) {
    this.mode = parts.mode;
    this.loadTargets = parts.loadTargets;
    this.sizeServices = parts.standing.sizeServices;
    this.programming = parts.programming;
    this.instruments = parts.instruments;
    this.prober = parts.prober;
    this.startLoad = parts.startLoad;
    this.services = parts.services && { ...parts.services, setEndpoints: (id, to) => this.#setEndpoints(id, to) };
    this.#parts = parts;
    this.#lastChangeMs = parts.lastChangeMs;
  }

  /**
   * The settle gate: no pending change in the data plane, its last sync newer than the last change.
   * Rejects with a BenchError that says which condition failed when `deadlineMs` runs out.
   */
  async waitUntilSettled(deadlineMs: number): Promise<void> {
    await this.#parts.dataPlane?.waitUntilSettled(this.#lastChangeMs, deadlineMs);
  }

  startCapture(spec: LoadSpec): Promise<RunningCapture | null> {
    return this.instruments.startCapture(spec);
  }

  snapshot(): Promise<Snapshot> {
    return this.instruments.snapshot();
  }

  /**
   * Syncs that ended in [fromWallMs, toWallMs]. Where kube-proxy tells of them in its metrics alone it is asked now: that costs CPU of its own and of the program, so call it when the
   * last snapshot is taken. Rejects when it does not answer.
   */
  async syncsBetween(fromWallMs: number, toWallMs: number): Promise<readonly Sync[]> {
    return (await this.#parts.dataPlane?.syncsBetween(fromWallMs, toWallMs)) ?? [];
  }

  /** What kube-proxy complained of since the last call (or since `describe`), as far as this testbed sees it. */
  takeProxyErrors(): readonly ProxyErrors[] {
    return this.#parts.dataPlane?.takeErrors() ?? [];
  }

  /** Whether kube-proxy synchronises here without a change of ours: a sync in a trial is then told, and no reason against it. */
  syncsByItself(): boolean {
    return this.#parts.dataPlane?.syncsByItself ?? false;
  }

  failure(): Reason | null {
    return this.#parts.dataPlane?.failure() ?? null;
  }

  /** What stands now, for the journal. What was asked of the node before leaves no connection behind that would lead later ones astray. */
  async describe(): Promise<StandingNode> {
    await this.prober.forgetConnections?.();
    const now = this.#changed ? await this.instruments.readAgain?.() : undefined;
    return { ...this.#parts.standing, ...now, proxyErrors: [...this.takeProxyErrors()] };
  }

  #setEndpoints(targetId: string, addresses: readonly string[]): Written {
    const { services } = this.#parts;
    if (services === null) throw new Error('the Services of this node cannot be changed');
    const written = services.setEndpoints(targetId, addresses);
    this.#lastChangeMs = written.wallMs;
    this.#changed = true;
    return written;
  }
}
