import type { Stranger } from './stranger.ts';

/** Words that mean nothing, and values that cannot be. */
export const USAGE_ROWS: readonly Stranger[] = [
  {
    what: 'asks for no scenario and is told which there are',
    words: ['bench'],
    exitCode: 2,
    says: ['which scenario?', 'smoke'],
  },
  {
    what: 'mistypes a scenario',
    words: ['bench', '--scenario', 'smoek'],
    exitCode: 2,
    says: ['smoek', 'did you mean smoke'],
  },
  {
    what: 'asks for a report of a run that is not there',
    words: ['report', 'no-such-run'],
    exitCode: 2,
    says: ['no-such-run'],
  },
];
