import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it, test } from 'vitest';
import { findRoutingProblem, LISTED_MODES, MODE_KINDS, modeOf, modeOfProxyWord } from './table.ts';
import { MODE_WORDS, resolveMode } from './words.ts';

const HARNESS = join(import.meta.dirname, '..');

it.each(MODE_WORDS)('the word %s names a mode that is whole, whose name says it again', (mode) => {
  const { routing } = resolveMode({ mode });
  const { name, proxyWord, oracle, isFloor, requirements, tools } = modeOf({ routing });
  expect(MODE_WORDS).toContain(name);
  expect(modeOf(resolveMode({ mode: name })).name).toBe(name);
  expect(requirements.map(({ id }) => id)).toContain('veth');
  expect(isFloor).toBe(proxyWord === null);
  // What is called by a mode is asked of the kernel by that same program.
  expect([...new Set(requirements.map(({ command }) => command[0]))]).toEqual(expect.arrayContaining([...tools]));
  const programmed = {
    services: 7,
    endpointsPerService: 3,
    extraServices: 0,
    extraEndpoints: 0,
    nodePorts: 0,
    nodeAddresses: 1,
  };
  const nothing = { kernelObjects: { ...NOTHING }, endpointRules: 0 };
  expect(oracle(nothing, programmed).length > 0).toBe(proxyWord !== null);
});

/** Tables that were read, and are empty. */
const NOTHING = {
  natRules: 0,
  filterRules: 0,
  serviceJumps: 0,
  ipvsServices: 0,
  ipvsDestinations: 0,
  ipsetEntries: 0,
  dummyAddresses: 0,
  nftRules: 0,
  nftChains: 0,
  nftMapElements: 0,
};

it('finds the mode behind a word of kube-proxy, and none behind other words', () => {
  expect(['iptables', 'ipvs', 'nftables', 'userspace'].map((word) => modeOfProxyWord(word)?.proxyWord)).toEqual([
    'iptables',
    'ipvs',
    'nftables',
    'userspace',
  ]);
  expect(['none', 'as-found', 'ipvs-lc', ''].map(modeOfProxyWord)).toEqual([null, null, null, null]);
});

it.each([
  [{ kind: 'iptables', backend: 'nft' }, null],
  [{ kind: 'as-found', name: 'cilium' }, null],
  [{ kind: 'ipvs' }, 'ipvs has no scheduler'],
  [{ kind: 'ipvs', scheduler: 'magic' }, 'ipvs: scheduler "magic" is none of rr, '],
  [{ kind: 'none', backend: 'nft' }, 'none has no option backend'],
  [{ kind: 'ebpf' }, '"ebpf" is no kind of routing'],
])('a routing out of a file, %j: %j', (routing, problem) => {
  if (problem === null) expect(findRoutingProblem(routing)).toBeNull();
  else expect(findRoutingProblem(routing)).toContain(problem);
});

it('lists every kind that has words', () => {
  const kinds = new Set(LISTED_MODES.map(({ routing }) => routing.kind));
  expect([...kinds]).toEqual(Object.keys(MODE_KINDS).filter((kind) => kind !== 'as-found'));
});

/** Every way to ask which kind a mode is of. */
const ASKS_KIND = /routing\??\.kind\b|\{\s*kind\s*\}:\s*Routing|switch\s*\(\s*(?:\w+\.)*routing\b/;

test('nobody outside of mode/ and studies/ asks which kind a mode is: what differs between modes is a field of theirs', () => {
  const files = readdirSync(HARNESS, { recursive: true, encoding: 'utf8' }).filter(
    (path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path) && !/^(mode|studies)\//.test(path),
  );
  const asking = files.filter((path) => ASKS_KIND.test(readFileSync(join(HARNESS, path), 'utf8')));
  expect(asking.map((path) => relative(HARNESS, join(HARNESS, path)))).toEqual([]);
});
