import { expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import type { Scenario } from '../../model/scenario.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { expectedConntrackEntries, requireCapacity, requireConntrack } from './capacity.ts';

function scenario(text: string): Scenario {
  return parseScenario({ name: 'x', file: 'x.yaml', text }, []);
}

const ONE_MODE =
  'services: [1]\nmodes: [nftables]\nload: {rate: 1000/s, keepalive: [none], warmUp: 500ms, idle: 1s, duration: 6s}';

test('one mode back to back opens connections for 6.5 s of every 7.5 s, held for 120 s', () => {
  expect(expectedConntrackEntries(scenario(ONE_MODE))).toBe(16 * 6500);
});

test('with four modes and two policies a node has its turn once in eight trials', () => {
  const text = ONE_MODE.replace('[nftables]', '[none, iptables-legacy, iptables-nft, nftables]').replace(
    '[none], warmUp',
    '[none, 100], warmUp',
  );
  expect(expectedConntrackEntries(scenario(text))).toBe(2 * 6500);
});

test('kept connections need next to no entries', () => {
  expect(expectedConntrackEntries(scenario(ONE_MODE.replace('keepalive: [none]', 'keepalive: [100]')))).toBe(0);
});

test('a table that is too small is said before, with numbers and the command', () => {
  expect(() => requireConntrack(scenario(ONE_MODE), 65_536)).toThrow(
    /holds 65536 entries and this load needs about 104000/,
  );
  expect(() => requireConntrack(scenario(ONE_MODE), 65_536)).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining('nf_conntrack_max=262144') }),
  );
  expect(() => requireConntrack(scenario(ONE_MODE), 262_144)).not.toThrow();
  expect(() => requireConntrack(scenario(ONE_MODE), null)).not.toThrow();
});

test('a rate above half of the capacity is refused with the number, one below is not', () => {
  const capacity = { policyId: 'per-request', requestsPerSecond: 1900, clientFloorUs: 70 };
  expect(() => requireCapacity(scenario(ONE_MODE), capacity)).toThrow(UsageError);
  expect(() => requireCapacity(scenario(ONE_MODE), capacity)).toThrow(/about 1900\/s/);
  expect(() => requireCapacity(scenario(ONE_MODE), { ...capacity, requestsPerSecond: 2100 })).not.toThrow();
  expect(() => requireCapacity(scenario(ONE_MODE), capacity, 'quota')).not.toThrow();
  expect(() => requireCapacity(scenario(ONE_MODE), { ...capacity, requestsPerSecond: 900 }, 'quota')).toThrow(
    /this CPU quota pays for/,
  );
});
