import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type LoadMessage, type LoadSpec, loadResultSchema } from '../../model/load.ts';
import { LoadLostError } from '../lost.ts';
import { startLoadClient } from '../start.ts';
import { BODY, startScriptedServer } from '../testing/scripted-server.ts';

const CLIENT = join(import.meta.dirname, 'client.ts');
const directory = mkdtempSync(join(tmpdir(), 'load-client-'));
const logFile = join(directory, 'client.log');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function makeSpec(port: number, changes: Partial<LoadSpec> = {}): LoadSpec {
  return {
    engine: 'open-loop',
    targets: ['a', 'b'].map((id) => ({ id, address: '127.0.0.1', port })),
    path: '/',
    expectedBody: BODY,
    rateRps: 100,
    arrivals: 'poisson',
    policy: { kind: 'keepalive', requests: null },
    warmUpMs: 300,
    idleMs: 300,
    durationMs: 500,
    localPorts: null,
    requestTimeoutMs: 1000,
    seed: 1,
    ...changes,
  };
}

async function start(
  spec: LoadSpec,
  more: { clients?: number; signal?: AbortSignal; commandPrefix?: readonly string[] } = {},
) {
  const messages: LoadMessage[] = [];
  const { clients = 1, signal = new AbortController().signal, commandPrefix = [] } = more;
  const load = await startLoadClient({
    commandPrefix,
    spec,
    clients,
    onMessage: (message) => messages.push(message),
    logFile,
    signal,
  });
  return { load, messages };
}

