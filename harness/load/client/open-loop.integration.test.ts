import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { decodeHistogram, quantileUs } from '../../model/histogram.ts';
import type { LoadSpec, Outcomes, TargetLoad } from '../../model/load.ts';
import { type Act, BODY, type ScriptedServer, startScriptedServer } from '../testing/scripted-server.ts';
import { openLoop } from './open-loop.ts';
import { LoadTally } from './tally.ts';

const clockUs = () => performance.now() * 1000;

function makeSpec(changes: Partial<LoadSpec> & { port: number }): LoadSpec {
  const { port, ...rest } = changes;
  return {
    engine: 'open-loop',
    targets: [{ id: 'only', address: '127.0.0.1', port }],
    path: '/',
    expectedBody: BODY,
    rateRps: 100,
    arrivals: 'uniform',
    policy: { kind: 'per-request' },
    warmUpMs: 0,
    idleMs: 0,
    durationMs: 150,
    localPorts: null,
    requestTimeoutMs: 2000,
    seed: 1,
    ...rest,
  };
}

async function load(spec: LoadSpec, startedUsAgo = 0) {
  const session = openLoop.open(spec, clockUs);
  const startUs = clockUs() - startedUsAgo;
  const tally = new LoadTally(spec.targets, startUs);
  const end = await session.run({ startUs, durationMs: spec.durationMs, seed: 1, tally });
  session.close();
  return { targets: tally.close(), tally, end };
}

function onlyTarget(targets: readonly TargetLoad[]): TargetLoad {
  const [target] = targets;
  if (target === undefined) throw new Error('one target expected');
  return target;
}

function nonZero(outcomes: Outcomes): Partial<Outcomes> {
  return Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0));
}

const NAMED_ACTS: readonly (readonly [Act, Partial<Outcomes>])[] = [
  ['answer', { ok: 15 }],
  ['answer-and-say-close', { ok: 15 }],
  ['answer-and-close-silently', { ok: 15 }],
  ['answer-in-pieces', { ok: 15 }],
  ['answer-after-50-ms', { ok: 15 }],
  ['status-500', { badStatus: 15 }],
  ['garbage', { badStatus: 15 }],
  ['wrong-body', { wrongBody: 15 }],
  ['chunked', { wrongBody: 15 }],
  ['close-unanswered', { reset: 15 }],
  ['half-then-close', { reset: 15 }],
  ['half-then-reset', { reset: 15 }],
  ['reset', { reset: 15 }],
  ['hang', { timedOut: 15 }],
];

