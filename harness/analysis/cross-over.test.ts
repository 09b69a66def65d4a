import { expect, test } from 'vitest';
import { analyseRun } from './analyse-run.ts';
import { findCrossing } from './cross-over.ts';
import { IPVS, LEGACY, makeSyntheticRun } from './testing/synthetic-run.ts';

const at = (sizeServices: number, excess: number) => ({ sizeServices, excess, standardError: 1, rounds: 5 });

test('between two sizes the crossing lies on the straight line', () => {
  expect(findCrossing([at(1, -50), at(1000, -40), at(5000, 40)])).toEqual({ outcome: 'found', services: 3000 });
});

test('beyond the largest size the crossing is marked as extrapolated', () => {
  const crossing = findCrossing([at(0, -50), at(1000, -40)]);
  expect(crossing.outcome).toBe('extrapolated');
  expect(crossing.services).toBeCloseTo(5000, 6);
});

test('no growth, or too little of it, is no crossing', () => {
  expect(findCrossing([at(0, -50), at(1000, -50)])).toEqual({ outcome: 'not-reached', services: null });
  expect(findCrossing([at(0, -50), at(1000, -49)])).toEqual({ outcome: 'not-reached', services: null });
});

test('a mode that is worse at the smallest size is so from the start', () => {
  expect(findCrossing([at(1, 5), at(1000, 50)])).toEqual({ outcome: 'from-the-start', services: 1 });
});

test('the interval of a known crossing holds it in nearly all of 12 invented runs', { timeout: 60_000 }, () => {
  // 2 ns per Service, the handshake’s margin 5 µs: the crossing is at 2,500 Services, between two sizes.
  let held = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const run = makeSyntheticRun({
      sizesServices: [1, 1000, 5000],
      modes: [LEGACY, IPVS],
      policies: [{ kind: 'per-request' }],
      targets: 1,
      requests: 100,
      rounds: 6,
      seed,
      handshakeUs: (mode, sizeServices) => 20 + (mode === LEGACY ? 0.002 * sizeServices : 0),
    });
    const crossing = analyseRun(run).crossOvers.find(({ quantity }) => quantity === 'handshake.p50');
    expect(crossing).toMatchObject({ worseModeId: LEGACY.id, betterModeId: IPVS.id, outcome: 'found', margin: 5 });
    if ((crossing?.lowServices ?? Infinity) <= 2500 && 2500 <= (crossing?.highServices ?? -Infinity)) held += 1;
  }
  expect(held).toBeGreaterThanOrEqual(10);
});

test('a growth that may be none is not extrapolated', () => {
  const run = makeSyntheticRun({
    sizesServices: [1, 1000],
    modes: [LEGACY, IPVS],
    targets: 1,
    requests: 100,
    rounds: 5,
    handshakeUs: () => 20,
    cores: () => 0.3,
  });
  const { crossOvers } = analyseRun(run);
  expect(crossOvers.length).toBeGreaterThan(3);
  for (const { outcome, services, highServices } of crossOvers)
    expect([outcome, services, highServices]).toEqual(['not-reached', null, null]);
});
