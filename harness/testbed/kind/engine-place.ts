import { hostname, release } from 'node:os';
import { EnvironmentError } from '../../errors.ts';
import type { EngineInfo, EngineProgram } from './engine-info.ts';

/** Who asks for the engine: its variables say which one and where, and its kernel is the one that can be read. */
export interface EngineAsker {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kernelRelease: string;
  readonly hostName: string;
}

export function thisAsker(): EngineAsker {
  return { env: process.env, kernelRelease: release(), hostName: hostname() };
}

const PROVIDER = 'KIND_EXPERIMENTAL_PROVIDER';
/** The first that is set says where the engine is. */
const ADDRESSES: Readonly<Record<EngineProgram, readonly string[]>> = {
  docker: ['DOCKER_HOST', 'DOCKER_CONTEXT'],
  podman: ['CONTAINER_HOST', 'CONTAINER_CONNECTION'],
};

/** What names an engine elsewhere besides those variables, and how it stops doing so. */
const OWN_AGAIN: Readonly<Record<EngineProgram, string>> = {
  docker: 'docker context use default',
  podman: 'podman system connection list shows what else names one, podman system connection rm NAME takes it away',
};

/** The programs to ask, in order: kind's own variable decides where it is set. Throws for a provider that kind knows and this testbed does not. */
export function askedPrograms(env: EngineAsker['env']): readonly EngineProgram[] {
  const provider = env[PROVIDER] ?? '';
  if (provider === '') return ['docker', 'podman'];
  if (provider === 'docker' || provider === 'podman') return [provider];
  throw new EnvironmentError(
    `testbed kind works with Docker and Podman, and ${PROVIDER} asks for ${provider}`,
    `unset ${PROVIDER} and have Docker or Podman running; or make the cluster yourself and measure it: ${OWN_CLUSTER}`,
  );
}

const OWN_CLUSTER = 'kind create cluster, then npm run bench -- --scenario smoke --testbed cluster --context kind-kind';

/**
 * An engine whose kernel is not this one (Docker Desktop, a podman machine, DOCKER_HOST=ssh://…): its containers' processes, counters and packets are not in this machine's /proc,
 * where a process of the same number is somebody else's. What looks the same here is asked again when its nodes stand (node-pid.ts). Pure but for what it throws.
 */
export function requireOwnKernel(program: EngineProgram, info: EngineInfo, asker: EngineAsker): void {
  const difference = findDifference(program, info, asker);
  if (difference === null) return;
  throw elsewhere(`${program} ${difference}${describeAddress(program, asker.env)}`, program);
}

function findDifference(program: EngineProgram, info: EngineInfo, asker: EngineAsker): string | null {
  const kernel = info.KernelVersion ?? info.host?.kernel ?? asker.kernelRelease;
  if (/docker desktop/i.test(info.OperatingSystem ?? ''))
    return 'is Docker Desktop, whose engine runs in a virtual machine';
  if (kernel !== asker.kernelRelease) return `runs on kernel ${kernel}, and this machine's is ${asker.kernelRelease}`;
  const name = info.Name ?? info.host?.hostname ?? asker.hostName;
  if (isNetworkAddress(program, asker.env) && name !== asker.hostName)
    return `runs on ${name}, and this machine is ${asker.hostName}`;
  return null;
}

export function elsewhere(what: string, program: EngineProgram): EnvironmentError {
  const unset = `unset ${ADDRESSES[program].join(' ')}; ${OWN_AGAIN[program]}`;
  return new EnvironmentError(
    `the container engine is not on this machine's kernel: ${what}. Testbed kind reads its nodes' CPU, connections and packets from this machine`,
    `take an engine of this machine (${unset}); or make the cluster there yourself and measure it: ${OWN_CLUSTER}`,
  );
}

function findAddress(program: EngineProgram, env: EngineAsker['env']): readonly [string, string] | null {
  for (const name of ADDRESSES[program]) {
    const value = env[name] ?? '';
    if (value !== '') return [name, value];
  }
  return null;
}

function isNetworkAddress(program: EngineProgram, env: EngineAsker['env']): boolean {
  return /^(ssh|tcp|https?):/i.test(findAddress(program, env)?.[1] ?? '');
}

function describeAddress(program: EngineProgram, env: EngineAsker['env']): string {
  const address = findAddress(program, env);
  return address === null ? '' : ` (${address[0]}=${withoutSecrets(address[1])})`;
}

/** User names and passwords of addresses are nobody's business in a log. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1');
}

/** `answers`: what each program said. */
export function noEngine(answers: readonly string[], env: EngineAsker['env']): EnvironmentError {
  const addresses = (['docker', 'podman'] as const).map((program) => describeAddress(program, env)).join('');
  return new EnvironmentError(
    `testbed kind needs a container engine, and none answers: ${answers.join('; ')}${addresses}`,
    remedyFor(answers, env),
  );
}

function remedyFor(answers: readonly string[], env: EngineAsker['env']): string {
  const said = answers.join('\n');
  const address = findAddress('docker', env) ?? findAddress('podman', env);
  if (/permission denied/i.test(said))
    return 'let this user speak with the engine (as root: usermod -aG docker USER, then log in anew), or run as root';
  if (address !== null) return `unset ${address[0]}, or name an engine of this machine that runs`;
  const other = /nerdctl/.test(said) ? ' (nerdctl is no provider for this testbed)' : '';
  return `install Docker or Podman and start it (apt-get install docker.io)${other}, or take --testbed netns, which needs neither`;
}
