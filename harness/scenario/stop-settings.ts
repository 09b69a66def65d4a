import { z } from 'zod';
import { wholeNumber } from '../model/flag-words.ts';
import { count, durationMs, share, timeUs } from '../model/quantity-words.ts';
import type { Settings } from '../model/setting.ts';

const ROUNDS = { min: 5, max: 30 };
const rounds = count(10_000);
const roundsBetween = z.strictObject({
  min: rounds.default(ROUNDS.min).meta({ description: 'Rounds that are taken in any case.' }),
  max: rounds.default(ROUNDS.max).meta({ description: 'Rounds after which it ends in any case.' }),
});

/** "8", or "5-30". */
function readRounds(word: string): unknown {
  const range = /^([0-9]+)-([0-9]+)$/.exec(word);
  return range === null ? wholeNumber(word) : { min: Number(range[1]), max: Number(range[2]) };
}

/** When it is enough. */
export const STOP_SETTINGS = {
  'stop.rounds': {
    schema: z.union([rounds.transform((both) => ({ min: both, max: both })), roundsBetween], {
      error: 'must be a number of rounds, or a smallest and a largest ({min: 5, max: 30}; after --rounds: 5-30)',
    }),
    fallback: ROUNDS,
    flag: '--rounds <number|min-max>',
    read: readRounds,
    help: 'rounds: every mode and policy once each, in a drawn order; a single number fixes them',
  },
  'stop.budget': {
    schema: durationMs({ atLeast: '10s', atMost: '168h' }),
    fallback: '15m',
    flag: '--budget <time>',
    help: 'time for the whole run, setting up included',
    more: 'the least rounds are taken in any case; a size that does not stand within what is left (a minute at least) ends the run, with the trials that there are',
  },
  'stop.confidence': {
    schema: share({ above: '50%', below: '100%' }),
    fallback: '95%',
    flag: '--confidence <share>',
    help: 'confidence of the intervals',
  },
  'stop.width': {
    schema: timeUs({ above: '0us', atMost: '1s' }),
    fallback: '20us',
    flag: '--width <time>',
    help: "rounds are added until every difference's interval reaches at most this far to each side",
  },
  seed: {
    schema: z
      .int({ error: 'must be a whole number' })
      .min(0, 'must be 0 or more')
      .max(2 ** 32 - 1, 'must be below 2^32'),
    fallback: 1,
    flag: '--seed <number>',
    read: wholeNumber,
    help: 'orders of trials are drawn from it',
  },
} as const satisfies Settings;

/** What is measured beside the client. */
export const MEASURE_SETTINGS = {
  'measure.wire': {
    schema: z.boolean(),
    fallback: true,
    flag: '--no-wire',
    help: 'capture of handshakes on the wire',
  },
  'measure.probes': {
    schema: z.boolean(),
    fallback: true,
    flag: '--no-probes',
    help: 'rule walks, reachability and change latency, once per node and size, outside the trials',
  },
} as const satisfies Settings;

/** The study's own words for "does not matter" (S1, S6) as numbers. */
export const MARGIN_SETTINGS = {
  'margins.rtt': {
    schema: timeUs({ above: '0us', atMost: '10s' }),
    fallback: '50us',
    flag: '--margin-rtt <time>',
    help: 'a difference in time below this does not matter',
  },
  'margins.rttShare': {
    schema: share({ above: '0%', atMost: '1000%' }),
    fallback: '5%',
    flag: '--margin-rtt-share <share>',
    help: 'nor does one below this share of the reference: the larger of the two counts',
  },
  'margins.handshake': {
    schema: timeUs({ above: '0us', atMost: '10s' }),
    fallback: '5us',
    flag: '--margin-handshake <time>',
    help: 'the margin of the handshake on the wire, in place of `rtt`',
  },
  'margins.cpu': {
    schema: share({ above: '0%', atMost: '10000%' }),
    fallback: '5%',
    flag: '--margin-cpu <share>',
    help: 'a difference in CPU below this share of one core does not matter',
  },
} as const satisfies Settings;
