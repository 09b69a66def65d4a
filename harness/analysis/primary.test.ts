import { expect, test } from 'vitest';
import { analyseRun } from './analyse-run.ts';
import { PrimaryDifferences } from './primary.ts';
import { LEGACY, makeSyntheticRun, NFTABLES, NONE } from './testing/synthetic-run.ts';

test('what decides how long a run goes on are the differences that its page shows, to the last digit', () => {
  const run = makeSyntheticRun({
    sizesServices: [1000],
    modes: [LEGACY, NFTABLES, NONE],
    requests: 200,
    rounds: 9,
    isInvalid: ({ index }) => index === 4,
  });
  const primary = new PrimaryDifferences(run.header.scenario, run.header.scenario.modes);
  for (const trial of run.trials) primary.add(trial);
  const page = analyseRun(run).differences;
  const running = primary.estimates().map(({ difference }) => difference);
  expect(running.map(({ quantity, spec, referenceModeId }) => [quantity, spec, referenceModeId])).toEqual([
    ['handshake.p50', 'per-request', NFTABLES.id],
    ['total.p50', 'keepalive-100', NFTABLES.id],
  ]);
  for (const { modeId, referenceModeId, quantity, spec, estimateUs, lowUs, highUs, rounds } of running) {
    const shown = page.find(
      (one) =>
        one.modeId === modeId &&
        one.referenceModeId === referenceModeId &&
        one.quantity === quantity &&
        one.spec === spec,
    );
    expect(shown?.difference).toMatchObject({ value: estimateUs, low: lowUs, high: highUs, rounds });
  }
});