describe.each([
  ['a new connection for every request', { kind: 'per-request' }],
  ['connections of 7 requests', { kind: 'keepalive', requests: 7 }],
  ['connections that stay', { kind: 'keepalive', requests: null }],
] as const)('with %s', (_, policy) => {
  test.each(NAMED_ACTS)('every request to a server that does "%s" is counted once, as %o', async (act, expected) => {
    await using server = await startScriptedServer(() => act);
    const requestTimeoutMs = act === 'hang' ? 100 : 2000;
    const { targets, tally } = await load(makeSpec({ port: server.port, policy, requestTimeoutMs }));
    expect(nonZero(onlyTarget(targets).outcomes)).toEqual(expected);
    expect(server.seen.requests).toBe(15);
    expect(tally.sent).toBe(15);
    await expect.poll(() => server.seen.open).toBe(0);
  });

  test('every request is counted once when the server does something else each time', async () => {
    const acts = NAMED_ACTS.map(([act]) => act);
    await using server = await startScriptedServer((request) => acts[request % acts.length] ?? 'answer');
    const { targets } = await load(makeSpec({ port: server.port, policy, durationMs: 1120, requestTimeoutMs: 500 }));
    const { outcomes } = onlyTarget(targets);
    expect(Object.values(outcomes).reduce((sum, one) => sum + one, 0)).toBe(112);
    expect(server.seen.requests).toBe(112);
    // Eight rounds of the acts; requests overtake each other at the server, so its order is not ours, but the sums are.
    expect(nonZero(outcomes)).toEqual({ ok: 40, badStatus: 16, wrongBody: 16, reset: 32, timedOut: 8 });
  });

  test('every request to a closed port is refused', async () => {
    const { targets } = await load(makeSpec({ port: await closedPort(), policy }));
    expect(nonZero(onlyTarget(targets).outcomes)).toEqual({ refused: 15 });
    expect(onlyTarget(targets).connections).toBe(0);
  });

  test('a request that cannot even be tried failed, by its code', async () => {
    const targets = [{ id: 'broadcast', address: '255.255.255.255', port: 80 }];
    const { targets: loads, tally } = await load(makeSpec({ port: 0, policy, targets }));
    expect(nonZero(onlyTarget(loads).outcomes)).toEqual({ failed: 15 });
    expect(Object.fromEntries(tally.otherErrors)).toEqual({ ENETUNREACH: 15 });
  });

  test('the server closes first', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { targets } = await load(makeSpec({ port: server.port, policy, rateRps: 70, durationMs: 300 }));
    expect(onlyTarget(targets).outcomes.ok).toBe(21);
    await expect.poll(() => server.seen.open).toBe(0);
    // A connection that may stay is closed by nobody until the session is over; one that had fewer than its 7 requests by then too.
    const unfinished =
      policy.kind === 'per-request' ? 0 : server.seen.requestsPerConnection.filter((one) => one !== 7).length;
    expect(server.seen.clientClosedFirst).toBe(unfinished);
  });

  test('a client that begins too late says what it did not send', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { targets, tally } = await load(makeSpec({ port: server.port, policy }), 10_000_000);
    expect(nonZero(onlyTarget(targets).outcomes)).toEqual({ unsent: 15 });
    expect(tally.sent).toBe(0);
    expect(server.seen.requests).toBe(0);
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('the open loop', () => {
  test('opens one connection per request, or one per n requests', async () => {
    await using server = await startScriptedServer(() => 'answer');
    await load(makeSpec({ port: server.port }));
    expect(server.seen.requestsPerConnection).toEqual(new Array(15).fill(1));
    await using other = await startScriptedServer(() => 'answer');
    const { targets } = await load(
      makeSpec({ port: other.port, durationMs: 600, policy: { kind: 'keepalive', requests: 7 } }),
    );
    const { requestsPerConnection } = other.seen;
    expect(requestsPerConnection.reduce((sum, one) => sum + one, 0)).toBe(60);
    expect(Math.max(...requestsPerConnection)).toBe(7);
    // On a machine with hiccups a second connection is opened now and then, so their number is the server's word, not 9.
    const connections = requestsPerConnection.length;
    expect(onlyTarget(targets)).toMatchObject({
      connections,
      backends: { scripted: 60 },
      connectionBackends: { scripted: connections },
    });
    expect(onlyTarget(targets).times.connect.count).toBe(connections);
    expect(onlyTarget(targets).times.total.count).toBe(60);
  });

  test('opens another connection rather than wait for an answer', async () => {
    await using server = await startScriptedServer(() => 'answer-after-50-ms');
    const policy = { kind: 'keepalive', requests: null } as const;
    const { tally, end } = await load(makeSpec({ port: server.port, policy, durationMs: 300 }));
    expect(server.seen.peakOpen).toBeGreaterThanOrEqual(4);
    expect(tally.sent / end.sendingMs).toBeCloseTo(0.1, 2);
  });

  test('reopens a connection that the server closed while it was idle, without an error', async () => {
    await using server = await startScriptedServer((request) =>
      request % 3 === 2 ? 'answer-and-close-silently' : 'answer',
    );
    const policy = { kind: 'keepalive', requests: null } as const;
    const { targets } = await load(makeSpec({ port: server.port, policy, rateRps: 30, durationMs: 500 }));
    expect(nonZero(onlyTarget(targets).outcomes)).toEqual({ ok: 15 });
    expect(server.seen.connections).toBeGreaterThanOrEqual(5);
  });

  test('does not try again what met a closing connection', async () => {
    await using server = await startScriptedServer((request) => (request % 3 === 2 ? 'close-unanswered' : 'answer'));
    const { targets } = await load(makeSpec({ port: server.port, policy: { kind: 'keepalive', requests: null } }));
    expect(nonZero(onlyTarget(targets).outcomes)).toEqual({ ok: 10, reset: 5 });
    expect(server.seen.requests).toBe(15);
  });

  test('gives a connection up on which bytes come that nobody asked for', async () => {
    await using server = await startScriptedServer(() => 'answer-then-more');
    const spec = makeSpec({
      port: server.port,
      rateRps: 20,
      durationMs: 250,
      policy: { kind: 'keepalive', requests: null },
    });
    const { targets } = await load(spec);
    expect(nonZero(onlyTarget(targets).outcomes)).toEqual({ ok: 5 });
    // Five, but for hiccups of the machine that let a request overtake the stray bytes.
    expect(server.seen.connections).toBeGreaterThanOrEqual(3);
  });

  test('serves its targets in turn and keeps them apart', async () => {
    await using good = await startScriptedServer(() => 'answer');
    await using bad = await startScriptedServer(() => 'status-500');
    const targets = [good, bad, good].map(({ port }: ScriptedServer, index) => ({
      id: `t${index}`,
      address: '127.0.0.1',
      port,
    }));
    const { targets: loads } = await load(makeSpec({ port: 0, targets }));
    expect(loads.map((target) => [target.id, nonZero(target.outcomes)])).toEqual([
      ['t0', { ok: 5 }],
      ['t1', { badStatus: 5 }],
      ['t2', { ok: 5 }],
    ]);
  });

  test('tells from sending and from due apart when it is late', async () => {
    await using server = await startScriptedServer(() => 'answer');
    const { targets, tally } = await load(makeSpec({ port: server.port, rateRps: 1000, durationMs: 20 }), 90_000);
    const { times, outcomes } = onlyTarget(targets);
    expect(outcomes.ok).toBe(20);
    expect(quantileUs(decodeHistogram(times.total), 0.5)).toBeLessThan(40_000);
    expect(quantileUs(decodeHistogram(times.totalFromDue), 0)).toBeGreaterThan(70_000);
    expect(quantileUs(decodeHistogram(tally.encodeLateness()), 0)).toBeGreaterThan(70_000);
  });

  test('keeps idle connections over a silence between two stretches', async () => {
    await using server = await startScriptedServer((request) => (request < 12 ? 'answer-after-50-ms' : 'answer'));
    const spec = makeSpec({ port: server.port, policy: { kind: 'keepalive', requests: null } });
    const session = openLoop.open(spec, clockUs);
    // 12 answers after 50 ms each at 100/s: more connections than the second stretch can ever need.
    await session.run({ startUs: clockUs(), durationMs: 120, seed: 1, tally: null });
    const before = server.seen.connections;
    const startUs = clockUs();
    const tally = new LoadTally(spec.targets, startUs);
    await session.run({ startUs, durationMs: 100, seed: 2, tally });
    session.close();
    expect(server.seen.connections).toBe(before);
    const target = onlyTarget(tally.close());
    expect(target).toMatchObject({ connections: 0, outcomes: { ok: 10 } });
    expect(target.connectionBackends).toEqual({});
  });
});
