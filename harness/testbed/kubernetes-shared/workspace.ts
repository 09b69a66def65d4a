import type { KubeConfig } from '@kubernetes/client-node';
import { InvalidRunError } from '../../errors.ts';
import { applyObjects } from '../../kubernetes/client/apply.ts';
import { makeNamespace } from '../../kubernetes/objects/namespace.ts';
import { type RunningLoadClient, startLoadGroup } from '../../load/start.ts';
import type { LoadMessage, LoadSpec, LoadTarget } from '../../model/load.ts';
import { waitFor } from '../../system/wait.ts';
import { STATIC_PATH } from '../backend/nginx.ts';
import { bundleProgram } from '../backend/pod-programs.ts';
import type { ProbeAnswer, ProbeQuestion } from '../backend/probe-client.ts';
import { BACKEND_PORT } from '../netns/addresses.ts';
import { ROLE_LABEL, type RunLabels } from './labels.ts';
import { askClock, clockOffset } from './node-clock.ts';
import { podChannel } from './pod-channel.ts';
import { type PodContainer, runInPod } from './pod-exec.ts';
import {
  makeBackendConfig,
  makeBackendPods,
  makeClientConfig,
  makeClientJob,
  PROGRAM_DIRECTORY,
} from './pod-objects.ts';
import { findChangedPods, type StandingPod, waitForPods } from './pods.ts';

const BACKENDS = 10;
const PODS_DEADLINE_MS = 180_000;
const ANSWERS_DEADLINE_MS = 60_000;
/** Start lines go through the API server and a kubelet: tens of milliseconds, more on a busy control plane. */
const START_LEAD_MS = 250;
/** Beyond the trial's own time: warm-up of the program, packing and sending of the result. */
const CLIENT_GRACE_MS = 60_000;

export interface WorkspaceOptions {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly labels: RunLabels;
  readonly images: { readonly nginx: string; readonly client: string };
  readonly clientNodes: Readonly<Record<string, string>>;
  readonly serverNodes: Readonly<Record<string, string>>;
  /** Client pods that share the load. */
  readonly clients: number;
  readonly logFile: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** The pods of one run in one cluster: ten NGINX and the clients, in a namespace of their own. */
export class Workspace {
  readonly backends: readonly StandingPod[];
  readonly clients: readonly StandingPod[];
  readonly #options: WorkspaceOptions;

  private constructor(
    options: WorkspaceOptions,
    parts: { backends: readonly StandingPod[]; clients: readonly StandingPod[] },
  ) {
    this.#options = options;
    this.backends = parts.backends;
    this.clients = parts.clients;
  }

  static async open(options: WorkspaceOptions): Promise<Workspace> {
    const { kubeConfig, namespace, labels, images, signal } = options;
    const apply = (objects: Parameters<typeof applyObjects>[1]) => applyObjects(kubeConfig, objects, { signal });
    await apply([makeNamespace(namespace, labels)]);
    const [client, probe] = await Promise.all([bundleProgram('client.mjs'), bundleProgram('probe.mjs')]);
    await apply([makeBackendConfig(options), makeClientConfig(options, { 'client.mjs': client, 'probe.mjs': probe })]);
    const place = { namespace, labels };
    await apply([
      ...makeBackendPods({ ...place, image: images.nginx, nodeSelector: options.serverNodes }, BACKENDS),
      makeClientJob({ ...place, image: images.client, nodeSelector: options.clientNodes }, options.clients),
    ]);
    const wait = (role: string, count: number, what: string) =>
      waitForPods({
        kubeConfig,
        namespace,
        selector: `${ROLE_LABEL}=${role}`,
        count,
        what,
        deadlineMs: PODS_DEADLINE_MS,
        signal,
        onProgress: options.onProgress,
      });
    const backends = await wait('backend', BACKENDS, 'backends');
    const clients = await wait('client', options.clients, 'clients');
    const workspace = new Workspace(options, { backends, clients });
    options.onProgress('waiting for routes between the nodes');
    for (const pod of clients) await workspace.waitForAnswers(pod, workspace.podTargets);
    return workspace;
  }

  /** The backends themselves, past every Service. */
  get podTargets(): readonly LoadTarget[] {
    return this.backends.map(({ name, address }) => ({ id: name, address, port: BACKEND_PORT }));
  }

