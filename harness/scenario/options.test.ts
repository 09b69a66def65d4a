import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { keysAt } from './json-schema.ts';
import { addScenarioOptions, readOverrides, SCENARIO_OPTIONS } from './options.ts';

function typed(...words: string[]) {
  const command = addScenarioOptions(new Command('bench').exitOverride());
  command.parse(words, { from: 'user' });
  return readOverrides(command);
}

describe('flags that override a scenario', () => {
  it('are read by commander from the table, and only those that were typed', () => {
    expect(typed()).toEqual([]);
    expect(typed('--rate', '5', '--no-wire', '--kube-proxy', '1.34.2', '--services', '1,5k')).toEqual([
      { flag: '--services', path: ['services'], value: [1, 5000] },
      { flag: '--kube-proxy', path: ['proxy', 'version'], value: '1.34.2' },
      { flag: '--rate', path: ['load', 'rate'], value: '5/s' },
      { flag: '--no-wire', path: ['measure', 'wire'], value: false },
    ]);
  });

  it('take the path of a kube-proxy from where they are typed', () => {
    expect(typed('--kube-proxy', './kp')).toEqual([
      { flag: '--kube-proxy', path: ['proxy', 'version'], value: `${process.cwd()}/kp` },
    ]);
  });

  it('lead to keys that the file has', () => {
    for (const { path } of SCENARIO_OPTIONS) expect(keysAt(path.slice(0, -1))).toContain(path.at(-1));
  });
});
