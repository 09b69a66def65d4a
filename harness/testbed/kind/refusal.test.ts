import { describe, expect, it } from 'vitest';
import type { Mode, Routing } from '../../model/mode.ts';
import { imageVersion, refusalOnKind } from './refusal.ts';

const mode = (routing: Routing): Mode => ({ id: routing.kind, routing, proxyVersion: null });
const PLACE = { flavour: 'nft', version: '1.36.3' } as const;

describe('a mode that the kernel runs and kind does not', () => {
  it('is one of the other flavour of iptables than the engine uses', () => {
    const legacy = mode({ kind: 'iptables', backend: 'legacy' });
    expect(refusalOnKind(legacy, PLACE)?.message).toMatch(/and here that is nft$/);
    expect(refusalOnKind(mode({ kind: 'iptables', backend: 'nft' }), PLACE)).toBeNull();
    expect(refusalOnKind(legacy, { ...PLACE, flavour: null })).toBeNull();
  });

  it("is one that the node image's Kubernetes does not have yet, or no more", () => {
    const nftables = mode({ kind: 'nftables' });
    expect(refusalOnKind(nftables, { ...PLACE, version: '1.20.2' })?.message).toMatch(/1\.20\.2 has no mode nftables/);
    expect(refusalOnKind(nftables, PLACE)).toBeNull();
    expect(refusalOnKind(nftables, { ...PLACE, version: '' })).toBeNull();
  });

  it('is userspace, which kind never makes', () => {
    expect(refusalOnKind(mode({ kind: 'userspace' }), { ...PLACE, version: '1.20.2' })?.code).toBe('mode-not-in-kind');
  });
});

it.each([
  ['kindest/node:v1.36.3@sha256:0123', '1.36.3'],
  ['registry.example:5000/kind-node:v1.20.2', '1.20.2'],
  ['kind-node:latest', ''],
  [null, ''],
])('the image %s has Kubernetes "%s"', (image, version) => {
  expect(imageVersion(image)).toBe(version);
});
