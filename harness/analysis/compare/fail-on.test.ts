import { expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import { parseFailOn } from './fail-on.ts';

const time = (metric: string, statistic: string) => ({ kind: 'time', metric, statistic });

test.each([
  ['rtt.p50>10%', time('total', 'p50'), { kind: 'ratio', ratio: 0.1 }],
  ['rtt>10%', time('total', 'p50'), { kind: 'ratio', ratio: 0.1 }],
  ['handshake.p99.9 > 20us', time('handshake', 'p99.9'), { kind: 'absolute', value: 20, unit: 'us' }],
  ['connect.mean>0.5ms', time('connect', 'mean'), { kind: 'absolute', value: 500, unit: 'us' }],
  ['cpu>0.1cores', { kind: 'cpu' }, { kind: 'absolute', value: 0.1, unit: 'cores' }],
  ['programming>2s', { kind: 'programming' }, { kind: 'absolute', value: 2000, unit: 'ms' }],
] as const)('%s is understood', (text, quantity, threshold) => {
  expect(parseFailOn([text])).toEqual([{ text, quantity, threshold }]);
});

test('several rules are written with commas or one after the other', () => {
  expect(parseFailOn(['rtt.p50>10%, cpu>5%', 'programming>25%']).map(({ text }) => text)).toEqual([
    'rtt.p50>10%',
    'cpu>5%',
    'programming>25%',
  ]);
});

test.each([
  ['rtt.p50', 'not understood'],
  ['rtt.p50<10%', 'not understood'],
  ['rtt.p51>10%', 'no statistic "p51"'],
  ['latency>10%', 'no metric "latency"'],
  ['constructor>10%', 'no metric "constructor"'],
  ['rtt.p50>10cores', 'no unit "cores"'],
  ['cpu.p50>10%', 'cpu has no statistic'],
  ['cpu>10us', 'cpu is measured in cores or %'],
  ['rtt.p50>-1%', 'not understood'],
  ['rtt.p50>10%,', 'an expression is empty'],
])('%s is refused with what is wrong', (text, problem) => {
  expect(() => parseFailOn([text])).toThrow(UsageError);
  expect(() => parseFailOn([text])).toThrow(problem);
});
