import { z } from 'zod';
import { listOf, wholeNumber } from '../../model/flag-words.ts';
import { count, durationMs, ratePerSecond } from '../../model/quantity-words.ts';
import type { Settings } from '../../model/setting.ts';

const keepalive = z
  .union([
    z.int().min(1, 'must be at least 1 request per connection').max(9_999_999),
    z.enum(['none', 'unlimited', 'per-request']),
  ])
  .meta({ description: 'Requests per connection; none (or per-request, or 1): a new connection for every request.' });

function rate(word: string): unknown {
  return /^[0-9]+(\.[0-9]+)?$/.test(word) ? `${word}/s` : word;
}

/** What the client does. */
export const LOAD_SETTINGS = {
  targets: {
    schema: count(1000),
    fallback: 10,
    flag: '--targets <number>',
    read: wholeNumber,
    help: 'Services that the load goes to, spread over the table',
  },
  'load.engine': {
    schema: z.enum(['open-loop', 'autocannon']),
    fallback: 'open-loop',
    flag: '--engine <name>',
    help: '`open-loop`: a constant rate, whatever the answers do; `autocannon`: as fast as it goes, connections kept open',
  },
  'load.rate': {
    schema: ratePerSecond({ above: '0/s', atMost: '1000000/s' }),
    fallback: '1000/s',
    flag: '--rate <rate>',
    read: rate,
    help: 'requests per second over all targets together',
    more: 'with `load.duration` at least 20 requests in a trial',
  },
  'load.arrivals': {
    schema: z.enum(['uniform', 'poisson']),
    fallback: 'uniform',
    flag: '--arrivals <kind>',
    help: 'how requests are spaced: `uniform` or `poisson`',
  },
  'load.keepalive': {
    schema: z.array(keepalive).min(1, 'needs at least one policy'),
    fallback: ['none', 100],
    flag: '--keepalive <policies>',
    read: listOf(wholeNumber),
    help: 'requests per connection, each measured; `none`: a new connection for each; `unlimited`',
  },
  'load.warmUp': {
    schema: durationMs({ atMost: '10m' }),
    fallback: '500ms',
    flag: '--warm-up <time>',
    help: 'load before each trial that is not counted',
  },
  'load.idle': {
    schema: durationMs({ atLeast: '200ms', atMost: '10m' }),
    fallback: '1s',
    flag: '--idle <time>',
    help: "silence before each trial's load, the baseline of CPU",
  },
  'load.duration': {
    schema: durationMs({ atLeast: '500ms', atMost: '24h' }),
    // Many short trials rather than few long ones: what an interval needs is rounds, and 6,000 requests settle a median.
    fallback: '6s',
    flag: '--duration <time>',
    help: 'load of one trial',
  },
  'load.requestTimeout': {
    schema: durationMs({ atLeast: '10ms', atMost: '2m' }),
    fallback: '5s',
    flag: '--request-timeout <time>',
    help: 'a request that takes longer has failed',
  },
  'load.clients': {
    schema: count(1000),
    fallback: 1,
    flag: '--clients <number>',
    read: wholeNumber,
    help: 'client processes, in a cluster pods, that share the rate',
  },
} as const satisfies Settings;
