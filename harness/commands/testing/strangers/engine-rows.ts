import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import type { Stranger, StrangerPlace } from './stranger.ts';

/** What a program that is in PATH answers: a script of /bin/sh, or `null` where it shall not be found. */
type Programs = Readonly<Record<string, string>>;

const WORDS = ['bench', '--scenario', 'smoke', '--testbed', 'kind', '--modes', 'nftables', '--services', '1'];
/** A program with no version of its own, so that none of the machine's is met. */
const ABSENT = 'exit 127';
const VERSION = (text: string) => `[ "$1" = --version ] && { echo '${text}'; exit 0; }`;
const DOCKER = VERSION('Docker version 29.1.3, build f52814d');
const PODMAN = VERSION('podman version 5.4.2');
const KIND = 'echo "kind v0.30.0 go1.24.6 linux/amd64"';

function answering(version: string, info: object): string {
  return `${version}\ncat <<'END'\n${JSON.stringify(info)}\nEND`;
}

function failing(version: string, words: string, exitCode = 1): string {
  return `${version}\necho "${words}" >&2\nexit ${exitCode}`;
}

function docker(told: object): string {
  return answering(DOCKER, { ServerVersion: '29.1.3', KernelVersion: release(), Name: hostname(), ...told });
}

/** Programs in front of PATH; the engines of this machine are not met. */
async function standPrograms(place: StrangerPlace, programs: Programs) {
  const directory = join(place.directory, 'programs');
  await mkdir(directory, { recursive: true });
  for (const [name, script] of Object.entries({
    docker: ABSENT,
    podman: ABSENT,
    nerdctl: ABSENT,
    kind: ABSENT,
    ...programs,
  })) {
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, name), 0o755);
  }
  return { env: { PATH: `${directory}:${process.env.PATH}` } };
}

const UNSET = {
  DOCKER_HOST: undefined,
  DOCKER_CONTEXT: undefined,
  CONTAINER_HOST: undefined,
  KIND_EXPERIMENTAL_PROVIDER: undefined,
};

function row(
  what: string,
  programs: Programs,
  expected: Pick<Stranger, 'says' | 'saysNot'> & { readonly env?: Readonly<Record<string, string>> },
): Stranger {
  const { env, ...rest } = expected;
  return {
    what,
    words: WORDS,
    env: { ...UNSET, ...env },
    prepare: (place) => standPrograms(place, programs),
    exitCode: 3,
    ...rest,
  };
}

