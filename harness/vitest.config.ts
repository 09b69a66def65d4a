import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // No test is a race: the machine may be busy with something else.
          testTimeout: 60_000,
          include: ['harness/**/*.test.ts'],
          exclude: [
            'harness/**/*.integration.test.ts',
            'harness/**/*.e2e.test.ts',
            'harness/**/*.page.test.ts',
            'harness/**/*.guest.test.ts',
          ],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['harness/**/*.integration.test.ts', 'harness/**/*.page.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        // Whole runs on a container engine (npm run test:kind); files and tests share it, so they go one after the other.
        test: {
          name: 'e2e',
          include: ['harness/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Guests under other kernels: emulated they take many minutes, so they are a command of their own (npm run test:guest).
        test: {
          name: 'guest',
          include: ['harness/**/*.guest.test.ts'],
          testTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
