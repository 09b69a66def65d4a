import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Routing } from '../../model/mode.ts';
import { kubeProxyConfig, minorVersion } from './config.ts';

const SETTINGS = { nodeName: 'node-0', kubeconfigPath: '/k', podRange: '10.244.0.0/16', slowness: 1 };
const config = (routing: Routing, version = '1.36.3') => parse(kubeProxyConfig({ ...SETTINGS, routing, version }));

describe("kube-proxy's configuration", () => {
  test('leaves all that shapes rules or their timing at the defaults, and keeps off host-wide conntrack settings', () => {
    const { iptables, nftables, ipvs, conntrack } = config({ kind: 'iptables', backend: 'legacy' });
    expect([iptables, nftables, ipvs]).toEqual([undefined, undefined, undefined]);
    expect(conntrack).toEqual({ maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' });
  });

  test('names the scheduler in ipvs mode, and from 1.37 on the gate that it stands behind', () => {
    expect(config({ kind: 'ipvs', scheduler: 'lc' })).toMatchObject({ mode: 'ipvs', ipvs: { scheduler: 'lc' } });
    expect(config({ kind: 'ipvs', scheduler: 'rr' }).featureGates).toBeUndefined();
    expect(config({ kind: 'ipvs', scheduler: 'rr' }, '1.37.0').featureGates).toEqual({ KubeProxyIPVS: true });
  });

  test('stretches the period of ipvs where everything takes longer, and of no other mode', () => {
    const settings = {
      version: '1.36.3',
      nodeName: 'node-0',
      kubeconfigPath: '/k',
      podRange: '10.244.0.0/16',
      slowness: 10,
    };
    expect(parse(kubeProxyConfig({ ...settings, routing: { kind: 'ipvs', scheduler: 'rr' } })).ipvs).toEqual({
      scheduler: 'rr',
      syncPeriod: '300s',
    });
    expect(parse(kubeProxyConfig({ ...settings, routing: { kind: 'nftables' } })).nftables).toBeUndefined();
  });

  test('opens the alpha gate of nftables for 1.29 and 1.30 alone', () => {
    const gates = ['1.29.6', '1.30.14', '1.31.0'].map((version) => config({ kind: 'nftables' }, version).featureGates);
    expect(gates).toEqual([{ NFTablesProxyMode: true }, { NFTablesProxyMode: true }, undefined]);
  });

  test('shuts the gate of EndpointSlices for userspace mode in the versions that have it and do not see to it themselves', () => {
    const gates = ['1.18.20', '1.20.2', '1.22.17'].map(
      (version) => config({ kind: 'userspace' }, version).featureGates,
    );
    expect(gates).toEqual([undefined, { EndpointSliceProxying: false }, undefined]);
  });

  test('there is none for a mode that no kube-proxy makes', () => {
    expect(() => config({ kind: 'none' })).toThrow();
  });
});

test('versions have a minor number, with or without the v', () => {
  expect([minorVersion('v1.20.2'), minorVersion('1.36.3')]).toEqual([20, 36]);
  expect(() => minorVersion('latest')).toThrow();
});
