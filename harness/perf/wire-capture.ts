import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectResult } from '../measure/testing/connect-client.ts';
import {
  CLIENT_INTERFACE,
  makeTwoNamespaces,
  SERVER_ADDRESS,
  SERVER_PORT,
  type TwoNamespaces,
} from '../measure/testing/two-namespaces.ts';
import { startWireCapture } from '../measure/wire/capture.ts';
import { isListening } from '../measure/wire/tcpdump-text.ts';
import { decodeHistogram, quantileUs, type StoredHistogram } from '../model/histogram.ts';
import { type RunningProcess, startProcess } from '../system/process.ts';

const CLIENT = join(import.meta.dirname, '../measure/testing/connect-client.ts');
const RATE_RPS = 1000;

export interface WireCaptureBenchmark {
  /** The same connections, read by our capture and by a second tcpdump with tshark's own analysis. */
  readonly connections: number;
  readonly capturedConnections: number;
  readonly referenceConnections: number;
  readonly p50Us: number;
  readonly referenceP50Us: number;
  readonly p99Us: number;
  readonly referenceP99Us: number;
  /** What looking costs: tcpdump's CPU, and what the client feels of it (medians over interleaved runs with and without). */
  readonly captureCpuUsPerConnection: number;
  readonly connectP50WithUs: number;
  readonly connectP50WithoutUs: number;
}

async function connect(place: TwoNamespaces, seconds: number): Promise<ConnectResult> {
  const words = [CLIENT, SERVER_ADDRESS, SERVER_PORT, RATE_RPS, seconds].map(String);
  return JSON.parse((await place.exec.run([...place.client, process.execPath, ...words])).stdout);
}

function startCapture(place: TwoNamespaces) {
  return startWireCapture({
    commandPrefix: place.client,
    interface: CLIENT_INTERFACE,
    directory: place.directory,
    targets: [{ id: 'pod', address: SERVER_ADDRESS, port: SERVER_PORT }],
    slowness: 1,
    signal: new AbortController().signal,
  });
}

/** tshark's time from SYN to the SYN/ACK that acknowledges it, in µs, ascending: every packet of the connection, another filter, another reader. */
async function readReference(place: TwoNamespaces, path: string): Promise<readonly number[]> {
  const filter = 'tcp.flags.syn==1 && tcp.flags.ack==1 && tcp.analysis.ack_rtt';
  const { stdout } = await place.exec.run([
    'tshark',
    '-r',
    path,
    '-Y',
    filter,
    '-T',
    'fields',
    '-e',
    'tcp.analysis.ack_rtt',
  ]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => Number(line) * 1e6).sort((first, second) => first - second);
}

function quantileOf(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

async function compareWithReference(place: TwoNamespaces, seconds: number) {
  const path = join(place.directory, 'reference.pcap');
  const tcpdump = [
    'tcpdump',
    '-i',
    CLIENT_INTERFACE,
    '-n',
    '-p',
    '-s',
    '128',
    '-B',
    '16384',
    '--time-stamp-precision=nano',
  ];
  const command = [...place.client, ...tcpdump, '-Z', 'root', '-U', '--immediate-mode', '-w', path, 'tcp'];
  const logFile = join(place.directory, 'reference.log');
  const reference = await startProcess({ name: 'reference tcpdump', command, logFile });
  await waitUntilListening(reference);
  const capture = await startCapture(place);
  const client = await connect(place, seconds);
  const wire = await capture.finish(client);
  await reference[Symbol.asyncDispose]();
  return { client, wire, reference: await readReference(place, path) };
}

async function waitUntilListening(tcpdump: RunningProcess): Promise<void> {
  const deadlineMs = performance.now() + 5000;
  while (!isListening(tcpdump.logTail(5))) {
    if (tcpdump.end !== null || performance.now() > deadlineMs)
      throw new Error(`tcpdump does not listen: ${tcpdump.logTail(5)}`);
    await delay(10);
  }
}

function median(values: readonly number[]): number {
  return quantileOf(
    [...values].sort((first, second) => first - second),
    0.5,
  );
}

function p50Us(stored: StoredHistogram): number {
  return quantileUs(decodeHistogram(stored), 0.5);
}

/** Runs with and without the capture in turn, so that a drift of the machine falls on both. */
async function measureCost(place: TwoNamespaces, rounds: number, seconds: number) {
  const withUs: number[] = [];
  const withoutUs: number[] = [];
  let cpuUs = 0;
  let connections = 0;
  for (let round = 0; round < rounds; round += 1) {
    withoutUs.push(p50Us((await connect(place, seconds)).connect));
    const capture = await startCapture(place);
    const client = await connect(place, seconds);
    const wire = await capture.finish(client);
    withUs.push(p50Us(client.connect));
    cpuUs += wire.captureCpuUs;
    connections += client.connections;
  }
  return {
    captureCpuUsPerConnection: cpuUs / connections,
    connectP50WithUs: median(withUs),
    connectP50WithoutUs: median(withoutUs),
  };
}

/** About a minute; needs root, iproute2, nginx, tcpdump and tshark. */
export async function measureWireCapture(): Promise<WireCaptureBenchmark> {
  await using place = await makeTwoNamespaces();
  await connect(place, 2);
  const { client, wire, reference } = await compareWithReference(place, 8);
  const cost = await measureCost(place, 5, 3);
  const pod = wire.targets[0];
  if (pod === undefined) throw new Error('the capture knows no target');
  const histogram = decodeHistogram(pod.handshake);
  return {
    connections: client.connections,
    capturedConnections: pod.handshake.count + pod.retransmitted.count + pod.unanswered,
    referenceConnections: reference.length,
    p50Us: quantileUs(histogram, 0.5),
    referenceP50Us: quantileOf(reference, 0.5),
    p99Us: quantileUs(histogram, 0.99),
    referenceP99Us: quantileOf(reference, 0.99),
    ...cost,
  };
}

if (import.meta.main) console.log(JSON.stringify(await measureWireCapture(), null, 2));
