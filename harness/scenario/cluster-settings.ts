import { z } from 'zod';
import { labels, listOf, text } from '../model/flag-words.ts';
import { parsePageAddress } from '../model/page-address.ts';
import { STANDINGS } from '../model/plan.ts';
import type { FlagPlace, Settings } from '../model/setting.ts';
import { holdsSecret } from '../system/secrets.ts';

const KIND: FlagPlace = { testbeds: ['kind'] };
const CLUSTER: FlagPlace = { testbeds: ['cluster'] };
const KIND_OR_CLUSTER: FlagPlace = { testbeds: ['kind', 'cluster'] };

const DESCRIBE_PROXY_METRICS =
  'must be a port or address:port in quotes, such as "10249" or "10.0.0.1:10249" (IPv6: "[::1]:10249")';

const image = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w./:@-]*$/,
    'must be the name of an image, such as nginx:1.28 or registry.example/nginx@sha256:...',
  );

const nodeLabels = z.record(z.string(), z.string(), {
  error: 'must be labels with their values, such as {pool: a, zone: b} (after a flag: pool=a,zone=b)',
});

/** What an existing cluster runs is not for us to choose: without modes, each context is a mode of its own, as it is found. */
function modesOfContexts(word: string): Readonly<Record<string, unknown>> {
  return { modes: word.split(',').map((context) => ({ name: modeNameOf(context.trim()), mode: 'as-found' })) };
}

/** Contexts may be called anything ("arn:aws:eks:…:cluster/blue"); modes may not. */
function modeNameOf(context: string): string {
  return (
    context
      .replaceAll(/[^A-Za-z0-9._#@+-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(-80) || 'cluster'
  );
}

/** For the testbeds that are clusters. Official images, in the newest stable line of each. */
export const CLUSTER_SETTINGS = {
  'kubernetes.contexts': {
    schema: z.array(z.string().min(1, 'must be the name of a context of the kubeconfig')),
    fallback: [],
    flag: '--context <names>',
    read: listOf(text),
    isRepeatable: true,
    implies: modesOfContexts,
    help: 'kubeconfig contexts, one for each mode in their order; without modes each is a mode as it is found (repeat it, or a,b)',
    place: CLUSTER,
  },
  'kubernetes.nodeImage': {
    schema: image.optional(),
    otherwise: "kind's own",
    flag: '--node-image <image>',
    help: 'node image, and so the Kubernetes version',
    place: KIND,
  },
  'kubernetes.clusters': {
    schema: z.enum(['auto', ...STANDINGS], { error: `must be auto, ${STANDINGS.join(' or ')}` }),
    fallback: 'auto',
    flag: '--clusters <standing>',
    help: '`side-by-side`, `one-at-a-time` (made anew in every round: slower, wider intervals), or what the machine has room for',
    place: KIND,
  },
  'kubernetes.nginxImage': {
    schema: image,
    fallback: 'nginx:1.28',
    flag: '--nginx-image <image>',
    help: 'image of the ten backends',
    place: KIND_OR_CLUSTER,
  },
  'kubernetes.clientImage': {
    schema: image,
    fallback: 'node:24-slim',
    flag: '--client-image <image>',
    help: 'image of the client: any with Node 18 or later as `node`',
    place: KIND_OR_CLUSTER,
  },
  'kubernetes.clientNodes': {
    schema: nodeLabels,
    fallback: {},
    flag: '--client-nodes <labels>',
    read: labels,
    help: 'labels of the nodes that clients stand on: pool=a,zone=b',
    place: CLUSTER,
  },
  'kubernetes.serverNodes': {
    schema: nodeLabels,
    fallback: {},
    flag: '--server-nodes <labels>',
    read: labels,
    help: 'labels of the nodes that backends stand on',
    place: CLUSTER,
  },
  'kubernetes.prometheus': {
    schema: z
      .url({ error: 'must be an address such as http://prometheus.example:9090', protocol: /^https?$/ })
      .refine((address) => !holdsSecret(address), {
        error:
          'must hold no user name, password or token, because a scenario is stored: set BENCH_PROMETHEUS_TOKEN, or BENCH_PROMETHEUS_USER and BENCH_PROMETHEUS_PASSWORD, in the environment',
      })
      .optional(),
    flag: '--prometheus <url>',
    help: 'a Prometheus that scrapes kube-proxy',
    place: CLUSTER,
  },
  'kubernetes.proxyMetrics': {
    schema: z
      .string({ error: DESCRIBE_PROXY_METRICS })
      .refine((text) => parsePageAddress(text) !== null, { error: DESCRIBE_PROXY_METRICS })
      .optional(),
    otherwise: 'as its ConfigMap says',
    flag: '--proxy-metrics <address>',
    help: "where kube-proxy's pages are on a node: a port, or address:port",
    more: 'in quotes',
    place: { ...CLUSTER, because: "elsewhere the harness knows where kube-proxy's pages are" },
  },
} as const satisfies Settings;
