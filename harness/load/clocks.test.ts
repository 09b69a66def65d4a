import { expect, it } from 'vitest';
import { readClocks, waitMs } from './clocks.ts';

it('waits by the monotonic clock whatever the wall clock does meanwhile', () => {
  const now = { monotonicMs: 1000, wallMs: 1_700_000_000_000 };
  const start = { clock: 'monotonic', atMs: 1020 } as const;
  for (const stepMs of [-3_600_000, -60_000, 0, 60_000, 3_600_000])
    expect(waitMs(start, { ...now, wallMs: now.wallMs + stepMs })).toBe(20);
});

it('waits by the wall clock where there is no other in common, and never for what is past', () => {
  const now = { monotonicMs: 5, wallMs: 1000 };
  expect(waitMs({ clock: 'wall', atMs: 1300 }, now)).toBe(300);
  expect(waitMs({ clock: 'wall', atMs: 900 }, now)).toBe(0);
});

it('reads a clock that all processes of this machine share', () => {
  const uptimeMs = Number(process.hrtime.bigint()) / 1e6;
  expect(Math.abs(readClocks().monotonicMs - uptimeMs)).toBeLessThan(1000);
});
