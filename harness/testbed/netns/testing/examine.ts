/**
 * A program for tests, run inside the laboratory's namespaces: opens the netns testbed with the modes and sizes of its argument, stands every size up, sends a
 * short load through every mode, and prints one JSON line with what was found, also after everything was taken down.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLoadSpec } from '../../../experiment/load/spec.ts';
import { modeOf } from '../../../mode/table.ts';
import type { Guest } from '../../../model/guest.ts';
import type { KubeProxyBinary } from '../../../model/kube-proxy-binary.ts';
import type { LoadResult } from '../../../model/load.ts';
import type { Mode } from '../../../model/mode.ts';
import type { Scenario } from '../../../model/scenario.ts';
import { slownessOf } from '../../../model/slowness.ts';
import type { BlockNode } from '../../../model/target.ts';
import { performOnce } from '../../../run/perform/once.ts';
import { systemExec } from '../../../system/exec.ts';
import type { MeasuredNode } from '../../node.ts';
import { nodeAddresses } from '../addresses.ts';
import { inNamespace } from '../namespaces.ts';
import { netns } from '../netns.ts';

export interface ExamineRequest {
  readonly scenario: Scenario;
  readonly modes: readonly Mode[];
  readonly kubeProxies: Readonly<Record<string, KubeProxyBinary>>;
  /** The guest that it runs in, where it does. */
  readonly guest?: Guest;
}

export interface ExaminedNode {
  readonly record: BlockNode;
  readonly load: LoadResult;
  /** Of ipvs mode: every line of `ipvsadm -Sn`, and the addresses on kube-ipvs0. */
  readonly ipvs: { readonly listing: readonly string[]; readonly dummyAddresses: readonly string[] } | null;
}

export interface Examined {
  readonly nodes: readonly ExaminedNode[];
  /** `ip netns list` and the names of running processes after everything was disposed of. */
  readonly namespacesLeft: string;
  readonly processesLeft: readonly string[];
  /** Names of interfaces that the main namespace still has. */
  readonly interfacesLeft: string;
  readonly rssBytes: number;
}

async function examine(request: ExamineRequest): Promise<Examined> {
  const directory = await mkdtemp(join(tmpdir(), 'examine-'));
  const nodes = await examineNodes(request, directory);
  const rssBytes = process.memoryUsage().rss;
  await rm(directory, { recursive: true });
  return {
    nodes,
    namespacesLeft: (await systemExec.run(['ip', 'netns', 'list'])).stdout,
    processesLeft: processNames(),
    interfacesLeft: (await systemExec.run(['ip', '-brief', 'link'])).stdout,
    rssBytes,
  };
}

async function examineNodes(request: ExamineRequest, directory: string): Promise<Examined['nodes']> {
  const { signal } = new AbortController();
  const logsDirectory = join(directory, 'logs');
  await mkdir(logsDirectory);
  await using testbed = await netns.open(
    {
      ...request,
      standing: 'side-by-side',
      logsDirectory,
      temporaryDirectory: directory,
      keep: false,
      onProgress: () => undefined,
    },
    signal,
  );
  const found: ExaminedNode[] = [];
  for (const size of request.scenario.sizesServices) {
    for (const [index, mode] of request.modes.entries()) {
      const node = await testbed.node(size, mode.id, signal);
      const ipvs = modeOf(node.mode).proxyWord === 'ipvs' ? await readIpvs(index) : null;
      const record = await performOnce(node, request.scenario);
      const slowness = slownessOf(testbed.environment.execution);
      found.push({ record, load: await load(node, request.scenario, slowness), ipvs });
    }
  }
  return found;
}

async function readIpvs(index: number): Promise<ExaminedNode['ipvs']> {
  const inside = inNamespace(nodeAddresses(index).nodeNamespace);
  const listing = await systemExec.run([...inside, 'ipvsadm', '--save', '--numeric']);
  const addresses = await systemExec.run([...inside, 'ip', '-o', '-4', 'address', 'show', 'dev', 'kube-ipvs0']);
  return {
    listing: listing.stdout.trim().split('\n'),
    dummyAddresses: [...addresses.stdout.matchAll(/inet ([\d.]+)/g)].map((match) => match[1] ?? ''),
  };
}

async function load(node: MeasuredNode, scenario: Scenario, slowness: number): Promise<LoadResult> {
  const [policy] = scenario.load.policies;
  if (policy === undefined) throw new Error('the scenario has no policy');
  await node.waitUntilSettled(10_000 * slowness);
  const spec = makeLoadSpec({ scenario, policy, targets: node.loadTargets, page: node.page, seed: 1 });
  await using running = await node.startLoad(spec, () => undefined);
  return await running.result;
}

/** Of all processes of this namespace, which has a /proc of its own. */
function processNames(): readonly string[] {
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name));
  return pids.map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
}

// A pipe takes what it can hold: the program ends when all of it is through.
process.stdout.write(`${JSON.stringify(await examine(JSON.parse(process.argv[2] ?? '') as ExamineRequest))}\n`, () =>
  process.exit(),
);
