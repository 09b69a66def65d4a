import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Routing } from '../../model/mode.ts';
import { makeClusterConfig } from './cluster-config.ts';

const TEMPLATE = readFileSync(join(import.meta.dirname, '../../../infra/kind/cluster.yaml'), 'utf8');
const configOf = (routing: Routing) => parse(makeClusterConfig(TEMPLATE, routing));

describe("a mode's cluster", () => {
  it('has a control plane, a node for the client and one for the servers', () => {
    const { nodes } = configOf({ kind: 'nftables' });
    expect(nodes.map((node: { role: string }) => node.role)).toEqual(['control-plane', 'worker', 'worker']);
    expect(nodes.slice(1).map((node: { labels: object }) => Object.values(node.labels)[0])).toEqual([
      'client',
      'server',
    ]);
  });

  it.each([
    [{ kind: 'iptables', backend: 'nft' }, 'iptables'],
    [{ kind: 'nftables' }, 'nftables'],
    [{ kind: 'ipvs', scheduler: 'rr' }, 'ipvs'],
    [{ kind: 'none' }, 'none'],
  ] as const)('of %o asks kind for %s', (routing, mode) => {
    expect(configOf(routing).networking.kubeProxyMode).toBe(mode);
  });

  it('differs from the others in the mode alone, and for ipvs in its scheduler', () => {
    const { networking: one, ...iptables } = configOf({ kind: 'iptables', backend: 'nft' });
    const { networking: two, ...nftables } = configOf({ kind: 'nftables' });
    expect(iptables).toEqual(nftables);
    expect({ ...one, kubeProxyMode: '' }).toEqual({ ...two, kubeProxyMode: '' });
    const [patch] = configOf({ kind: 'ipvs', scheduler: 'lc' }).kubeadmConfigPatches;
    expect(parse(patch)).toMatchObject({ kind: 'KubeProxyConfiguration', ipvs: { scheduler: 'lc' } });
  });
});
