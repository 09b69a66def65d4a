import { describe, expect, test } from 'vitest';
import { analyseRun } from '../analysis/analyse-run.ts';
import {
  IPVS,
  LEGACY,
  makeSyntheticRun,
  NFT,
  NFTABLES,
  NONE,
  type SyntheticOptions,
} from '../analysis/testing/synthetic-run.ts';
import { renderTerminal } from './terminal.ts';

const SMALL: Partial<SyntheticOptions> = { sizesServices: [1, 100], requests: 300, targets: 2 };
const findingsOf = (options: Partial<SyntheticOptions>) => analyseRun(makeSyntheticRun({ ...SMALL, ...options }));
const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ');

describe('what ends a run in the terminal fits it', () => {
  const wordy = { ...NFTABLES, id: 'nftables-with-a-long-name-of-its-own@1.36.3' };
  const runs = [
    findingsOf({ modes: [NONE, LEGACY, NFT, NFTABLES], rounds: 5 }),
    findingsOf({ modes: [LEGACY, wordy], rounds: 5 }),
    findingsOf({ modes: [LEGACY, NFT], rounds: 1, isInvalid: ({ modeId }) => modeId === NFT.id }),
  ];

  test.each([40, 60, 80, 100, 125])('of %i columns', (columns) => {
    for (const findings of runs) {
      const tooWide = renderTerminal(findings, columns)
        .split('\n')
        .filter((line) => line.length > columns && line.includes(' '));
      expect(tooWide).toEqual([]);
    }
  });

  test('and says the same in every width', () => {
    const numbers = (text: string) => text.match(/[\d.]+ (µs|ms)/gu)?.toSorted();
    const [findings] = runs;
    if (findings === undefined) throw new Error('no run');
    const wide = renderTerminal(findings);
    expect(wide.split('\n').some((line) => line.length > 100)).toBe(true);
    for (const columns of [60, 80, 100]) expect(numbers(renderTerminal(findings, columns))).toEqual(numbers(wide));
  });
});

describe('a run that cannot answer says why', () => {
  test('one round of two modes: both stand in one sentence, and none is told to be alone', () => {
    const text = oneLine(renderTerminal(findingsOf({ modes: [NFT, NFTABLES], rounds: 1 })));
    expect(text).toMatch(
      /the median total is .* in iptables-nft and .* in nftables; with 1 round in common this run cannot say/,
    );
    expect(text).toContain('Run with --rounds 4 or more');
    expect(text).not.toMatch(/no other mode|nothing to compare/);
  });

  test('a mode beside the floor: what its rules cost, with an interval', () => {
    const text = oneLine(renderTerminal(findingsOf({ modes: [NONE, LEGACY], rounds: 6 })));
    expect(text).toMatch(/in iptables-legacy and .* without rules \(none\), a difference of .*\[.*\]/);
    expect(text).not.toMatch(/nothing to compare|--rounds/);
  });

  test('invalid trials: the table says so beside its dashes, and more rounds are not advised where enough were taken', () => {
    const options = {
      modes: [LEGACY, NFTABLES],
      rounds: 6,
      isInvalid: ({ modeId }: { modeId: string }) => modeId === LEGACY.id,
    };
    const text = oneLine(renderTerminal(findingsOf(options)));
    expect(text).toMatch(/– iptables-legacy: none of its 6 trials is valid: /);
    expect(text).not.toMatch(/--rounds|--budget/);
    expect(text).toContain('See why trials are invalid');
  });

  test('a mode that was left out has no row of dashes, and is told once', () => {
    const run = makeSyntheticRun({ ...SMALL, modes: [LEGACY, NFTABLES], rounds: 5 });
    const reason = { code: 'kernel-lacks-module', message: 'the kernel has no ip_vs', remedy: 'take another kernel' };
    const scenario = { ...run.header.scenario, modes: [LEGACY, IPVS, NFTABLES] };
    const header = { ...run.header, scenario, refusedModes: [{ mode: IPVS, reason }] };
    const text = renderTerminal(analyseRun({ ...run, header }));
    expect(text.match(/ipvs/g)).toHaveLength(1);
    expect(text).toContain('Mode ipvs was asked for and not measured: the kernel has no ip_vs.');
    expect(text).not.toContain('complete round,');
  });
});
