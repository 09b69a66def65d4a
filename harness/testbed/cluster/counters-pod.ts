import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { EnvironmentError } from '../../errors.ts';
import { applyObjects } from '../../kubernetes/client/apply.ts';
import { waitFor } from '../../system/wait.ts';
import { bundleProgram } from '../backend/pod-programs.ts';
import { ROLE_LABEL } from '../kubernetes-shared/labels.ts';
import type { ModeProgress, Opening } from '../kubernetes-shared/opening.ts';
import { podChannel } from '../kubernetes-shared/pod-channel.ts';
import { type StandingPod, waitForPods } from '../kubernetes-shared/pods.ts';
import { makeCounters } from './counters-objects.ts';
import { CountersSession } from './counters-session.ts';

const TEMPLATE = join(import.meta.dirname, '../../../infra/kubernetes/counters.yaml');
const DEADLINE_MS = 120_000;
/** A session lasts as long as the run: a day is longer than any. */
const SESSION_DEADLINE_MS = 24 * 3_600_000;

/** The counting pod on the client's node, spoken with. */
export interface OpenCounters {
  readonly session: CountersSession;
  readonly nodeAddress: string;
}

interface CountersPlace {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly clientNode: string;
}

/** Stands the DaemonSet up and connects to its pod on the (first) client's node. */
export async function openCounters(
  opening: Opening,
  place: CountersPlace,
  progress: ModeProgress,
): Promise<OpenCounters> {
  const { signal, labels, options, settings, stack } = opening;
  const { kubeConfig, namespace } = place;
  const { config, daemonSet } = makeCounters(await readFile(TEMPLATE, 'utf8'), {
    namespace,
    labels,
    image: settings.clientImage,
    nodeSelector: settings.clientNodes,
    program: await bundleProgram('counters.mjs'),
  });
  await applyObjects(kubeConfig, [config], { signal });
  await applyObjects(kubeConfig, [daemonSet], { signal });
  const pod = await findCounters(place, { signal, onProgress: progress('counters') });
  const channel = podChannel({
    place: { kubeConfig, namespace, pod: pod.name, container: 'counters' },
    command: ['node', '/bench/counters.mjs'],
    logFile: join(options.logsDirectory, 'counters.log'),
    deadlineMs: SESSION_DEADLINE_MS,
    clockOffsetMs: 0,
  });
  return { session: stack.use(new CountersSession(pod.nodeName, channel)), nodeAddress: pod.address };
}

/** The counting pod of the client's node; the others of the DaemonSet are not waited for. */
function findCounters(
  { clientNode, ...place }: CountersPlace,
  options: { readonly signal: AbortSignal; readonly onProgress: (text: string) => void },
): Promise<StandingPod> {
  return waitFor({
    look: async () => {
      const pods = await waitForPods({
        ...place,
        selector: `${ROLE_LABEL}=counters`,
        count: 1,
        what: 'counters (DaemonSet)',
        deadlineMs: DEADLINE_MS,
        ...options,
      });
      const there = pods.find((pod) => pod.nodeName === clientNode);
      return there === undefined ? { holds: false, why: `none on ${clientNode}` } : { holds: true, value: there };
    },
    deadlineMs: DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) =>
      new EnvironmentError(
        `the counters do not stand on the client's node: ${why}`,
        'does the cluster admit a pod with hostNetwork and a hostPath of /proc? (infra/kubernetes/counters.yaml)',
      ),
    signal: options.signal,
  });
}
