import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import { loadKernelUnits } from '../../measure/auxiliary-vector.ts';
import { loadEnvironment } from '../../measure/environment.ts';
import { isFloor } from '../../mode/table.ts';
import { summarizeGuest } from '../../model/guest.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import { slownessOf } from '../../model/slowness.ts';
import { type Exec, systemExec } from '../../system/exec.ts';
import { makeDirectory } from '../../system/make-directory.ts';
import type { RunningProcess } from '../../system/process.ts';
import { waitFor } from '../../system/wait.ts';
import { nginxFailure, STATIC_PATH, startNginx } from '../backend/nginx.ts';
import type { MeasuredNode } from '../node.ts';
import { OWN_DIRECTORY, OWN_RUN_SCRIPT } from '../own-run.ts';
import { describeTargetEndpoints } from '../target-endpoints.ts';
import type { Testbed, TestbedKind, TestbedOptions } from '../testbed.ts';
import { BACKEND_PORT, BACKENDS, backendAddresses, MAX_MODES, nodeAddresses, SERVER_NAMESPACE } from './addresses.ts';
import { makeTable } from './cluster-table.ts';
import { memoryFailure } from './data-plane.ts';
import { laboratoryLimits } from './limits.ts';
import { serverWiring } from './links.ts';
import { applyWiring, removeWiring } from './namespaces.ts';
import { type AskingPlace, probe } from './probe.ts';
import { type StoodNode, standUpFloor, standUpNode } from './stand-up.ts';
import type { StandUpContext } from './stand-up-context.ts';

/** The embedded laboratory. `open` must run inside `runInLaboratory` (launch/laboratory-process.ts): it makes a /run of its own. */
export const netns: TestbedKind = { open: (options, signal) => Laboratory.open(options, signal) };

/** Where a laboratory stands: on this machine itself, or in a guest of it. */
function standsIn(guest: TestbedOptions['guest']): Pick<Environment, 'testbed' | 'execution'> {
  return guest === undefined
    ? { testbed: 'netns', execution: 'native' }
    : { testbed: 'vm', execution: guest.execution };
}

/** The nodes of one size that stand, by mode. */
interface StandingSize {
  readonly sizeServices: number;
  /** Among the sizes that stood, from 0: addresses are not used twice. */
  readonly position: number;
  readonly table: ServiceTable;
  readonly nodes: Map<string, MeasuredNode>;
  readonly stack: AsyncDisposableStack;
}

class Laboratory implements Testbed {
  readonly name: Environment['testbed'];
  readonly environment: Environment;
  readonly limits: readonly Reason[];
  readonly conditions: readonly Reason[];
  readonly #options: TestbedOptions;
  readonly #nginx: readonly RunningProcess[];
  readonly #floor: StoodNode;
  readonly #context: StandUpContext;
  readonly #stack: AsyncDisposableStack;
  #size: StandingSize | null = null;

  private constructor(parts: {
    options: TestbedOptions;
    environment: Environment;
    limits: readonly Reason[];
    nginx: readonly RunningProcess[];
    floor: StoodNode;
    context: StandUpContext;
    stack: AsyncDisposableStack;
  }) {
    this.name = parts.environment.testbed;
    this.environment = parts.environment;
    this.limits = parts.limits;
    this.conditions = describeTargetEndpoints(parts.options.scenario, BACKENDS);
    this.#options = parts.options;
    this.#nginx = parts.nginx;
    this.#floor = parts.floor;
    this.#context = parts.context;
    this.#stack = parts.stack;
  }

  static async open(options: TestbedOptions, signal: AbortSignal): Promise<Laboratory> {
    const place = standsIn(options.guest);
    const slowness = slownessOf(place.execution);
    await using stack = new AsyncDisposableStack();
    const exec = systemExec;
    options.onProgress({ step: 'laboratory', detail: 'namespaces, links, ten NGINX', modeId: null });
    await prepareNamespaces(exec);
    const nginx = await startBackends({ exec, slowness, options, stack, signal });
    const context: StandUpContext = {
      exec,
      slowness,
      scenario: options.scenario,
      table: makeTable(options.scenario, options.scenario.sizesServices[0] ?? 1, backendAddresses(BACKENDS)),
      backends: backendAddresses(BACKENDS),
      binaries: options.kubeProxies,
      xtables: await findXtables(exec),
      temporaryDirectory: options.temporaryDirectory,
      logsDirectory: options.logsDirectory,
      units: loadKernelUnits(),
      nginxPids: nginx.map((backend) => backend.pid),
      signal,
      runSignal: signal,
      onProgress: options.onProgress,
    };
    const floorMode: Mode = { id: 'none', routing: { kind: 'none' }, proxyVersion: null };
    const floor = stack.use(await standUpFloor(context, floorMode, nodeAddresses(MAX_MODES - 1)));
    const environment = await loadEnvironment({
      ...place,
      exec,
      kubeProxies: options.kubeProxies,
      kernelConfigPath: options.guest?.configPath ?? undefined,
    });
    return new Laboratory({
      options,
      environment: options.guest === undefined ? environment : { ...environment, guest: summarizeGuest(options.guest) },
      limits: laboratoryLimits(options, place.execution),
      nginx,
      floor,
      context,
      stack: stack.move(),
    });
  }

