/**
 * The folders of harness/ by floor, from the ground up. A folder may import itself and the folders on lower floors, and nothing else. docs/architecture.md says what each folder is for.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts'],
  ['model'],
  ['system', 'mode', 'kubernetes', 'progress'],
  ['experiment', 'load', 'measure', 'dataplane', 'supply'],
  ['scenario', 'plan', 'analysis', 'store', 'report', 'testbed'],
  ['studies', 'run'],
  ['launch'],
  ['prepare'],
  ['commands', 'perf'],
  ['cli.ts', 'bootstrap.mjs', 'vitest.config.ts'],
];
