import { expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import { listQuantities } from '../../experiment/quantities.ts';
import { parseFailOn } from './fail-on.ts';

const QUANTITIES = listQuantities({ margins: { rttUs: 50, rttRatio: 0.05, handshakeUs: 5, cpuCores: 0.05 } });

test.each([
  ['rtt.p50>10%', 'total.p50', { kind: 'ratio', ratio: 0.1 }],
  ['rtt>10%', 'total.p50', { kind: 'ratio', ratio: 0.1 }],
  ['total.p50>10%', 'total.p50', { kind: 'ratio', ratio: 0.1 }],
  ['handshake>10%', 'handshake.p50', { kind: 'ratio', ratio: 0.1 }],
  ['handshake.p99.9 > 20us', 'handshake.p99.9', { kind: 'absolute', value: 20 }],
  ['connect.mean>0.5ms', 'connect.mean', { kind: 'absolute', value: 500 }],
  ['cpu>0.1cores', 'cpu', { kind: 'absolute', value: 0.1 }],
  ['programming>2s', 'programming.settled', { kind: 'absolute', value: 2000 }],
  ['programming.sync>2s', 'programming.sync', { kind: 'absolute', value: 2000 }],
] as const)('%s is understood', (text, id, threshold) => {
  const [rule] = parseFailOn([text], QUANTITIES);
  expect({ ...rule, quantity: rule?.quantity.id }).toEqual({ text, quantity: id, threshold });
});

test('several rules are written with commas or one after the other', () => {
  expect(parseFailOn(['rtt.p50>10%, cpu>5%', 'programming>25%'], QUANTITIES).map(({ text }) => text)).toEqual([
    'rtt.p50>10%',
    'cpu>5%',
    'programming>25%',
  ]);
});

test.each([
  ['rtt.p50', 'not understood'],
  ['rtt.p50<10%', 'not understood'],
  ['rtt.p51>10%', 'nothing is called "rtt.p51"; there are rtt.p50, rtt.mean'],
  ['latency>10%', 'nothing is called "latency"; there are handshake, '],
  ['constructor>10%', 'nothing is called "constructor"'],
  ['rtt.p50>10cores', 'has no unit "cores"; there are us'],
  ['cpu.p50>10%', 'nothing is called "cpu.p50"; there are cpu, cpu.idle'],
  ['cpu>10us', 'CPU over idle has no unit "us"; there are cores, core, %'],
  ['rtt.p50>-1%', 'not understood'],
  ['rtt.p50>10%,', 'an expression is empty'],
])('%s is refused with what is wrong', (text, problem) => {
  expect(() => parseFailOn([text], QUANTITIES)).toThrow(UsageError);
  expect(() => parseFailOn([text], QUANTITIES)).toThrow(problem);
});
