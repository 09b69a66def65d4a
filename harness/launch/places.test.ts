import { expect, test } from 'vitest';
import { TESTBEDS } from '../model/scenario.ts';
import { neededPrerequisites, PREREQUISITES } from '../supply/packages/prerequisites.ts';
import type { Place } from './place.ts';
import { PLACES } from './places.ts';

const IPVS = [{ id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null }];
const toolsOf = ({ needs }: Place) => neededPrerequisites({ needs, modes: IPVS, wire: true }).map(({ tool }) => tool);

test('every word for a testbed is a place, under its own name', () => {
  expect(Object.values(PLACES).map(({ name }) => name)).toEqual(Object.keys(PLACES));
  expect(['auto', ...Object.keys(PLACES)].sort()).toEqual([...TESTBEDS].sort());
});

test('clusters need nothing of this machine, a guest QEMU beside the tools of the laboratory', () => {
  expect([PLACES.kind, PLACES.cluster].flatMap(toolsOf)).toEqual([]);
  expect(toolsOf(PLACES.vm)).toEqual(expect.arrayContaining([...toolsOf(PLACES.netns), 'depmod', 'python3']));
  expect(toolsOf(PLACES.netns)).toEqual(expect.arrayContaining(['nginx', 'ipvsadm', 'tcpdump', 'ping']));
  expect(toolsOf(PLACES.netns)).not.toContain('depmod');
});

test('every tool of the table is needed by some place', () => {
  const needs = new Set(Object.values(PLACES).flatMap((place) => place.needs));
  expect(PREREQUISITES.filter(({ neededFor }) => !needs.has(neededFor))).toEqual([]);
});
