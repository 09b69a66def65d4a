import { CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { parseIpv4 } from '../../model/ipv4.ts';
import { waitFor } from '../../system/wait.ts';
import { askAgain } from './ask-again.ts';

export interface PodsPlace {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly selector: string;
}

export interface PodsDemand extends PodsPlace {
  readonly count: number;
  /** What they are called in messages: "backends". */
  readonly what: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** A pod that stands: where, and under which address. */
export interface StandingPod {
  readonly name: string;
  readonly uid: string;
  readonly address: string;
  readonly nodeName: string;
  readonly restarts: number;
}

/** Reasons that no waiting fixes (an image that cannot be had is tried again by the kubelet, for ever). */
const HOPELESS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'CrashLoopBackOff',
  'RunContainerError',
]);

/**
 * Waits until `count` pods are ready and gives them by name. Rejects with EnvironmentError when one of them cannot start, with the kubelet's words, or when
 * the time is up, with what the last one is waiting for.
 */
export async function waitForPods(demand: PodsDemand): Promise<readonly StandingPod[]> {
  let told = '';
  return waitFor({
    look: async () => {
      const items = await listPods(demand, demand.signal);
      const hopeless = items.map(describeHopeless).find((why) => why !== null);
      if (hopeless !== undefined) throw cannotStart(demand, hopeless ?? '');
      const ready = items.filter(isReady);
      const text = `${ready.length} of ${demand.count} ${demand.what} ready`;
      if (text !== told) demand.onProgress(text);
      told = text;
      if (ready.length >= demand.count) return { holds: true, value: ready.map(standing).sort(byName) };
      return { holds: false, why: `${text}; ${describeWaiting(items.find((pod) => !isReady(pod)))}` };
    },
    deadlineMs: demand.deadlineMs,
    pauseMs: 500,
    onTimeout: (why) => cannotStart(demand, why),
    signal: demand.signal,
  });
}

/** The same pods once more: which of them are gone or were restarted since. */
export async function findChangedPods(place: PodsPlace, before: readonly StandingPod[]): Promise<readonly string[]> {
  const now = new Map((await listPods(place)).filter(isReady).map((pod) => [pod.metadata?.uid, standing(pod)]));
  return before.filter((pod) => now.get(pod.uid)?.restarts !== pod.restarts).map((pod) => pod.name);
}

async function listPods(place: PodsPlace, signal?: AbortSignal): Promise<readonly V1Pod[]> {
  const api = place.kubeConfig.makeApiClient(CoreV1Api);
  const demand = { namespace: place.namespace, labelSelector: place.selector };
  return (await askAgain(() => api.listNamespacedPod(demand), signal)).items;
}

function isReady(pod: V1Pod): boolean {
  const ready = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  return ready && pod.metadata?.deletionTimestamp === undefined && pod.status?.podIP !== undefined;
}

function standing(pod: V1Pod): StandingPod {
  return {
    name: pod.metadata?.name ?? '',
    uid: pod.metadata?.uid ?? '',
    address: ipv4Of(pod),
    nodeName: pod.spec?.nodeName ?? '',
    restarts: pod.status?.containerStatuses?.[0]?.restartCount ?? 0,
  };
}

/** Where a cluster has both families, the first of a pod's addresses may be the other one. */
function ipv4Of({ status }: V1Pod): string {
  const addresses = (status?.podIPs ?? []).map(({ ip }) => ip ?? '');
  return addresses.find((address) => parseIpv4(address) !== null) ?? status?.podIP ?? '';
}

function byName(a: StandingPod, b: StandingPod): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}

function describeHopeless(pod: V1Pod): string | null {
  const { waiting, terminated } = pod.status?.containerStatuses?.[0]?.state ?? {};
  const name = pod.metadata?.name;
  if (waiting?.reason !== undefined && HOPELESS.has(waiting.reason))
    return `${name}: ${waiting.reason}: ${waiting.message ?? ''}`;
  if (pod.status?.phase === 'Failed')
    return `${name} failed: ${terminated?.reason ?? pod.status.reason ?? ''} ${terminated?.message ?? pod.status.message ?? ''}`;
  return null;
}

function describeWaiting(pod: V1Pod | undefined): string {
  if (pod === undefined) return 'the others do not exist yet';
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  return `${pod.metadata?.name} waits: ${unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? pod.status?.phase ?? 'unknown'}`;
}

function cannotStart({ what, namespace }: PodsDemand, why: string): EnvironmentError {
  return new EnvironmentError(
    `the ${what} do not start: ${why.trim()}`,
    `kubectl -n ${namespace} describe pods; images are settings: --nginx-image, --client-image`,
  );
}
