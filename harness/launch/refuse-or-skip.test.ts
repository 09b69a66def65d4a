import { expect, test } from 'vitest';
import { EnvironmentError } from '../errors.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import { refuseOrSkip } from './refuse-or-skip.ts';

const FLOOR: Mode = { id: 'none', routing: { kind: 'none' }, proxyVersion: null };
const NFTABLES: Mode = { id: 'nftables', routing: { kind: 'nftables' }, proxyVersion: null };
const IPVS: Mode = { id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null };

const runs = (mode: Mode): ModeSupport => ({ mode, supported: true });
const cannot = (mode: Mode): ModeSupport => ({
  mode,
  supported: false,
  reason: { code: 'no', message: 'no module', remedy: 'modprobe' },
});

function sort(support: readonly ModeSupport[], unsupported: 'refuse' | 'skip') {
  const scenario = { modes: support.map(({ mode }) => mode), unsupported };
  return refuseOrSkip(
    support,
    scenario,
    (refused, lines, isSkippable) => new EnvironmentError(lines, `${refused.length} ${isSkippable}`),
  );
}

test('a mode that cannot run is left out where the scenario says so', () => {
  const { modes, refused } = sort([runs(FLOOR), runs(NFTABLES), cannot(IPVS)], 'skip');
  expect([modes, refused.map(({ mode }) => mode)]).toEqual([[FLOOR, NFTABLES], [IPVS]]);
});

test('it is refused otherwise, with what each one lacks', () => {
  const all = [runs(NFTABLES), cannot(IPVS)];
  expect(() => sort(all, 'refuse')).toThrow('  ipvs: no module\n    modprobe');
});

test('plain routes alone are not what was asked for: then to leave out leaves nothing', () => {
  const end = () => sort([runs(FLOOR), cannot(IPVS)], 'skip');
  expect(end).toThrow(expect.objectContaining({ remedy: '1 false' }));
  expect(sort([runs(FLOOR), cannot({ ...FLOOR, id: 'other' })], 'skip').modes).toEqual([FLOOR]);
});
