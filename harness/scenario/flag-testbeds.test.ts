import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FLAG_PLACES, settleTestbed } from './flag-testbeds.ts';
import { SCENARIO_OPTIONS } from './options.ts';
import { parseScenario } from './parse.ts';

const wrongFlags = (settled: ReturnType<typeof settleTestbed>) =>
  settled.kind === 'wrong' ? settled.problems.map(({ flag, message }) => `${flag} ${message}`) : settled.testbed;

test.each([
  [[], 'auto'],
  [['--kernel'], 'vm'],
  [['--vcpus', '--memory'], 'vm'],
  [['--kernel', '--kube-proxy'], 'vm'],
  [['--context'], 'cluster'],
  [['--context', '--client-image', '--keep'], 'cluster'],
  [['--node-image', '--server-proxy'], 'kind'],
  [['--kube-proxy', '--server-proxy'], 'auto'],
  [['--debian-archive', '--release-base'], 'auto'],
])('%j with testbed auto: %s', (flags, testbed) => {
  expect(settleTestbed('auto', flags)).toEqual({ kind: 'settled', testbed });
});

test('a flag that the chosen testbed cannot use is refused by name, with the testbed that can', () => {
  for (const [flag, { testbeds }] of Object.entries(FLAG_PLACES))
    for (const testbed of ['netns', 'vm', 'kind', 'cluster'] as const) {
      const settled = settleTestbed(testbed, [flag]);
      expect(settled.kind, `${flag} in ${testbed}`).toBe(testbeds.includes(testbed) ? 'settled' : 'wrong');
      if (settled.kind === 'wrong') expect(settled.problems[0]?.message).toContain(`--testbed ${testbeds[0]}`);
    }
});

test('flags that no testbed has together, and those of two testbeds that auto does not choose from, are refused', () => {
  expect(wrongFlags(settleTestbed('auto', ['--kernel', '--clusters']))).toHaveLength(2);
  expect(wrongFlags(settleTestbed('auto', ['--kube-proxy', '--context']))).toHaveLength(2);
  expect(wrongFlags(settleTestbed('auto', ['--keep']))).toEqual([
    '--keep is for testbed kind or cluster: say which with --testbed',
  ]);
});

test('every flag of the table is one that bench has', () => {
  const program = readFileSync(new URL('../cli.ts', import.meta.url), 'utf8');
  const known = new Set(SCENARIO_OPTIONS.map(({ flag }) => flag));
  const unknown = Object.keys(FLAG_PLACES).filter((flag) => !known.has(flag) && !program.includes(`'${flag}`));
  expect(unknown).toEqual([]);
});

test('a scenario takes the testbed that its flags ask for, unless its file says another', () => {
  const source = (text: string) => ({ name: 'mine', file: 'mine.yaml', text });
  const text = 'services: 1\nmodes: [nftables]\n';
  expect(parseScenario(source(text), [], ['--kernel']).testbed).toBe('vm');
  expect(() => parseScenario(source(`${text}testbed: netns\n`), [], ['--kernel'])).toThrow(/--kernel.*not netns/);
  expect(() => parseScenario(source(`${text}axis: {kernel: [host]}\ntestbed: vm\n`), [], ['--kernel'])).toThrow(
    /axis.kernel/,
  );
});