  get calibration(): MeasuredNode {
    return this.#floor.node;
  }

  async node(sizeServices: number, modeId: string, signal: AbortSignal): Promise<MeasuredNode> {
    const size = await this.#sizeOf(sizeServices);
    const stands = size.nodes.get(modeId);
    if (stands !== undefined) return stands;
    signal.throwIfAborted();
    const index = this.#options.modes.findIndex((mode) => mode.id === modeId);
    const mode = this.#options.modes[index];
    if (mode === undefined) throw new Error(`no mode is called ${modeId}`);
    const standUp = isFloor(mode) ? standUpFloor : standUpNode;
    const context = { ...this.#context, table: size.table, signal };
    const { node } = size.stack.use(await standUp(context, mode, nodeAddresses(index, size.position)));
    size.nodes.set(modeId, node);
    return node;
  }

  failures(): readonly Reason[] {
    const nodes = [...(this.#size?.nodes.values() ?? [])];
    return [...this.#backendFailures(), ...nodes.flatMap((node) => node.failure() ?? [])];
  }

  /** The size that stands; another one is taken down first. */
  async #sizeOf(sizeServices: number): Promise<StandingSize> {
    if (this.#size?.sizeServices === sizeServices) return this.#size;
    await this.#size?.stack.disposeAsync();
    const stack = new AsyncDisposableStack();
    this.#stack.use(stack);
    this.#size = {
      sizeServices,
      position: this.#size === null ? 0 : this.#size.position + 1,
      table: makeTable(this.#options.scenario, sizeServices, this.#context.backends),
      nodes: new Map(),
      stack,
    };
    return this.#size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #backendFailures(): readonly Reason[] {
    return this.#nginx
      .filter((backend) => backend.end !== null)
      .map((backend) => {
        const { message, remedy } = nginxFailure(backend);
        return backend.killedForMemory ? memoryFailure(message) : { code: 'backend-ended', message, remedy };
      });
  }
}

async function prepareNamespaces(exec: Exec): Promise<void> {
  await exec.run(['sh', '-c', OWN_RUN_SCRIPT]);
  await exec.run(['ip', 'link', 'set', 'lo', 'up']);
}

async function startBackends(
  place: AskingPlace & { options: TestbedOptions; stack: AsyncDisposableStack; signal: AbortSignal },
): Promise<readonly RunningProcess[]> {
  const { exec, slowness, options, stack, signal } = place;
  const backends = backendAddresses(BACKENDS);
  const wiring = serverWiring(backends);
  stack.defer(() => removeWiring(exec, wiring));
  await applyWiring(exec, wiring);
  const directory = join(OWN_DIRECTORY, 'nginx');
  await makeDirectory(directory);
  const nginx = await Promise.all(
    backends.map((backend) => startNginx({ backend, directory, logsDirectory: options.logsDirectory })),
  );
  for (const backend of nginx) stack.use(backend);
  const targets = backends.map((backend) => ({ id: backend.name, address: backend.address, port: BACKEND_PORT }));
  await waitFor({
    look: async () => {
      const dead = nginx.find((backend) => backend.end !== null);
      if (dead !== undefined) throw nginxFailure(dead);
      const { failures } = await probe(place, SERVER_NAMESPACE, {
        kind: 'answers',
        path: STATIC_PATH,
        timeoutMs: 1000 * slowness,
        targets,
      });
      const [first] = failures;
      return first === undefined ? { holds: true, value: null } : { holds: false, why: `${first.id}: ${first.why}` };
    },
    deadlineMs: 10_000 * slowness,
    pauseMs: 50,
    onTimeout: (why) =>
      new EnvironmentError(`NGINX does not answer: ${why}`, `read the logs in ${options.logsDirectory}`),
    signal,
  });
  return nginx;
}

async function findXtables(exec: Exec): Promise<Record<'legacy' | 'nft', string | null>> {
  const find = async (name: string) => {
    const found = await exec.run(['sh', '-c', 'command -v "$1"', 'find', name]).catch(() => null);
    return found?.stdout.trim() ?? null;
  };
  return { legacy: await find('xtables-legacy-multi'), nft: await find('xtables-nft-multi') };
}