const phasesOf = (messages: readonly LoadMessage[]) =>
  messages.flatMap((one) => (one.type === 'phase' ? [one.phase] : []));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a load client', () => {
  test('goes through its phases and gives a whole, valid result of the load phase alone', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { load, messages } = await start(makeSpec(server.port));
    await using _load = load;
    await load.reached('idle');
    const atIdle = server.seen.requests;
    await load.reached('load');
    expect(server.seen.requests - atIdle).toBeLessThanOrEqual(2);
    expect(server.seen.open).toBeGreaterThan(0);
    const result = await load.result;
    expect(phasesOf(messages)).toEqual(['warm-up', 'idle', 'load', 'done']);
    expect(loadResultSchema.parse(result)).toEqual(result);
    expect(result.targets.map((target) => [target.id, target.outcomes.ok])).toEqual([
      ['a', 25],
      ['b', 25],
    ]);
    expect(server.seen.requests).toBe(80);
    expect(result).toMatchObject({ engine: 'open-loop', requestedRateRps: 100, slowConnects: 0 });
    expect(result.otherErrors).toEqual({});
    expect(result.achievedRateRps).toBeGreaterThan(95);
    expect(result.clientCpuUs).toBeGreaterThan(0);
    expect(result.endedAtMs - result.startedAtMs).toBeGreaterThanOrEqual(result.durationMs - 1);
    await expect.poll(() => server.seen.open).toBe(0);
  });

  test('gives a result of any size whole, also to somebody who reads late', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const targets = Array.from({ length: 1500 }, (_, index) => ({
      id: `target-${index}`,
      address: '127.0.0.1',
      port: server.port,
    }));
    const spec = makeSpec(server.port, { targets, rateRps: 2000, durationMs: 1000 });
    const child = spawn(process.execPath, [CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify(spec)}\n`);
    // It is long done by now, and has said more than the socket between us holds.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) said += text;
    expect(said.length).toBeGreaterThan(500_000);
    const last: unknown = JSON.parse(said.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ type: 'result', result: { engine: 'open-loop' } });
    expect((last as { result: { targets: unknown[] } }).result.targets).toHaveLength(1500);
  });

  test('shares its rate with others, all starting together, in one result', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { load, messages } = await start(makeSpec(server.port, { arrivals: 'uniform' }), { clients: 3 });
    await using _load = load;
    expect(new Set(load.pids).size).toBe(3);
    const result = await load.result;
    expect(phasesOf(messages)).toEqual(['warm-up', 'idle', 'load', 'done']);
    expect(result.requestedRateRps).toBeCloseTo(100);
    expect(result.targets.reduce((sum, target) => sum + target.outcomes.ok, 0)).toBe(51);
    expect(result.targets.map((target) => target.id)).toEqual(['a', 'b']);
  });

  test('that is killed is lost, with its command, and the others are ended', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { load } = await start(makeSpec(server.port, { durationMs: 20_000 }), { clients: 2 });
    await using _load = load;
    const [first = 0] = load.pids;
    process.kill(first, 'SIGKILL');
    const error = await load.result.catch((lost: unknown) => lost);
    expect(error).toBeInstanceOf(LoadLostError);
    expect(String(error)).toContain('load client 1 of 2: it was ended by SIGKILL');
    expect(String(error)).toContain('client.ts');
    await expect(load.reached('load')).rejects.toBe(error);
    expect(load.pids.some(isAlive)).toBe(false);
  });

  test('that cannot be started is lost', async () => {
    await expect(start(makeSpec(1), { commandPrefix: ['/nonexistent/nsenter'] })).rejects.toThrow(LoadLostError);
    await expect(start(makeSpec(1), { commandPrefix: ['false'] })).rejects.toThrow('it ended with exit code 1');
  });

  test('ends with the signal that it was started with, for its reason', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const controller = new AbortController();
    const { load } = await start(makeSpec(server.port, { durationMs: 20_000 }), { signal: controller.signal });
    await using _load = load;
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(load.result).rejects.toBe(reason);
    expect(load.pids.some(isAlive)).toBe(false);
  });

  test('is gone when it is disposed of in mid load', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { load } = await start(makeSpec(server.port, { durationMs: 20_000, idleMs: 0, warmUpMs: 0 }));
    await load.reached('load');
    await load[Symbol.asyncDispose]();
    expect(load.pids.some(isAlive)).toBe(false);
    await expect(load.result).rejects.toThrow(LoadLostError);
  });

  test.each([
    ['SIGTERM', (child: ChildProcess) => child.kill('SIGTERM')],
    ['SIGINT', (child: ChildProcess) => child.kill('SIGINT')],
    ['the end of its input', (child: ChildProcess) => child.stdin?.end()],
  ])('ends at once on %s', async (_, stop) => {
    await using server = await startScriptedServer(() => 'answer');
    const child = spawn(process.execPath, [CLIENT], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write(`${JSON.stringify(makeSpec(server.port, { warmUpMs: 20_000 }))}\n`);
    await once(child.stdout, 'data');
    const startMs = performance.now();
    stop(child);
    expect((await once(child, 'close'))[0]).toBe(130);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  test('imports nothing but Node itself and the histogram (and autocannon, when asked for it)', () => {
    expect([...packagesOf(CLIENT)].toSorted()).toEqual(['autocannon', 'hdr-histogram-js']);
  });
});

/** Packages that a file loads when it runs, directly or through our own files; type imports vanish. */
function packagesOf(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const found = new Set<string>();
  for (const [, clause = '', from = ''] of readFileSync(path, 'utf8').matchAll(
    /^(?:import|export) ([^;]*?)from '([^']+)';/gms,
  )) {
    if (!clause.startsWith('type ')) collect(path, from, seen, found);
  }
  for (const [, from = ''] of readFileSync(path, 'utf8').matchAll(/import\('([^']+)'\)/g))
    collect(path, from, seen, found);
  return found;
}

function collect(path: string, from: string, seen: Set<string>, found: Set<string>): void {
  if (from.startsWith('.')) for (const one of packagesOf(resolve(dirname(path), from), seen)) found.add(one);
  else if (!from.startsWith('node:')) found.add(from);
}

describe('the engine autocannon', () => {
  const saturate = { engine: 'autocannon', warmUpMs: 100, idleMs: 0, durationMs: 600, requestTimeoutMs: 1000 } as const;

  test('counts what it saturates, leaves empty what it cannot see, and knows who answered', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { load } = await start(makeSpec(server.port, saturate));
    await using _load = load;
    const result = await load.result;
    for (const target of result.targets) {
      const { ok, ...others } = target.outcomes;
      expect(ok).toBeGreaterThan(100);
      expect(Object.values(others).every((one) => one === 0)).toBe(true);
      expect(target).toMatchObject({ connections: 0, backends: { scripted: ok } });
      expect(target.times.total.count).toBe(ok);
      expect(target.times.connect.count + target.times.firstByte.count + target.times.totalFromDue.count).toBe(0);
    }
    expect(result.lateness.count).toBe(0);
    expect(result.achievedRateRps).toBeGreaterThan(200);
  });

  test.each([
    ['status-500', 'badStatus'],
    ['wrong-body', 'wrongBody'],
    ['hang', 'timedOut'],
  ] as const)('counts "%s" as %s and nothing as ok', async (act, outcome) => {
    await using server = await startScriptedServer(() => act);
    const durationMs = act === 'hang' ? 1500 : 600;
    const { load } = await start(makeSpec(server.port, { ...saturate, durationMs }));
    await using _load = load;
    for (const { outcomes } of (await load.result).targets) {
      expect(outcomes[outcome]).toBeGreaterThan(0);
      expect(Object.values(outcomes).reduce((sum, one) => sum + one, 0)).toBe(outcomes[outcome]);
    }
  });

  test.each([{ kind: 'per-request' }, { kind: 'keepalive', requests: 100 }] as const)(
    'refuses the policy %o, because it would count wrongly',
    async (policy) => {
      await expect(start(makeSpec(1, { ...saturate, policy }))).rejects.toThrow('use the engine open-loop');
    },
  );
});
