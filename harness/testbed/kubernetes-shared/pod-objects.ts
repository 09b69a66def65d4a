import type { V1ConfigMap, V1Job, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { nginxConfig, STATIC_BODY } from '../backend/nginx.ts';
import { ROLE_LABEL, type RunLabels } from './labels.ts';

const BACKEND_CONFIG = 'backend';
const CLIENT_CONFIG = 'client';
const CLIENT_JOB = 'client';
/** Where the programs are in the client's container. */
export const PROGRAM_DIRECTORY = '/bench';

export interface PodPlace {
  readonly namespace: string;
  readonly labels: RunLabels;
  readonly image: string;
  /** Labels of the nodes that it may stand on; empty: any. */
  readonly nodeSelector: Readonly<Record<string, string>>;
}

/** No service links (10,000 Services would be 70,000 environment variables), no token, and gone at once when it is told so. */
const COMMON: Partial<V1PodSpec> = {
  enableServiceLinks: false,
  automountServiceAccountToken: false,
  terminationGracePeriodSeconds: 1,
};

/** NGINX's configuration and its page: the same as in the netns laboratory, and the pod's name as the backend's. */
export function makeBackendConfig(place: Pick<PodPlace, 'namespace' | 'labels'>): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: BACKEND_CONFIG, namespace: place.namespace, labels: place.labels },
    data: { 'nginx.conf': nginxConfig({ name: '$hostname', directory: '/srv/bench' }), 'index.html': STATIC_BODY },
  };
}

/** Ten pods, one NGINX with one worker each. */
export function makeBackendPods(place: PodPlace, count: number): V1Pod[] {
  return Array.from({ length: count }, (_, index) => makeBackendPod(place, `backend-${index + 1}`, {}));
}

export function makeBackendPod(place: PodPlace, name: string, extraLabels: Readonly<Record<string, string>>): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: place.namespace,
      labels: { ...place.labels, [ROLE_LABEL]: 'backend', ...extraLabels },
    },
    spec: {
      ...COMMON,
      ...selectNodes(place),
      hostname: name,
      containers: [
        {
          name: 'nginx',
          image: place.image,
          imagePullPolicy: 'IfNotPresent',
          command: ['nginx', '-e', 'stderr', '-p', '/srv/bench', '-c', '/srv/config/nginx.conf'],
          volumeMounts: [
            { name: 'work', mountPath: '/srv/bench' },
            { name: 'config', mountPath: '/srv/config' },
            { name: 'page', mountPath: '/srv/bench/www' },
          ],
        },
      ],
      volumes: [
        { name: 'work', emptyDir: {} },
        { name: 'config', configMap: { name: BACKEND_CONFIG, items: [{ key: 'nginx.conf', path: 'nginx.conf' }] } },
        {
          name: 'page',
          configMap: {
            name: BACKEND_CONFIG,
            items: [
              { key: 'index.html', path: 'index.html' },
              { key: 'index.html', path: 'unlimited/index.html' },
            ],
          },
        },
      ],
    },
  };
}

function selectNodes({ nodeSelector }: PodPlace): Partial<V1PodSpec> {
  return Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector: { ...nodeSelector } };
}

/** Our programs for the client's pods, by file name. */
export function makeClientConfig(
  place: Pick<PodPlace, 'namespace' | 'labels'>,
  programs: Readonly<Record<string, string>>,
): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CLIENT_CONFIG, namespace: place.namespace, labels: place.labels },
    data: { ...programs },
  };
}

/**
 * The client's pods: an Indexed Job whose pods wait, and in which each trial starts its client. They spread over the nodes that they may stand on, away
 * from the backends where there is a choice. A server before 1.21 drops `completionMode` and makes the same pods without an index, which nothing reads.
 */
export function makeClientJob(place: PodPlace, clients: number): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: CLIENT_JOB, namespace: place.namespace, labels: place.labels },
    spec: {
      completionMode: 'Indexed',
      completions: clients,
      parallelism: clients,
      // A pod that is lost stays lost: its trial is invalid, and a substitute would be another client.
      backoffLimit: 0,
      template: {
        metadata: { labels: { ...place.labels, [ROLE_LABEL]: 'client' } },
        spec: {
          ...COMMON,
          ...selectNodes(place),
          restartPolicy: 'Never',
          affinity: awayFrom(clients),
          containers: [
            {
              name: 'client',
              image: place.image,
              imagePullPolicy: 'IfNotPresent',
              command: ['sleep', '1000000000'],
              volumeMounts: [{ name: 'programs', mountPath: PROGRAM_DIRECTORY }],
            },
          ],
          volumes: [{ name: 'programs', configMap: { name: CLIENT_CONFIG } }],
        },
      },
    },
  };
}

function awayFrom(clients: number): NonNullable<V1PodSpec['affinity']> {
  const avoid = (role: string, weight: number) => ({
    weight,
    podAffinityTerm: {
      topologyKey: 'kubernetes.io/hostname',
      labelSelector: { matchLabels: { [ROLE_LABEL]: role } },
    },
  });
  return {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        avoid('backend', 100),
        ...(clients > 1 ? [avoid('client', 50)] : []),
      ],
    },
  };
}
