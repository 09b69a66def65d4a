import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeHistogram, quantileUs } from '../../model/histogram.ts';
import { wireResultSchema } from '../../model/wire.ts';
import type { ConnectResult } from '../testing/connect-client.ts';
import {
  CLIENT_INTERFACE,
  httpGet,
  makeTwoNamespaces,
  SERVER_ADDRESS,
  SERVER_PORT,
  type TwoNamespaces,
} from '../testing/two-namespaces.ts';
import { startWireCapture } from './capture.ts';

const isRoot = process.getuid?.() === 0;
const CLIENT = join(import.meta.dirname, '../testing/connect-client.ts');
const target = { id: 'pod', address: SERVER_ADDRESS, port: SERVER_PORT };

describe.skipIf(!isRoot && process.env.CI !== 'true')('the wire capture, in real namespaces (needs root)', () => {
  let place: TwoNamespaces;
  const { signal } = new AbortController();
  const options = (targets = [target]) => ({
    commandPrefix: place.client,
    interface: CLIENT_INTERFACE,
    directory: place.directory,
    targets,
    slowness: 1,
    signal,
  });
  const connect = async (rate: number, seconds: number): Promise<ConnectResult> => {
    const words = [CLIENT, SERVER_ADDRESS, SERVER_PORT, rate, seconds].map(String);
    return JSON.parse((await place.exec.run([...place.client, process.execPath, ...words])).stdout);
  };
  const captureFiles = async () => (await readdir(place.directory)).filter((name) => name.includes('capture'));

  beforeAll(async () => {
    place = await makeTwoNamespaces();
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  it('sees every connection, up to the last, and leaves no file behind', async () => {
    const capture = await startWireCapture(options());
    const client = await connect(500, 2);
    const wire = wireResultSchema.parse(await capture.finish(client));
    expect(wire.targets[0]?.handshake.count).toBe(client.connections);
    expect(wire.capturedPackets).toBe(2 * client.connections);
    expect(wire.droppedPackets).toBe(0);
    expect(wire.slices.reduce((sum, slice) => sum + slice.connections, 0)).toBe(client.connections);
    expect(wire.captureCpuUs).toBeGreaterThan(0);
    expect(await captureFiles()).toEqual([]);
  });

  it('measures less than the client does, which waits for the same packets', async () => {
    const capture = await startWireCapture(options());
    const client = await connect(500, 1);
    const wire = await capture.finish(client);
    const [first] = wire.targets;
    const wireP50Us = first === undefined ? Number.NaN : quantileUs(decodeHistogram(first.handshake), 0.5);
    expect(wireP50Us).toBeGreaterThan(1);
    expect(wireP50Us).toBeLessThan(quantileUs(decodeHistogram(client.connect), 0.5));
  });

  it('leaves connections outside the load phase, and to other targets, out', async () => {
    const capture = await startWireCapture(options([{ ...target, id: 'other', port: 9 }, target]));
    await connect(200, 0.5);
    const client = await connect(200, 0.5);
    const wire = await capture.finish(client);
    expect(wire.targets.map(({ id, handshake }) => [id, handshake.count])).toEqual([
      ['other', 0],
      ['pod', client.connections],
    ]);
    expect(wire.capturedPackets).toBe(4 * client.connections);
  });

  it('tells a SYN that was sent again from one that was never answered', async () => {
    const table = 'add table ip t; add chain ip t in { type filter hook input priority 0; };';
    // Each connection's first SYN is dropped; the second, a second later, gets through.
    const dropFirst = `${table} add set ip t seen { type inet_service; }; add rule ip t in tcp flags & (syn|ack) == syn tcp sport != @seen add @seen { tcp sport } drop`;
    await place.exec.run([...place.server, 'nft', '-f', '-'], { input: dropFirst.replaceAll('; add', '\nadd') });
    const capture = await startWireCapture(options([target, { id: 'deaf', address: SERVER_ADDRESS, port: 9 }]));
    const startedAtMs = Date.now();
    const ask = (port: number, timeoutMs: number) =>
      place.exec
        .run([...place.client, ...httpGet([`http://${SERVER_ADDRESS}:${port}/`], { timeoutMs })])
        .catch(() => null);
    await ask(SERVER_PORT, 3000);
    await place.exec.run([...place.server, 'nft', 'add', 'rule', 'ip', 't', 'in', 'tcp', 'dport', '9', 'drop']);
    await ask(9, 1500);
    const wire = await capture.finish({ startedAtMs, endedAtMs: Date.now() });
    await place.exec.run([...place.server, 'nft', 'delete', 'table', 'ip', 't']);
    const [pod, deaf] = wire.targets;
    expect([pod?.handshake.count, pod?.retransmitted.count, pod?.unanswered]).toEqual([0, 1, 0]);
    expect(pod === undefined ? 0 : quantileUs(decodeHistogram(pod.retransmitted), 0.5)).toBeGreaterThan(900_000);
    expect([deaf?.handshake.count, deaf?.unanswered]).toEqual([0, 1]);
  });

  it('says why it cannot capture', async () => {
    await expect(startWireCapture({ ...options(), interface: 'nosuch0' })).rejects.toThrow('nosuch0');
    expect(await captureFiles()).toEqual([]);
  });

  it('keeps out of hidden folders, where AppArmor lets tcpdump write nothing', async () => {
    const hidden = join(place.directory, '.cache');
    await mkdir(hidden);
    await using capture = await startWireCapture({ ...options(), directory: hidden });
    const open = await place.exec.run(['sh', '-c', `readlink /proc/${capture.pid}/fd/*`]);
    expect(open.stdout).toContain('.pcap');
    expect(open.stdout).not.toContain('/.cache/');
  });

  it('leaves nothing behind when it is disposed of instead of finished', async () => {
    const capture = await startWireCapture(options());
    await capture[Symbol.asyncDispose]();
    expect(await captureFiles()).toEqual([]);
    await expect(place.exec.run(['kill', '-0', String(capture.pid)])).rejects.toThrow();
  });
});
