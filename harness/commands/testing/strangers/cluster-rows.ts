import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Stranger, StrangerPlace } from './stranger.ts';

const ON_CLUSTER = ['bench', '--scenario', 'smoke', '--testbed', 'cluster'];

/** A scenario file for testbed cluster, with these lines below `kubernetes:`. */
function withKubernetes(...lines: readonly string[]) {
  return async ({ directory, runs }: StrangerPlace) => {
    const path = join(directory, 'mine.yaml');
    const head = ['services: 1', 'testbed: cluster', 'modes: [{name: found, mode: as-found}]', 'kubernetes:'];
    await writeFile(path, [...head, ...lines.map((line) => `  ${line}`), ''].join('\n'));
    return { words: ['bench', '--scenario', path, '--runs-dir', runs] };
  };
}

/** A kubeconfig whose one server is nobody. */
function withKubeconfig(text: string, ...words: readonly string[]) {
  return async ({ directory, runs }: StrangerPlace) => {
    const path = join(directory, 'config');
    await writeFile(path, text);
    return { words: [...ON_CLUSTER, ...words, '--runs-dir', runs], env: { KUBECONFIG: path } };
  };
}

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: u, user: {token: geheim}}]
contexts: [{name: "arn:aws:eks:eu-1:1:cluster/a b", context: {cluster: c, user: u}}]
`;

const MINE = ['--context', 'arn:aws:eks:eu-1:1:cluster/a b', '--modes', 'iptables'];

/** A context whose server answers everything with this. */
function serverThat(what: string, status: number, body: string, says: Stranger['says']): Stranger {
  return {
    what: `has a context whose server ${what}`,
    words: [],
    prepare: async (place) => {
      const server = createServer((_request, response) =>
        response
          .writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/html' })
          .end(body),
      );
      server.unref();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      return withKubeconfig(KUBECONFIG.replace('127.0.0.1:1"', `127.0.0.1:${port}"`), ...MINE)(place);
    },
    exitCode: 3,
    says,
    saysNot: ['geheim', 'fault of the program', 'may not'],
  };
}

/** What doctor ends with depends on the machine: only its words are looked at. */
function doctorReads(what: string, text: string, says: Stranger['says']): Stranger {
  return {
    what: `asks doctor about a kubeconfig ${what}`,
    words: [],
    prepare: async (place) => {
      const { env } = await withKubeconfig(text)(place);
      return { words: ['doctor'], env, prefix: ['sh', '-c', '"$@"; exit 0', 'sh'] };
    },
    exitCode: 0,
    says,
    saysNot: ['fault of the program'],
  };
}

/** Addresses that hold secrets, servers that are not there, and what a laboratory of namespaces cannot build. */
export const CLUSTER_ROWS: readonly Stranger[] = [
  ...['http://user:geheim@host:9090', 'https://geheim@host/prometheus', 'https://host/p?token=geheim'].map(
    (address): Stranger => ({
      what: `writes a secret into a scenario: ${address}`,
      words: [],
      prepare: withKubernetes('contexts: [a]', `prometheus: "${address}"`),
      exitCode: 2,
      says: ['mine.yaml:6:', 'BENCH_PROMETHEUS_TOKEN'],
      saysNot: ['geheim'],
    }),
  ),
  ...['prometheus.example:9090', 'ftp://host', '/prometheus', 'http://'].map(
    (address): Stranger => ({
      what: `names a Prometheus that is no address: ${address}`,
      words: [],
      prepare: withKubernetes('contexts: [a]', `prometheus: "${address}"`),
      exitCode: 2,
      says: ['mine.yaml:6:', 'must be an address'],
    }),
  ),
  ...['netns', 'vm', 'auto'].map(
    (testbed): Stranger => ({
      what: `asks for pods of their own in testbed ${testbed}`,
      words: ['bench', '--scenario', 'smoke', '--testbed', testbed, '--backends', 'pods'],
      exitCode: 2,
      says: ['--backends', 'kind or cluster'],
    }),
  ),
  {
    what: 'shares ten pods among more endpoints than there are',
    words: ['bench', '--scenario', 'smoke', '--backends', 'shared', '--endpoints', '11'],
    exitCode: 2,
    says: ['11 endpoints', '10 real pods'],
  },
  {
    what: 'names a context that the kubeconfig has not, and reads which it has',
    words: [],
    prepare: withKubeconfig(KUBECONFIG, '--context', 'mine'),
    exitCode: 2,
    says: ['no context mine', 'arn:aws:eks:eu-1:1:cluster/a b'],
    saysNot: ['geheim', 'nginx'],
  },
  {
    what: 'has a context whose server does not answer',
    words: [],
    prepare: withKubeconfig(KUBECONFIG, ...MINE),
    exitCode: 3,
    says: ['does not answer: ', "kubectl --context 'arn:aws:eks:eu-1:1:cluster/a b' version"],
    saysNot: ['geheim', 'fault of the program'],
  },
  serverThat('answers with a sign-in page', 200, '<html>sign in</html>', ['no version', 'sign-in page']),
  serverThat('does not take the token', 401, '{"kind":"Status","message":"Unauthorized"}', [
    'does not take the credentials of the kubeconfig (HTTP 401)',
  ]),
  serverThat('stands behind a gateway that is down', 503, 'upstream connect error', [
    'answers 503: upstream connect error',
  ]),
  {
    what: 'has a kubeconfig whose program for signing in is not there',
    words: [],
    prepare: withKubeconfig(
      KUBECONFIG.replace(
        '{token: geheim}',
        '{exec: {apiVersion: client.authentication.k8s.io/v1, command: no-such-login}}',
      ),
      ...MINE,
    ),
    exitCode: 3,
    says: ['cannot be asked: spawn no-such-login ENOENT'],
    saysNot: ['fault of the program'],
  },
  {
    what: 'has a kubeconfig that is no YAML',
    words: [],
    prepare: withKubeconfig('{', '--context', 'mine'),
    exitCode: 2,
    says: ['kubeconfig'],
    saysNot: ['fault of the program'],
  },
  {
    what: 'has a context whose cluster is in another file',
    words: [],
    prepare: withKubeconfig(KUBECONFIG.replace('clusters: [{name: c,', 'clusters: [{name: d,'), ...MINE),
    exitCode: 2,
    says: ['names the cluster c, which is not in it'],
    saysNot: ['fault of the program'],
  },
  doctorReads('that is no YAML', '{', ['cannot be read']),
  doctorReads('without contexts', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n', [
    'no context in ',
  ]),
  {
    what: 'has a kubeconfig that is not there',
    words: [...ON_CLUSTER, '--context', 'mine'],
    env: { KUBECONFIG: '/nonexistent/config' },
    exitCode: 2,
    says: ['kubeconfig', 'KUBECONFIG'],
    saysNot: ['fault of the program'],
  },
  {
    what: 'has a list of kubeconfigs of which one is not there, as kubectl takes it',
    words: [],
    prepare: async (place) => {
      const start = await withKubeconfig(KUBECONFIG, '--context', 'mine')(place);
      return { ...start, env: { KUBECONFIG: `/nonexistent/config:${start.env.KUBECONFIG}` } };
    },
    exitCode: 2,
    says: ['no context mine', 'arn:aws:eks:eu-1:1:cluster/a b'],
  },
];
