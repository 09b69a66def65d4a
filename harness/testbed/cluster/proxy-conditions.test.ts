import { expect, it } from 'vitest';
import { describeProxy, type KnownOfProxy } from './proxy-conditions.ts';
import { formatAsConfigz } from './proxy-settings.ts';

const SEEN: KnownOfProxy = {
  hasPages: true,
  tried: ['127.0.0.1:10249'],
  hasProcess: true,
  hasLog: true,
  routers: ['kube-proxy'],
};

function describeWith(known: Partial<KnownOfProxy>, settings: object | null, proxyMode: string | null = null) {
  const effectiveConfig = settings === null ? null : formatAsConfigz({ ...settings });
  return describeProxy({ where: 'context blue', known: { ...SEEN, ...known }, facts: { effectiveConfig, proxyMode } });
}

it('a kube-proxy that is seen and set as it comes is no condition', () => {
  const settings = {
    mode: 'iptables',
    iptables: { masqueradeAll: false, minSyncPeriod: '1s', syncPeriod: '30s' },
    ipvs: { minSyncPeriod: '5s', scheduler: 'lc' },
  };
  expect(describeWith({}, settings)).toEqual([]);
  expect(describeWith({}, { mode: '' })).toEqual([]);
  expect(describeWith({}, { ipvs: { scheduler: 'rr' } }, 'ipvs')).toEqual([]);
});

it.each<[string | null, object, readonly string[]]>([
  ['iptables', { iptables: { minSyncPeriod: '10s' } }, ['iptables.minSyncPeriod is 10s']],
  [
    null,
    { mode: '', iptables: { minSyncPeriod: '1m0s', masqueradeAll: true } },
    ['minSyncPeriod is 1m0s', 'masqueradeAll'],
  ],
  [
    'ipvs',
    { ipvs: { minSyncPeriod: '5s', scheduler: 'lc' }, iptables: { masqueradeAll: true } },
    ['ipvs.minSyncPeriod is 5s', 'masqueradeAll', 'scheduler is lc'],
  ],
  ['nftables', { nftables: { minSyncPeriod: '1500ms' } }, ['nftables.minSyncPeriod is 1500ms']],
])('what moves the numbers in mode %j is named: %j', (mode, settings, words) => {
  const [condition, ...others] = describeWith({}, settings, mode);
  expect(others).toEqual([]);
  expect(condition?.code).toBe('proxy-settings');
  for (const word of words) expect(condition?.message).toContain(word);
});

it('the settings of a mode that does not run are nothing', () => {
  const settings = { iptables: { minSyncPeriod: '10s', masqueradeAll: true }, ipvs: { scheduler: 'lc' } };
  expect(describeWith({}, settings, 'nftables')).toEqual([]);
});

it('k3s has kube-proxy inside itself: what is unknown of it is said, with the process that may be it', () => {
  const known = {
    hasPages: false,
    hasProcess: false,
    routers: ['k3s-server'],
    tried: ['127.0.0.1:10249', '10.0.0.5:10249'],
  };
  const conditions = describeWith(known, null);
  expect(conditions.map(({ code }) => code)).toEqual([
    'no-kube-proxy-metrics',
    'no-kube-proxy-process',
    'proxy-settings-unknown',
  ]);
  const [pages, cpu] = conditions.map(({ message }) => message);
  expect(pages).toContain('not at 127.0.0.1:10249 or 10.0.0.5:10249');
  expect(cpu).toContain('k3s-server runs there');
});

it('says once where its complaints are not known: not beside a kube-proxy that is no process of its own', () => {
  const codes = (known: Partial<KnownOfProxy>) => describeWith({ hasLog: false, ...known }, {}).map(({ code }) => code);
  expect(codes({})).toEqual(['no-kube-proxy-log']);
  expect(codes({ hasProcess: false })).toEqual(['no-kube-proxy-process']);
});
