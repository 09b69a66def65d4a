import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { policyId } from '../experiment/load/policy.ts';
import { startLoadClient } from '../load/start.ts';
import {
  CLIENT_INTERFACE,
  makeTwoNamespaces,
  SERVER_ADDRESS,
  SERVER_BODY,
  SERVER_PORT,
  type TwoNamespaces,
} from '../measure/testing/two-namespaces.ts';
import { startWireCapture } from '../measure/wire/capture.ts';
import { decodeHistogram, quantileUs } from '../model/histogram.ts';
import type { LoadResult, LoadSpec } from '../model/load.ts';
import type { Policy } from '../model/policy.ts';
import { systemExec } from '../system/exec.ts';
import { startProcess } from '../system/process.ts';
import { findHey, type Hey } from './hey.ts';

/*
 * The load client against hey, straight to one NGINX over a veth without any rule, 1,000 requests/s, in turn, three times each; and the client's own share
 * of connect time: its p50 less that of the wire (SYN to SYN/ACK). CPU of both is read in the same way, from the scheduler's nanoseconds of all
 * threads, over a window in the middle of the load, so that neither pays for its start. About two minutes; needs root, iproute2, nginx, tcpdump.
 */
const RATE_RPS = 1000;
const ROUNDS = 3;
const BEFORE_WINDOW_MS = 2500;
const WINDOW_MS = 4000;
const BARS = { cpuRatio: 1.2, achieved: 0.995, ownConnectUs: 130 } as const;
const POLICIES: readonly Policy[] = [{ kind: 'per-request' }, { kind: 'keepalive', requests: null }];

function makeSpec(policy: Policy): LoadSpec {
  return {
    engine: 'open-loop',
    targets: [{ id: 'pod', address: SERVER_ADDRESS, port: SERVER_PORT }],
    path: '/',
    expectedBody: SERVER_BODY,
    rateRps: RATE_RPS,
    arrivals: 'uniform',
    policy,
    warmUpMs: 2000,
    idleMs: 100,
    durationMs: WINDOW_MS + 1500,
    localPorts: null,
    requestTimeoutMs: 2000,
    seed: 1,
  };
}

/** CPU of all threads of a process, µs. Threads must not end in between: neither Node's nor Go's do. */
function readCpuUs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).reduce(
    (sum, task) => sum + Number(readFileSync(join(tasks, task, 'schedstat'), 'latin1').split(' ')[0]) / 1000,
    0,
  );
}

async function measureWindow(pid: number): Promise<number> {
  const beforeUs = readCpuUs(pid);
  const startMs = performance.now();
  await sleep(WINDOW_MS);
  const cpuUs = readCpuUs(pid) - beforeUs;
  return (cpuUs * 1000) / ((performance.now() - startMs) * RATE_RPS);
}

async function measureClient(place: TwoNamespaces, policy: Policy): Promise<{ cpuUs: number; result: LoadResult }> {
  const signal = new AbortController().signal;
  const logFile = join(place.directory, 'client.log');
  const spec = makeSpec(policy);
  await using load = await startLoadClient({
    commandPrefix: place.client,
    spec,
    clients: 1,
    onMessage: () => {},
    logFile,
    signal,
  });
  await load.reached('load');
  await sleep(500);
  const cpuUs = await measureWindow(load.pids[0] ?? -1);
  return { cpuUs, result: await load.result };
}

/** 10 workers of 100 requests/s: hey has no other way to say 1,000/s. */
async function measureHey(place: TwoNamespaces, hey: string, policy: Policy): Promise<number> {
  const keepalive = policy.kind === 'per-request' ? ['-disable-keepalive'] : [];
  const seconds = Math.ceil((BEFORE_WINDOW_MS + WINDOW_MS) / 1000) + 1;
  const words = [
    '-z',
    `${seconds}s`,
    '-c',
    '10',
    '-q',
    String(RATE_RPS / 10),
    ...keepalive,
    `http://${SERVER_ADDRESS}:${SERVER_PORT}/`,
  ];
  const logFile = join(place.directory, 'hey.log');
  await using running = await startProcess({ name: 'hey', command: [...place.client, hey, ...words], logFile });
  await sleep(BEFORE_WINDOW_MS);
  return await measureWindow(running.pid);
}

