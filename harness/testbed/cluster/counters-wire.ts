import type { Snapshot } from '../../model/counters.ts';

/** What the harness asks the pod on a node, one JSON line each. */
export type CountersQuestion =
  | { readonly id: number; readonly kind: 'snapshot' }
  | { readonly id: number; readonly kind: 'environment' }
  /** A page of kube-proxy, as the node sees it: it often listens on the node's own 127.0.0.1. */
  | {
      readonly id: number;
      readonly kind: 'proxy';
      readonly host: string;
      readonly port: number;
      readonly path: string;
    };

/** What a node says of itself: the part of the fingerprint that is the node's and not the harness's machine's. */
export interface NodeEnvironment {
  readonly release: string;
  readonly version: string;
  readonly architecture: string;
  readonly cpuModel: string | null;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly loadAverage: readonly number[];
  /** Of its interfaces, both families. */
  readonly addresses: readonly string[];
  /** Names of processes that route Services, or hold a kube-proxy inside themselves. */
  readonly routers: readonly string[];
  /** Where kube-proxy's own command line says that its pages are; `null` where it does not. */
  readonly metricsFlag: string | null;
}

/** One JSON line for each question; `error` instead of an answer says why there is none. */
export interface CountersAnswer {
  readonly id: number;
  readonly snapshot?: Snapshot;
  readonly environment?: NodeEnvironment;
  readonly page?: string;
  readonly error?: string;
}
