import { z } from 'zod';
import { IPVS_SCHEDULERS } from '../mode/ipvs/schedulers.ts';
import { findModeProblems, MODE_WORDS } from '../mode/words.ts';
import { parsePageAddress } from '../model/page-address.ts';
import { STANDINGS } from '../model/plan.ts';
import { durationMs, ratePerSecond, share, timeUs } from '../model/quantity-words.ts';
import { TESTBEDS } from '../model/scenario.ts';
import { holdsSecret } from '../system/secrets.ts';
import { DEFAULTS } from './defaults.ts';
import { ipv4Range } from './ranges.ts';

/** ClusterIPs of 10.96.0.0/12: 2^20 less the network, the broadcast address and the API server's own Service. */
export const MAX_SERVICES = 1_048_573;
/** Nodes that the laboratory has addresses for. */
const MAX_MODES = 60;

/** "10k", as the command line has it for Services, and digits in quotes or in groups: the number that is meant is told. */
function describeNoCount(input: unknown, atMost: string): string {
  if (Number.isInteger(input)) return atMost;
  const [, digits, thousands] =
    /^([0-9]{1,3}(?:[_,.' ][0-9]{3})+|[0-9]+)(k?)$/i.exec(typeof input === 'string' ? input : '') ?? [];
  if (digits === undefined) return 'must be a whole number, without a unit';
  return `must be a whole number in digits, such as ${digits.replaceAll(/\D/g, '')}${thousands === '' ? '' : '000'}`;
}

const count = (most: number) => {
  const atMost = `must be at most ${most.toLocaleString('en')}`;
  return z
    .int({ error: ({ input }) => describeNoCount(input, atMost) })
    .min(1, 'must be at least 1')
    .max(most, atMost);
};

const services = count(MAX_SERVICES).meta({ description: 'A number of Services.' });

const DESCRIBE_PROXY_METRICS =
  'must be a port or address:port in quotes, such as "10249" or "10.0.0.1:10249" (IPv6: "[::1]:10249")';

const proxyVersion = z
  .string({
    error:
      'must be text: put the version in quotes, with all three parts, such as "1.36.3" (YAML reads 1.30 as the number 1.3)',
  })
  .regex(
    /^(v?1\.[0-9]+\.[0-9]+\S*|\/.+)$/,
    'must be a version with all three parts, such as "1.36.3", or the absolute path of a binary',
  )
  .meta({ description: 'Version of kube-proxy ("1.36.3") or the absolute path of a binary.' });

const modeName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._#@+-]{0,79}$/,
    'must be 1 to 80 letters, digits or any of . _ # @ + -, the first a letter or digit',
  )
  .meta({ description: 'What the mode is called in tables and charts; needed when the same mode comes twice.' });

const modeObject = z
  .strictObject({
    name: modeName.optional(),
    mode: z
      .enum([...MODE_WORDS, 'as-found'])
      .meta({ description: 'What routes Services; as-found: whatever the cluster runs.' }),
    backend: z.enum(['legacy', 'nft']).optional().meta({ description: 'Flavour of iptables; legacy unless given.' }),
    scheduler: z.enum(IPVS_SCHEDULERS).optional().meta({ description: 'Scheduler of ipvs; rr unless given.' }),
    proxyVersion: proxyVersion.optional(),
  })
  .superRefine((written, context) => {
    for (const { key, message } of findModeProblems(written))
      context.addIssue({ code: 'custom', message, path: [key] });
  });

const mode = z.union([z.enum(MODE_WORDS), modeObject]).meta({
  description:
    'One contestant. iptables is iptables-legacy, ipvs is ipvs-rr; none is the floor: straight to the pods, no rules.',
});

const keepalive = z
  .union([
    z.int().min(1, 'must be at least 1 request per connection').max(9_999_999),
    z.enum(['none', 'unlimited', 'per-request']),
  ])
  .meta({ description: 'Requests per connection; none (or per-request, or 1): a new connection for every request.' });

const load = z.strictObject({
  engine: z.enum(['open-loop', 'autocannon']).default(DEFAULTS.load.engine).meta({
    description:
      'open-loop: a constant rate, whatever the answers do. autocannon: as fast as it goes, connections kept open.',
  }),
  rate: ratePerSecond({ above: '0/s', atMost: '1000000/s' })
    .prefault(DEFAULTS.load.rate)
    .meta({ description: 'Requests per second over all targets together, such as 1000/s.' }),
  arrivals: z
    .enum(['uniform', 'poisson'])
    .default(DEFAULTS.load.arrivals)
    .meta({ description: 'How requests are spaced.' }),
  keepalive: z
    .array(keepalive)
    .min(1, 'needs at least one policy')
    .prefault([...DEFAULTS.load.keepalive])
    .meta({ description: 'Connection policies, each measured: requests per connection.' }),
  warmUp: durationMs({ atMost: '10m' })
    .prefault(DEFAULTS.load.warmUp)
    .meta({ description: 'Load before each trial that is counted nowhere.' }),
  idle: durationMs({ atLeast: '200ms', atMost: '10m' })
    .prefault(DEFAULTS.load.idle)
    .meta({ description: "Silence before each trial's load: CPU is told over this baseline." }),
  duration: durationMs({ atLeast: '500ms', atMost: '24h' })
    .prefault(DEFAULTS.load.duration)
    .meta({ description: 'Load of one trial.' }),
  requestTimeout: durationMs({ atLeast: '10ms', atMost: '2m' })
    .prefault(DEFAULTS.load.requestTimeout)
    .meta({ description: 'A request that takes longer is destroyed and counted as timed out.' }),
  clients: count(1000)
    .default(DEFAULTS.load.clients)
    .meta({ description: 'Client processes (netns) or pods (cluster) that share the rate.' }),
});

const rounds = count(10_000);
const roundsBetween = z.strictObject({
  min: rounds.default(DEFAULTS.stop.rounds.min).meta({ description: 'Rounds that are taken in any case.' }),
  max: rounds.default(DEFAULTS.stop.rounds.max).meta({ description: 'Rounds after which it ends in any case.' }),
});

const stop = z.strictObject({
  rounds: z
    .union([rounds.transform((both) => ({ min: both, max: both })), roundsBetween], {
      error: 'must be a number of rounds, or a smallest and a largest ({min: 5, max: 30}; after --rounds: 5-30)',
    })
    .prefault({})
    .meta({ description: 'A round is every mode and policy once, in a drawn order.' }),
  budget: durationMs({ atLeast: '10s', atMost: '168h' })
    .prefault(DEFAULTS.stop.budget)
    .meta({ description: 'Time for the whole run, setting up included.' }),
  confidence: share({ above: '50%', below: '100%' })
    .prefault(DEFAULTS.stop.confidence)
    .meta({ description: 'Confidence of the intervals.' }),
  width: timeUs({ above: '0us', atMost: '1s' }).prefault(DEFAULTS.stop.width).meta({
    description: "Rounds are added until every paired difference's interval reaches at most this far to each side.",
  }),
});

const margins = z.strictObject({
  rtt: timeUs({ above: '0us', atMost: '10s' })
    .prefault(DEFAULTS.margins.rtt)
    .meta({ description: 'A difference in time below this, or below rttShare of the reference, does not matter.' }),
  rttShare: share({ above: '0%', atMost: '1000%' })
    .prefault(DEFAULTS.margins.rttShare)
    .meta({ description: 'The same, relative to the reference; the larger of the two counts.' }),
  handshake: timeUs({ above: '0us', atMost: '10s' })
    .prefault(DEFAULTS.margins.handshake)
    .meta({ description: 'The margin of the handshake on the wire, in place of rtt.' }),
  cpu: share({ above: '0%', atMost: '10000%' })
    .prefault(DEFAULTS.margins.cpu)
    .meta({ description: 'A difference in CPU below this share of one core does not matter.' }),
});

const image = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w./:@-]*$/,
    'must be the name of an image, such as nginx:1.28 or registry.example/nginx@sha256:...',
  );