  /** Resolves when all of them answer that client; a pod is Ready before every node has a route to it. */
  async waitForAnswers(pod: StandingPod, targets: readonly LoadTarget[]): Promise<void> {
    await waitFor({
      look: async () => {
        const question = { kind: 'answers' as const, path: STATIC_PATH, timeoutMs: 2000, targets };
        const [first, ...others] = (await this.probe(pod, question)).failures;
        if (first === undefined) return { holds: true, value: null };
        return { holds: false, why: `${others.length + 1} of ${targets.length} do not (${first.id}: ${first.why})` };
      },
      deadlineMs: ANSWERS_DEADLINE_MS,
      pauseMs: 500,
      onTimeout: (why) =>
        new InvalidRunError(
          `not everything answers in the client's pod ${pod.name}: ${why}`,
          `try it there: kubectl -n ${this.namespace} exec ${pod.name} -- curl …`,
        ),
      signal: this.#options.signal,
    });
  }

  get kubeConfig(): KubeConfig {
    return this.#options.kubeConfig;
  }

  /** Where backends stand, and of which image. */
  get backendPlace(): { readonly image: string; readonly nodeSelector: Readonly<Record<string, string>> } {
    return { image: this.#options.images.nginx, nodeSelector: this.#options.serverNodes };
  }

  get namespace(): string {
    return this.#options.namespace;
  }

  /** Starts one client in each pod; they begin together, and their results are merged. */
  async startLoad(spec: LoadSpec, onMessage: (message: LoadMessage) => void): Promise<RunningLoadClient> {
    const { logFile, signal } = this.#options;
    const clockOffsetsMs = await this.#measureClocks();
    const deadlineMs = spec.warmUpMs + spec.idleMs + spec.durationMs + spec.requestTimeoutMs + CLIENT_GRACE_MS;
    const command = ['node', `${PROGRAM_DIRECTORY}/client.mjs`, '--wait'];
    const channels = this.clients.map((pod, index) =>
      podChannel({
        place: this.#containerOf(pod),
        command,
        logFile,
        deadlineMs,
        clockOffsetMs: clockOffsetsMs[index] ?? 0,
      }),
    );
    return startLoadGroup({
      channels,
      places: 'own-namespaces',
      leadMs: START_LEAD_MS,
      spec,
      onMessage,
      logFile,
      signal,
    });
  }

  /** Asks from inside a client's pod. */
  async probe(pod: StandingPod, question: ProbeQuestion): Promise<ProbeAnswer> {
    const command = ['node', `${PROGRAM_DIRECTORY}/probe.mjs`, JSON.stringify(question)];
    const { signal } = this.#options;
    return JSON.parse(await runInPod(this.#containerOf(pod), command, { deadlineMs: 180_000, signal })) as ProbeAnswer;
  }

  /** Names of pods that are gone or were restarted since the workspace was opened. */
  async findChanged(): Promise<readonly string[]> {
    const { kubeConfig, namespace } = this.#options;
    const look = (role: string, before: readonly StandingPod[]) =>
      findChangedPods({ kubeConfig, namespace, selector: `${ROLE_LABEL}=${role}` }, before);
    return [...(await look('backend', this.backends)), ...(await look('client', this.clients))];
  }

  #containerOf(pod: StandingPod): PodContainer {
    const { kubeConfig, namespace } = this.#options;
    return { kubeConfig, namespace, pod: pod.name, container: 'client' };
  }

  /** How far each pod's clock is ahead of ours. Asked before every load: a clock that is set in between would hold a client back for as long. */
  #measureClocks(): Promise<number[]> {
    const ask = async (pod: StandingPod) => {
      const deadline = { deadlineMs: 20_000, signal: this.#options.signal };
      // By the program that the image must have: not every date knows milliseconds.
      const read = async () => Number(await runInPod(this.#containerOf(pod), ['node', '-p', 'Date.now()'], deadline));
      const answer = await askClock(read, 1);
      const { offsetMs, uncertaintyMs } = clockOffset(answer, Date.now() - (performance.now() - answer.answeredMs));
      // Below what the asking itself can tell apart there is no difference.
      return Math.abs(offsetMs) <= uncertaintyMs ? 0 : offsetMs;
    };
    return Promise.all(this.clients.map(ask));
  }
}
