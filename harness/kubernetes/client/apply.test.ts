import { describe, expect, it } from 'vitest';
import type { Fault, FaultPlan, FaultRequest } from '../apiserver/testing/fault.ts';
import { startFullApiServer } from '../apiserver/testing/full-server.ts';
import { makeServices } from '../objects/service-table.ts';
import { type ApplyProgress, applyObjects } from './apply.ts';
import { DEFAULT_RETRY_POLICY, retryDelayMs } from './retry.ts';
import { makeKubeConfig } from './testing/kube-config.ts';

const TABLE = makeServices({
  services: 40,
  endpointsPerService: 2,
  targets: 1,
  realBackends: [{ address: '10.244.0.2' }, { address: '10.244.0.3' }],
  backends: 'distinct',
});

/** Waits that a test need not wait for; what was asked for is kept. */
function patientPolicy() {
  const delaysMs: number[] = [];
  const sleep = async (delayMs: number) => void delaysMs.push(delayMs);
  return { delaysMs, policy: { ...DEFAULT_RETRY_POLICY, random: () => 1, sleep } };
}

async function startLaboratory(faults: FaultPlan = () => null) {
  const server = await startFullApiServer({ host: '127.0.0.1', port: 0, faults });
  const { delaysMs, policy } = patientPolicy();
  return {
    server,
    delaysMs,
    kubeConfig: makeKubeConfig(server.url),
    options: { retry: policy },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Every n-th write suffers the next fault of the list. */
function everyNthWrite(nth: number, faults: readonly Fault[]): FaultPlan {
  let writes = 0;
  return ({ verb }: FaultRequest) => {
    if (verb === 'get' || verb === 'list' || verb === 'watch') return null;
    writes += 1;
    return writes % nth === 0 ? (faults[(writes / nth) % faults.length] ?? null) : null;
  };
}

describe('applyObjects', () => {
  it('creates what is not there, updates what is, and tells how far it is', async () => {
    await using lab = await startLaboratory();
    const progress: ApplyProgress[] = [];
    await applyObjects(lab.kubeConfig, TABLE.namespaces, lab.options);
    const first = await applyObjects(lab.kubeConfig, TABLE.services, {
      ...lab.options,
      onProgress: (now) => progress.push(now),
    });
    expect(first).toEqual({ created: 40, updated: 0, retries: 0 });
    expect(progress.map((now) => now.done)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    const version = lab.server.store.version;
    const again = await applyObjects(lab.kubeConfig, TABLE.services, lab.options);
    expect(again).toEqual({ created: 0, updated: 40, retries: 0 });
    expect(lab.server.store.version).toBe(version);
  });

  it('gets everything written through a server that is overloaded, breaks, refuses and hangs up', async () => {
    const faults: Fault[] = [
      { kind: 'status', code: 429, retryAfterS: 1 },
      { kind: 'status', code: 500 },
      { kind: 'status', code: 409 },
      { kind: 'disconnect' },
      { kind: 'delay', delayMs: 5 },
      { kind: 'status', code: 503 },
    ];
    await using lab = await startLaboratory(everyNthWrite(3, faults));
    await applyObjects(lab.kubeConfig, TABLE.namespaces, lab.options);
    const summary = await applyObjects(lab.kubeConfig, TABLE.slices, { ...lab.options, concurrency: 8 });
    expect(summary.created + summary.updated).toBe(40);
    expect(summary.retries).toBeGreaterThan(10);
    expect(lab.server.store.count('endpointslices')).toBe(40);
    expect(Math.max(...lab.delaysMs)).toBeGreaterThanOrEqual(1_000);
  });

  it('never has more requests under way than it may', async () => {
    let now = 0;
    let most = 0;
    const count: FaultPlan = ({ verb }) => {
      if (verb !== 'create') return null;
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
      }, 5);
      return { kind: 'delay', delayMs: 5 };
    };
    await using lab = await startLaboratory(count);
    await applyObjects(lab.kubeConfig, TABLE.namespaces, lab.options);
    await applyObjects(lab.kubeConfig, TABLE.services, { ...lab.options, concurrency: 4 });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
  });

  it('gives up at an object that the server refuses for good, names it, and begins no other', async () => {
    await using lab = await startLaboratory();
    await applyObjects(lab.kubeConfig, TABLE.namespaces, lab.options);
    const bad = { ...TABLE.services[0], spec: { clusterIP: '192.168.0.1', ports: [{ port: 80 }] } };
    await expect(
      applyObjects(lab.kubeConfig, [bad, ...TABLE.services.slice(1)], { ...lab.options, concurrency: 1 }),
    ).rejects.toThrow(/^Service bench-1\/svc-00001 cannot be written: 422: .*not in the valid range/);
    expect(lab.server.store.count('services')).toBe(0);
  });

  it('gives up when the trouble outlasts its tries', async () => {
    await using lab = await startLaboratory(({ verb }) => (verb === 'create' ? { kind: 'status', code: 503 } : null));
    await expect(applyObjects(lab.kubeConfig, TABLE.namespaces, lab.options)).rejects.toThrow(
      /Namespace bench-1 .*503/,
    );
    expect(lab.delaysMs).toHaveLength(DEFAULT_RETRY_POLICY.attempts - 1);
  });

  it('stops when it is told to', async () => {
    await using lab = await startLaboratory();
    const stop = new AbortController();
    await applyObjects(lab.kubeConfig, TABLE.namespaces, lab.options);
    const applying = applyObjects(lab.kubeConfig, TABLE.services, {
      ...lab.options,
      concurrency: 2,
      signal: stop.signal,
      onProgress: ({ done }) => done === 5 && stop.abort(new Error('stopped')),
    });
    await expect(applying).rejects.toThrow('stopped');
    expect(lab.server.store.count('services')).toBeLessThan(10);
  });
});

it('The time before a retry doubles up to its limit, and is never shorter than the server asks for', () => {
  const policy = { ...DEFAULT_RETRY_POLICY, random: () => 1 };
  expect([1, 2, 3, 4, 20].map((attempt) => retryDelayMs(policy, attempt, null))).toEqual([100, 200, 400, 800, 10_000]);
  expect(retryDelayMs({ ...policy, random: () => 0 }, 1, 3_000)).toBe(3_000);
});
