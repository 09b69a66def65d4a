import { expect, test } from 'vitest';
import { makeSyntheticRun, NFTABLES } from '../../analysis/testing/synthetic-run.ts';
import type { Snapshot } from '../../model/counters.ts';
import type { LoadResult, LoadSpec } from '../../model/load.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import { makeBareNode, NO_PROGRAMMING } from '../../model/target.ts';
import { MeasuredNode } from '../../testbed/node.ts';
import { runTrial } from './load.ts';

const [sample] = makeSyntheticRun({ modes: [NFTABLES], sizesServices: [1], rounds: 1, requests: 100 }).trials;

/** Seconds on both clocks, with as much CPU used. */
function snapshotAt(seconds: number): Snapshot {
  return {
    wallMs: seconds * 1000,
    monotonicMs: seconds * 1000,
    cpu: { userS: seconds, systemS: 0, irqS: 0, softirqS: 0, stealS: 0, idleS: seconds },
    groups: {},
    conntrack: null,
    availableMemoryBytes: 1,
  };
}

/** A node that writes down what it is asked, in order. */
function recordingNode(
  asked: string[],
  syncs: () => Promise<never[]>,
  load: LoadResult | null | undefined = sample?.load,
  proxyErrors: readonly ProxyErrors[] = [],
): MeasuredNode {
  let snapshots = 0;
  return new MeasuredNode({
    mode: NFTABLES,
    loadTargets: [],
    standing: makeBareNode({ sizeServices: 1, modeId: NFTABLES.id }, []),
    programming: NO_PROGRAMMING,
    lastChangeMs: 0,
    services: null,
    dataPlane: {
      waitUntilSettled: async () => void asked.push('settled'),
      syncsBetween: (from, to) => {
        asked.push(`syncs ${from} to ${to}`);
        return syncs();
      },
      takeErrors: () => proxyErrors,
      syncsByItself: false,
      failure: () => null,
    },
    startLoad: async () => ({
      result: Promise.resolve(load as never),
      reached: async (phase) => void asked.push(`reached ${phase}`),
      [Symbol.asyncDispose]: async () => {},
    }),
    instruments: {
      startCapture: async () => null,
      snapshot: async () => {
        asked.push('snapshot');
        snapshots += 1;
        return snapshotAt(snapshots);
      },
    },
    prober: { answers: async () => null, ping: async () => null },
  });
}

function run(node: MeasuredNode) {
  return runTrial({
    planned: { index: 0, sizeServices: 1, round: 0, modeId: NFTABLES.id, policyId: 'per-request' },
    node,
    spec: {} as LoadSpec,
    captureWire: false,
    settleDeadlineMs: 1000,
    onMessage: () => {},
    failures: () => [],
  });
}

test('kube-proxy is asked for its syncs when the last snapshot is taken: what the answer costs is in neither baseline nor load', async () => {
  const asked: string[] = [];
  const trial = await run(recordingNode(asked, async () => []));
  expect(asked).toEqual([
    'settled',
    'reached idle',
    'snapshot',
    'reached load',
    'snapshot',
    'reached done',
    'snapshot',
    'syncs 1000 to 3000',
  ]);
  expect(trial.load).not.toBeNull();
});

test('a kube-proxy that answers no more makes the trial invalid', async () => {
  const trial = await run(recordingNode([], () => Promise.reject(new Error('no answer at /metrics'))));
  expect([trial.valid, trial.invalid[0]?.code, trial.invalid[0]?.message]).toEqual([
    false,
    'measurement-lost',
    'no answer at /metrics',
  ]);
});

test('what kube-proxy complained of is kept with the trial, also when its measurement was lost', async () => {
  const errors = [{ severity: 'error', source: 'proxier.go:991', count: 2, example: 'Failed to list' } as const];
  const node = (syncs: () => Promise<never[]>) => recordingNode([], syncs, sample?.load, errors);
  expect((await run(node(async () => []))).proxyErrors).toEqual(errors);
  expect((await run(node(() => Promise.reject(new Error('gone'))))).proxyErrors).toEqual(errors);
});

test('an engine that has no due times is not late: its trial is valid', async () => {
  if (sample?.load == null) throw new Error('the sample has no load');
  const load: LoadResult = { ...sample.load, engine: 'autocannon', lateness: { unit: 'ns', count: 0, data: '' } };
  const trial = await run(recordingNode([], async () => [], load));
  expect(trial.invalid).toEqual([]);
});