/** Container engines of every sort, before anything is created. */
export const ENGINE_ROWS: readonly Stranger[] = [
  row('has no container engine', {}, { says: ['needs a container engine', 'docker:', 'podman:', '--testbed netns'] }),
  row(
    'has Docker installed and its daemon down',
    {
      docker: failing(
        DOCKER,
        'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      ),
    },
    { says: ['docker: Cannot connect to the Docker daemon', 'start it'] },
  ),
  row(
    'has a docker that answers without a daemon',
    { docker: answering(DOCKER, { ServerVersion: '', ServerErrors: ['no daemon'] }) },
    { says: ['its daemon does not answer'] },
  ),
  row(
    'is not in the group docker',
    {
      docker: failing(
        DOCKER,
        'permission denied while trying to connect to the docker API at unix:///var/run/docker.sock',
      ),
    },
    { says: ['permission denied', 'usermod -aG docker'] },
  ),
  row(
    'has a docker that talks nonsense',
    { docker: `${DOCKER}\necho 'hello there'` },
    { says: ['it does not describe itself: hello there'] },
  ),
  row('has a docker that says nothing', { docker: `${DOCKER}\nexit 0` }, { says: ['it says nothing'] }),
  row(
    'has Docker Desktop',
    { docker: docker({ OperatingSystem: 'Docker Desktop', KernelVersion: '6.10.14-linuxkit' }) },
    { says: ['Docker Desktop', 'virtual machine', '--testbed cluster --context'] },
  ),
  row(
    'has Rancher Desktop, Colima or another virtual machine',
    { docker: docker({ KernelVersion: '6.6.78-0-virt' }) },
    { says: ['runs on kernel 6.6.78-0-virt', release(), '--testbed cluster --context'] },
  ),
  row(
    'has a DOCKER_HOST by ssh with a user name and a password',
    { docker: docker({ KernelVersion: '5.4.0-1', Name: 'build-7' }) },
    {
      env: { DOCKER_HOST: 'ssh://me:hunter2@build-7' },
      says: ['DOCKER_HOST=ssh://build-7', 'unset DOCKER_HOST'],
      saysNot: ['hunter2'],
    },
  ),
  row(
    'has a DOCKER_HOST on a machine with the same kernel',
    { docker: docker({ Name: 'its-twin' }) },
    { env: { DOCKER_HOST: 'tcp://its-twin:2376' }, says: ['runs on its-twin', hostname(), 'unset DOCKER_HOST'] },
  ),
  row(
    'has a DOCKER_HOST that nobody answers at',
    {
      docker: failing(
        DOCKER,
        'error during connect: Get http://10.9.9.9:2375/info: dial tcp 10.9.9.9:2375: connect: no route to host',
      ),
    },
    { env: { DOCKER_HOST: 'tcp://10.9.9.9:2375' }, says: ['no route to host', '→ unset DOCKER_HOST'] },
  ),
  row(
    'has a docker context of another machine',
    { docker: docker({ KernelVersion: '5.4.0-1' }) },
    { env: { DOCKER_CONTEXT: 'far-away' }, says: ['DOCKER_CONTEXT=far-away', 'docker context use default'] },
  ),
  row(
    'has a docker context that does not exist',
    { docker: failing(DOCKER, 'Failed to initialize: unable to resolve docker endpoint: context gone not found') },
    { env: { DOCKER_CONTEXT: 'gone' }, says: ['context gone not found', '→ unset DOCKER_CONTEXT'] },
  ),
  row(
    'has a podman machine',
    {
      podman: answering(PODMAN, {
        version: { Version: '5.4.2' },
        host: { kernel: '6.12.9-200.fc41', serviceIsRemote: true },
      }),
    },
    {
      says: [
        'podman runs on kernel 6.12.9-200.fc41',
        'unset CONTAINER_HOST CONTAINER_CONNECTION; podman system connection list',
      ],
      saysNot: ['docker context'],
    },
  ),
  row(
    'has podman under the name docker and nothing else',
    { docker: answering(PODMAN, { version: { Version: '5.4.2' } }) },
    { says: ['docker: is podman under its name'] },
  ),
  row(
    'has nerdctl under the name docker',
    { docker: answering(VERSION('nerdctl version 2.0.2'), { ServerVersion: 'v2.0.0' }) },
    { says: ['docker: is nerdctl under its name'] },
  ),
  row(
    'has nerdctl alone',
    { nerdctl: VERSION('nerdctl version 2.0.2') },
    { says: ['nerdctl: cannot be used here', 'nerdctl is no provider'] },
  ),
  row(
    'asks kind for nerdctl',
    { docker: docker({}), kind: KIND },
    { env: { KIND_EXPERIMENTAL_PROVIDER: 'nerdctl' }, says: ['KIND_EXPERIMENTAL_PROVIDER asks for nerdctl', 'unset'] },
  ),
  row(
    'asks kind for finch',
    { docker: docker({}), kind: KIND },
    { env: { KIND_EXPERIMENTAL_PROVIDER: 'finch' }, says: ['asks for finch', 'works with Docker and Podman'] },
  ),
  row(
    'asks kind for podman and has Docker alone',
    { docker: docker({}), kind: KIND },
    { env: { KIND_EXPERIMENTAL_PROVIDER: 'podman' }, says: ['none answers: podman:'], saysNot: [/answers: docker/] },
  ),
  row(
    'has an engine of this machine and no kind',
    { docker: docker({}) },
    { says: ['needs the program kind', 'go install sigs.k8s.io/kind@latest'], saysNot: ['container engine'] },
  ),
  row(
    'has an engine behind a socket of its own and no kind',
    { docker: docker({ Name: '0f1e2d3c4b5a' }) },
    { env: { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' }, says: ['needs the program kind'] },
  ),
  row(
    'has podman beside a docker that is down, and no kind',
    {
      docker: failing(DOCKER, 'Cannot connect to the Docker daemon'),
      podman: answering(PODMAN, { version: { Version: '5.4.2' }, host: { kernel: release() } }),
    },
    { says: ['needs the program kind'] },
  ),
  row(
    'has a kind that fails',
    { docker: docker({}), kind: 'echo "exec format error" >&2; exit 126' },
    { says: ['needs the program kind: exec format error'] },
  ),
];
