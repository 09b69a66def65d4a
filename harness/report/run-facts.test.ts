import { expect, it } from 'vitest';
import type { RunHeader } from '../model/run.ts';
import { formatProxyVersions, formatRate } from './run-facts.ts';

const header = (tools: Readonly<Record<string, string | null>>) =>
  ({
    environment: {
      tools: Object.fromEntries(
        Object.entries(tools).map(([name, version]) => [name, { path: null, version, sha256: null }]),
      ),
    },
    scenario: { proxy: { version: '1.36.3' } },
  }) as unknown as RunHeader;

it.each([
  [undefined, '1,000 requests/s'],
  [1000, '1,000 requests/s'],
  [40, '40 requests/s (asked for: 1,000)'],
])('a load of 1,000/s that ran at %s is %s', (usedRateRps, words) => {
  const scenario = { load: { rateRps: 1000 } } as RunHeader['scenario'];
  expect(formatRate({ scenario, ...(usedRateRps === undefined ? {} : { usedRateRps }) })).toBe(words);
});

it.each([
  ['the one of the laboratory', { nft: '1.0.6', 'kube-proxy 1.36.3': '1.36.3' }, '1.36.3'],
  ['what a cluster brought, not what the scenario would have taken', { 'kube-proxy 1.20.2': '1.20.2' }, '1.20.2'],
  [
    'each once',
    { 'kube-proxy (a)': '1.34.1', 'kube-proxy (b)': '1.35.0', 'kube-proxy (c)': '1.34.1' },
    '1.34.1, 1.35.0',
  ],
  ['the one that was asked for where none told', { 'kube-proxy (a)': null }, '1.36.3'],
])('a report names %s', (_, tools, words) => {
  expect(formatProxyVersions(header(tools))).toBe(words);
});
