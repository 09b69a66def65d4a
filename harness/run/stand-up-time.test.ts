import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { StandUpTimeError, standUpInTime } from './stand-up-time.ts';

const never = new AbortController().signal;
const forEver = (signal: AbortSignal) => sleep(60_000, undefined, { signal });

it('ends what never stands when its time is up, and says what and how long', async () => {
  const ended = standUpInTime(forEver, { what: '10 Services', timeMs: 30, signal: never });
  await expect(ended).rejects.toBeInstanceOf(StandUpTimeError);
  await expect(ended).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining('10 Services did not stand'),
    remedy: expect.stringContaining('--budget'),
  });
});

it('hands on what stands in time, and never aborts it later', async () => {
  const signal = await standUpInTime(async (one) => one, { what: 'x', timeMs: 20, signal: never });
  await sleep(60);
  expect(signal.aborted).toBe(false);
});

it('hands on an interruption and any other fault as they are', async () => {
  const stopping = new AbortController();
  const ended = standUpInTime(forEver, { what: 'x', timeMs: 5000, signal: stopping.signal });
  stopping.abort(new Error('interrupted'));
  await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
  const fault = new Error('no luck');
  await expect(standUpInTime(() => Promise.reject(fault), { what: 'x', timeMs: 5000, signal: never })).rejects.toBe(
    fault,
  );
});