/** What a scenario file holds, as users write it; parsing turns quantities into numbers of the resolved scenario's units. */
export const fileSchema = z
  .strictObject({
    description: z
      .string()
      .max(2000, 'must be at most 2000 characters')
      .default(DEFAULTS.description)
      .meta({ description: 'What the scenario is for.' }),
    testbed: z.enum(TESTBEDS).default(DEFAULTS.testbed).meta({
      description: 'Where it is measured; auto takes the first of netns and vm that can run all modes.',
    }),
    services: z
      .union([services, z.array(services).min(1, 'needs at least one number of Services')], {
        error: 'must be a number of Services or a list of them, such as 10000 or [1, 10000]',
      })
      .meta({ description: 'Numbers of Services; the smallest is the base that others are compared with.' }),
    endpoints: count(1000).default(DEFAULTS.endpoints).meta({ description: 'Endpoints of each Service.' }),
    backends: z.enum(['distinct', 'shared', 'pods']).default(DEFAULTS.backends).meta({
      description:
        'Endpoints of Services without load: distinct synthetic ones, the same ten real pods, or pods of their own.',
    }),
    ranges: z
      .strictObject({
        services: ipv4Range.optional().meta({
          description:
            "Addresses of Services; testbed cluster: how large the cluster's own range is, where it cannot be asked.",
        }),
        endpoints: ipv4Range.optional().meta({
          description: 'Addresses of synthetic endpoints; in a cluster one that nothing there has, unless given.',
        }),
      })
      .prefault({})
      .meta({ description: 'IPv4 ranges such as 10.96.0.0/12.' }),
    targets: count(1000)
      .default(DEFAULTS.targets)
      .meta({ description: 'Services that the load goes to, spread over the table.' }),
    modes: z
      .array(mode)
      .min(1, 'needs at least one mode')
      .max(MAX_MODES, `at most ${MAX_MODES} modes can stand at once`)
      .meta({
        description: 'What is compared.',
      }),
    ifUnsupported: z.enum(['refuse', 'skip']).default(DEFAULTS.ifUnsupported).meta({
      description: 'A mode that this machine cannot run: refuse the run, or leave the mode out and say so everywhere.',
    }),
    proxy: z
      .strictObject({
        version: proxyVersion.default(DEFAULTS.proxy.version),
        serverProxy: z
          .boolean()
          .default(DEFAULTS.proxy.serverProxy)
          .meta({ description: "One more kube-proxy, on the server's node." }),
      })
      .prefault({})
      .meta({ description: 'The kube-proxy that is measured.' }),
    load: load.prefault({}).meta({ description: 'What the client does.' }),
    measure: z
      .strictObject({
        wire: z.boolean().default(DEFAULTS.measure.wire).meta({ description: 'Capture handshakes on the wire.' }),
        probes: z.boolean().default(DEFAULTS.measure.probes).meta({
          description: 'Rule walks, reachability and change latency, once per node and size, outside the trials.',
        }),
      })
      .prefault({})
      .meta({ description: 'What is measured beside the client.' }),
    stop: stop.prefault({}).meta({ description: 'When it is enough.' }),
    margins: margins.prefault({}).meta({ description: 'What does not matter.' }),
    axis: z
      .strictObject({
        kernel: z
          .array(z.string().min(1, 'must be a kernel such as debian:trixie'))
          .min(1, 'needs at least one kernel')
          .optional()
          .meta({ description: 'Kernels, one run each (testbed vm).' }),
        kubeProxy: z
          .array(proxyVersion)
          .min(1, 'needs at least one version')
          .optional()
          .meta({ description: 'Versions of kube-proxy, one run each.' }),
      })
      .prefault({})
      .meta({ description: 'One run for each value.' }),
    kubernetes: z
      .strictObject({
        contexts: z
          .array(z.string().min(1, 'must be the name of a context of the kubeconfig'))
          .default([])
          .meta({ description: 'Testbed cluster: kubeconfig contexts, one for each mode, in their order.' }),
        nodeImage: image.optional().meta({
          description: "Testbed kind: node image, and with it the Kubernetes version; kind's own unless given.",
        }),
        clusters: z
          .enum(['auto', ...STANDINGS], { error: `must be auto, ${STANDINGS.join(' or ')}` })
          .default('auto')
          .meta({
            description:
              'Testbed kind: clusters of all modes at once, or one at a time, made anew in every round; auto by the memory there is.',
          }),
        nginxImage: image.default(DEFAULTS.kubernetes.nginxImage).meta({ description: 'Image of the ten backends.' }),
        clientImage: image
          .default(DEFAULTS.kubernetes.clientImage)
          .meta({ description: 'Image of the client: any with Node 18 or later as "node".' }),
        clientNodes: z
          .record(z.string(), z.string())
          .default({})
          .meta({ description: 'Testbed cluster: labels of the nodes that clients stand on.' }),
        serverNodes: z
          .record(z.string(), z.string())
          .default({})
          .meta({ description: 'Testbed cluster: labels of the nodes that backends stand on.' }),
        prometheus: z
          .url({ error: 'must be an address such as http://prometheus.example:9090', protocol: /^https?$/ })
          .refine((address) => !holdsSecret(address), {
            error:
              'must hold no user name, password or token, because a scenario is stored: set BENCH_PROMETHEUS_TOKEN, or BENCH_PROMETHEUS_USER and BENCH_PROMETHEUS_PASSWORD, in the environment',
          })
          .optional()
          .meta({ description: 'Testbed cluster: a Prometheus that scrapes kube-proxy.' }),
        proxyMetrics: z
          .string({ error: DESCRIBE_PROXY_METRICS })
          .refine((text) => parsePageAddress(text) !== null, { error: DESCRIBE_PROXY_METRICS })
          .optional()
          .meta({ description: "Testbed cluster: where kube-proxy's pages are on a node: a port, or address:port." }),
      })
      .prefault({})
      .meta({ description: 'For the testbeds kind and cluster.' }),
    seed: z
      .int({ error: 'must be a whole number' })
      .min(0, 'must be 0 or more')
      .max(2 ** 32 - 1, 'must be below 2^32')
      .default(DEFAULTS.seed)
      .meta({ description: 'Orders of trials are drawn from it.' }),
  })
  .meta({ title: 'Scenario', description: 'What to measure. Quantities carry units: 10s, 500ms, 1000/s, 50us, 5%.' });

export type ScenarioFile = z.output<typeof fileSchema>;
