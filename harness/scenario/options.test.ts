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

  it('make a mode of each context, as it is found, unless modes are named', () => {
    const found = (name: string) => ({ name, mode: 'as-found' });
    const asFound = { flag: '--context', path: ['modes'], value: [found('blue'), found('eu-1-cluster-green')] };
    expect(typed('--context', 'blue', '--context', '(eu-1:cluster/green')).toEqual([
      asFound,
      { flag: '--context', path: ['kubernetes', 'contexts'], value: ['blue', '(eu-1:cluster/green'] },
    ]);
    expect(
      typed('--context', 'blue,green', '--modes', 'iptables-nft,nftables').map(({ path, value }) => [path[0], value]),
    ).toEqual([
      ['modes', [found('blue'), found('green')]],
      ['kubernetes', ['blue', 'green']],
      ['ifUnsupported', 'refuse'],
      ['modes', ['iptables-nft', 'nftables']],
    ]);
  });

  it('lead to keys that the file has', () => {
    for (const { path } of SCENARIO_OPTIONS) expect(keysAt(path.slice(0, -1))).toContain(path.at(-1));
  });
});
