import { describe, expect, it } from 'vitest';
import type { Environment } from '../model/run.ts';
import { makeBareNode, type StandingNode } from '../model/target.ts';
import { makeSampleHeader, makeSampleNode } from '../store/testing/sample-run.ts';
import { requireSameNode, requireSamePlace } from './same-place.ts';

const before = makeSampleHeader();
const { scenario, environment: here } = before;
const continuation = { directory: '/runs/one', scenario, modes: scenario.modes, environment: here };

function goOn(change: Partial<Environment>, modes = before.scenario.modes): () => void {
  const environment = { ...before.environment, ...change };
  return () => requireSamePlace(before, { ...continuation, modes, environment });
}

describe('a run goes on where it was begun', () => {
  it('on the same machine, whatever its load is and however many KiB this boot keeps', () => {
    const large = { ...before, environment: { ...before.environment, memoryBytes: 16e9 } };
    const environment = { ...large.environment, memoryBytes: 16e9 + 8192, loadAverage: [3, 2, 1] };
    expect(() => requireSamePlace(large, { ...continuation, environment })).not.toThrow();
    expect(goOn({})).not.toThrow();
  });

  it('and not after an update of its kernel, of a tool or of this program, nor on another machine', () => {
    const { kernel, cpu } = before.environment;
    expect(goOn({ kernel: { ...kernel, release: '6.1.1' } })).toThrow('kernel.release: 6.1.0 | 6.1.1');
    expect(goOn({ kernel: { ...kernel, version: '#2' } })).toThrow('kernel.version: #1 | #2');
    expect(goOn({ cpu: { ...cpu, model: 'another' } })).toThrow('cpu.model: (none) | another');
    expect(goOn({ tools: { nft: { path: '/usr/sbin/nft', version: '1.1.3', sha256: null } } })).toThrow(
      'tools.nft.version: (none) | 1.1.3',
    );
    expect(goOn({ harnessVersion: '0.0.1' })).toThrow('harnessVersion: 0.0.0 | 0.0.1');
  });

  it('and not with a setting that moves its numbers; what only says when it is enough is no such', () => {
    const change = (changed: typeof scenario) => () => requireSamePlace(before, { ...continuation, scenario: changed });
    expect(change({ ...scenario, load: { ...scenario.load, rateRps: 77 } })).toThrow(
      'scenario.load.rateRps: 1000 | 77',
    );
    expect(change({ ...scenario, endpointsPerService: 3 })).toThrow('scenario.endpointsPerService: 10 | 3');
    expect(change({ ...scenario, stop: { ...scenario.stop, budgetMs: 1 } })).not.toThrow();
  });

  it('and not where a kube-proxy that stands anew is another one, or set otherwise', () => {
    const node = (change: Partial<StandingNode>) => ({
      ...makeBareNode({ sizeServices: 1, modeId: 'nftables' }, []),
      proxyVersion: 'v1.36.3',
      effectiveConfig: JSON.stringify({
        'kubeproxy.config.k8s.io': { hostnameOverride: 'node-0', minSyncPeriod: '1s' },
      }),
      ...change,
    });
    const stand = (change: Partial<StandingNode>) => () =>
      requireSameNode({ header: before, nodes: [makeSampleNode(), node({})], directory: '/runs/one' }, node(change));
    expect(stand({})).not.toThrow();
    expect(stand({ effectiveConfig: node({}).effectiveConfig?.replace('node-0', 'node-5') ?? null })).not.toThrow();
    expect(stand({ modeId: 'ipvs', proxyVersion: 'v1.2.3' })).not.toThrow();
    expect(stand({ proxyVersion: 'v1.36.4' })).toThrow('node.nftables.proxyVersion: v1.36.3 | v1.36.4');
    expect(stand({ effectiveConfig: node({}).effectiveConfig?.replace('1s', '5s') ?? null })).toThrow('minSyncPeriod');
  });

  it('and not without one of its modes, whose trials its plan counts', () => {
    expect(goOn({}, before.scenario.modes.slice(1))).toThrow('modes: none, nftables | nftables');
  });

  it('says what can be done: a report of what there is, or a new run with the same words', () => {
    expect(goOn({ memoryBytes: 2e9 })).toThrow(
      expect.objectContaining({
        exitCode: 2,
        remedy: expect.stringMatching(/npm run report -- \/runs\/one\n.*npm run bench -- --scenario sample$/),
      }),
    );
  });

  it('does not hold an unknown commit against the run', () => {
    expect(goOn({ harnessCommit: 'abc' })).not.toThrow();
  });
});