async function measureOwnShare(place: TwoNamespaces): Promise<{ wireUs: number; connectUs: number }> {
  const signal = new AbortController().signal;
  const spec = makeSpec({ kind: 'per-request' });
  await using capture = await startWireCapture({
    commandPrefix: place.client,
    interface: CLIENT_INTERFACE,
    directory: place.directory,
    targets: spec.targets,
    slowness: 1,
    signal,
  });
  const { result } = await measureClient(place, spec.policy);
  const wire = await capture.finish(result);
  const [onWire] = wire.targets;
  const [inClient] = result.targets;
  if (onWire === undefined || inClient === undefined) throw new Error('a target is missing');
  return {
    wireUs: quantileUs(decodeHistogram(onWire.handshake), 0.5),
    connectUs: quantileUs(decodeHistogram(inClient.times.connect), 0.5),
  };
}

interface PolicyNumbers {
  readonly policy: Policy;
  readonly clientCpuUs: number;
  readonly heyCpuUs: number | null;
  /** The worst of the rounds. */
  readonly achieved: number;
}

async function measurePolicy(place: TwoNamespaces, hey: Hey, policy: Policy): Promise<PolicyNumbers> {
  const client: number[] = [];
  const reference: number[] = [];
  let achieved = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { cpuUs, result } = await measureClient(place, policy);
    client.push(cpuUs);
    achieved = Math.min(achieved, result.achievedRateRps / RATE_RPS);
    if (hey.kind === 'found') reference.push(await measureHey(place, hey.path, policy));
  }
  return { policy, clientCpuUs: median(client), heyCpuUs: reference.length === 0 ? null : median(reference), achieved };
}

function median(values: readonly number[]): number {
  return values.toSorted((first, second) => first - second)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function formatVerdict(met: boolean, bar: string): string {
  return met ? `met (${bar})` : `MISSED (${bar})`;
}

function printPolicy(numbers: PolicyNumbers): boolean {
  const { policy, clientCpuUs, heyCpuUs, achieved } = numbers;
  const name = policyId(policy);
  const rateMet = achieved >= BARS.achieved;
  console.log(`${name}: achieved rate ${(achieved * 100).toFixed(2)} %: ${formatVerdict(rateMet, 'at least 99.5 %')}`);
  if (heyCpuUs === null) {
    console.log(`${name}: client CPU ${clientCpuUs.toFixed(0)} µs per request`);
    return rateMet;
  }
  const ratio = clientCpuUs / heyCpuUs;
  const words = `client CPU ${clientCpuUs.toFixed(0)} µs per request, hey ${heyCpuUs.toFixed(0)} µs, ratio ${ratio.toFixed(2)}`;
  console.log(`${name}: ${words}: ${formatVerdict(ratio <= BARS.cpuRatio, `at most ${BARS.cpuRatio}`)}`);
  return rateMet && ratio <= BARS.cpuRatio;
}

async function main(): Promise<boolean> {
  const hey = await findHey(systemExec, process.env);
  if (hey.kind === 'absent') console.log(`not compared with hey: ${hey.why}`);
  await using place = await makeTwoNamespaces();
  const met: boolean[] = [];
  for (const policy of POLICIES) met.push(printPolicy(await measurePolicy(place, hey, policy)));
  const { wireUs, connectUs } = await measureOwnShare(place);
  const shareUs = connectUs - wireUs;
  const words = `client's connect p50 ${connectUs.toFixed(0)} µs, wire ${wireUs.toFixed(0)} µs, own share ${shareUs.toFixed(0)} µs`;
  met.push(shareUs <= BARS.ownConnectUs);
  console.log(`${words}: ${formatVerdict(shareUs <= BARS.ownConnectUs, `at most ${BARS.ownConnectUs} µs`)}`);
  return met.every(Boolean);
}

if (import.meta.main) process.exitCode = (await main()) ? 0 : 1;
