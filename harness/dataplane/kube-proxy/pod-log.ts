import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import { ErrorLines } from './error-lines.ts';
import { parseKlogLine } from './klog.ts';

const NAMESPACE = 'kube-system';
/** More than a trial's worth of a kube-proxy that logs at -v=2; the rest of a flood says the same again. */
const MOST_BYTES = 1024 * 1024;
/** The API server counts back from its own clock, in whole seconds: what comes twice by that is left out by its time stamp. */
const OVERLAP_S = 5;

/** Asks for the log of kube-proxy's pod on the node: its lines of the last `sinceS` seconds, each after its time stamp, or only the last one. */
export type FetchProxyLog = (part: { readonly sinceS: number } | 'last-line') => Promise<string>;

/** kube-proxy's own log on a node that the harness did not start, read while the run goes on. What it logged before is not ours. */
export class ProxyPodLog {
  readonly #fetch: FetchProxyLog;
  // What is harmless only until its rules stand was logged before this run looked.
  readonly #errors = new ErrorLines(() => true);
  readonly #now: () => number;
  #readMs: number;
  #lastLine: string;

  private constructor(fetch: FetchProxyLog, now: () => number, lastLine: string) {
    this.#fetch = fetch;
    this.#now = now;
    this.#readMs = now();
    this.#lastLine = lastLine;
  }

  /** Resolves with null where it cannot be read: no pod (k3s has kube-proxy in its own process), or no right to `get pods/log`. `now` in Unix ms. */
  static async open(fetch: FetchProxyLog, now: () => number = Date.now): Promise<ProxyPodLog | null> {
    try {
      return new ProxyPodLog(fetch, now, lastOf((await fetch('last-line')).split('\n')) ?? '');
    } catch {
      return null;
    }
  }

  /** Reads on. Resolves with false when this time it could not be read; the next reading takes those lines too. */
  async read(): Promise<boolean> {
    const startedMs = this.#now();
    const sinceS = Math.ceil((startedMs - this.#readMs) / 1000) + OVERLAP_S;
    const text = await this.#fetch({ sinceS }).catch(() => null);
    if (text === null) return false;
    this.#readMs = startedMs;
    const lines = text.split('\n').filter((line) => line !== '');
    // -1, a line that is too old to come again: all are new.
    for (const line of lines.slice(lines.lastIndexOf(this.#lastLine) + 1)) this.#take(line);
    this.#lastLine = lastOf(lines) ?? this.#lastLine;
    return true;
  }

  takeErrors(): readonly ProxyErrors[] {
    return this.#errors.take();
  }

  #take(stamped: string): void {
    const line = stamped.slice(stamped.indexOf(' ') + 1);
    this.#errors.push(line, parseKlogLine(line, { nearMs: this.#now() }));
  }
}

function lastOf(lines: readonly string[]): string | undefined {
  return lines.findLast((line) => line !== '');
}

/** By the API server, from the pod whose name begins with kube-proxy (kubeadm, kind, EKS and GKE name it so); of several the youngest. */
export function proxyLogOf(kubeConfig: KubeConfig, nodeName: string): FetchProxyLog {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  return async (part) => {
    const name = await findPod(api, nodeName);
    const which = part === 'last-line' ? { tailLines: 1 } : { sinceSeconds: part.sinceS, limitBytes: MOST_BYTES };
    // An empty log comes as no text at all.
    return (
      (await api.readNamespacedPodLog({
        namespace: NAMESPACE,
        name,
        timestamps: true,
        ...which,
      })) ?? ''
    );
  };
}

async function findPod(api: CoreV1Api, nodeName: string): Promise<string> {
  const { items } = await api.listNamespacedPod({
    namespace: NAMESPACE,
    fieldSelector: `spec.nodeName=${nodeName}`,
  });
  const pods = items.flatMap(({ metadata }) => (metadata?.name?.startsWith('kube-proxy') === true ? [metadata] : []));
  const [youngest] = pods.toSorted((a, b) => ageOf(a) - ageOf(b));
  if (youngest?.name === undefined) throw new Error(`no pod of kube-proxy on ${nodeName}`);
  return youngest.name;
}

function ageOf({ creationTimestamp }: { readonly creationTimestamp?: Date }): number {
  return -new Date(creationTimestamp ?? 0).getTime();
}
