import { describe, expect, it } from 'vitest';
import { blockDeadlineMs, expectRounds, expectTimeLeftMs, fitsAnotherRound, standUpTimeMs } from './budget.ts';

describe('the time budget', () => {
  it('is shared in equal parts by the sizes that are left', () => {
    expect(blockDeadlineMs({ elapsedMs: 0, budgetMs: 600, sizesLeft: 3 })).toBe(200);
    expect(blockDeadlineMs({ elapsedMs: 100, budgetMs: 600, sizesLeft: 2 })).toBe(350);
    expect(blockDeadlineMs({ elapsedMs: 350, budgetMs: 600, sizesLeft: 1 })).toBe(600);
    expect(blockDeadlineMs({ elapsedMs: 700, budgetMs: 600, sizesLeft: 1 })).toBe(700);
  });

  it('ends a stand-up with the budget, but leaves a size whose turn comes late a minute', () => {
    expect(standUpTimeMs({ elapsedMs: 20_000, budgetMs: 180_000 })).toBe(160_000);
    expect(standUpTimeMs({ elapsedMs: 200_000, budgetMs: 180_000 })).toBe(60_000);
    expect(standUpTimeMs({ elapsedMs: 0, budgetMs: 30_000 })).toBe(60_000);
  });

  it('takes one more round only when it ends in time, but the least number in any case', () => {
    const state = { elapsedMs: 100, deadlineMs: 150, rounds: 5, minRounds: 5, roundMs: 50 };
    expect(fitsAnotherRound(state)).toBe(true);
    expect(fitsAnotherRound({ ...state, roundMs: 51 })).toBe(false);
    expect(fitsAnotherRound({ ...state, roundMs: 51, rounds: 4 })).toBe(true);
  });

  it('expects four times the rounds for half the width, within the bounds', () => {
    const state = { rounds: 5, minRounds: 5, maxRounds: 30, widestUs: 20, halfWidthUs: 10 };
    expect(expectRounds(state)).toBe(20);
    expect(expectRounds({ ...state, widestUs: 100 })).toBe(30);
    expect(expectRounds({ ...state, widestUs: 5 })).toBe(5);
    expect(expectRounds({ ...state, rounds: 2, widestUs: null })).toBe(5);
  });

  it('tells how long it goes on: the present size, then those to come, and never beyond the budget', () => {
    const state = {
      elapsedMs: 100,
      budgetMs: 10_000,
      sizesLeft: 2,
      rounds: 2,
      expectedRounds: 5,
      roundMs: 60,
      setUpMs: 40,
    };
    expect(expectTimeLeftMs(state)).toBe(3 * 60 + 40 + 5 * 60);
    expect(expectTimeLeftMs({ ...state, budgetMs: 300 })).toBe(200);
    expect(expectTimeLeftMs({ ...state, sizesLeft: 1, rounds: 5 })).toBe(0);
  });
});
