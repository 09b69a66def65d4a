import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { acquireMachineLock } from './machine-lock.ts';

const ownAddress = () => `\0service-routing-bench-test-${randomUUID()}`;

describe('the lock on the machine', () => {
  it('lets one run in, and tells the second which it is', async () => {
    const address = ownAddress();
    await using _first = await acquireMachineLock({ pid: 4711, run: '2026-01-02T03-04-05Z-10k' }, address);
    await expect(acquireMachineLock({ pid: 2, run: 'other' }, address)).rejects.toMatchObject({
      exitCode: 3,
      message: 'another measurement is running on this machine: 2026-01-02T03-04-05Z-10k (process 4711)',
      remedy: expect.stringContaining('kill -INT 4711'),
    });
  });

  it('is free again when it was let go', async () => {
    const address = ownAddress();
    await (await acquireMachineLock({ pid: 1, run: 'a' }, address))[Symbol.asyncDispose]();
    await using lock = await acquireMachineLock({ pid: 2, run: 'b' }, address);
    expect(lock).toBeDefined();
  });

  it('is refused also when its holder does not answer', async () => {
    const address = ownAddress();
    const silent = createServer(() => undefined).listen({ path: address });
    await expect(acquireMachineLock({ pid: 2, run: 'b' }, address)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('does not say which'),
    });
    silent.close();
  });
});
