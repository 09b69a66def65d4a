import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addBenchFlags, readOverrides } from './command-line.ts';

function typed(...words: string[]) {
  const command = addBenchFlags(new Command('bench').exitOverride());
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

  it('turn a switch on and off, whatever the file says', () => {
    expect(typed('--wire', '--no-server-proxy').map(({ flag, value }) => [flag, value])).toEqual([
      ['--no-server-proxy', false],
      ['--wire', true],
    ]);
    expect(typed('--wire', '--no-wire')).toEqual([{ flag: '--no-wire', path: ['measure', 'wire'], value: false }]);
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
      ['ifUnsupported', 'refuse'],
      ['modes', [found('blue'), found('green')]],
      ['modes', ['iptables-nft', 'nftables']],
      ['kubernetes', ['blue', 'green']],
    ]);
  });

  it('say everything that a file can: margins, a series, labels of nodes', () => {
    const words = [
      '--margin-rtt',
      '1ms',
      '--margin-rtt-share',
      '1%',
      '--margin-handshake',
      '2us',
      '--margin-cpu',
      '3%',
    ];
    const series = ['--kernels', 'debian:trixie, host', '--kube-proxies', '1.31.4,./kp', '--description', 'mine'];
    const nodes = ['--client-nodes', 'pool=a,zone=', '--server-nodes', 'pool', '--prometheus', 'http://p.example'];
    expect(typed(...words, ...series, ...nodes).map(({ path, value }) => ({ [path.join('.')]: value }))).toEqual([
      { description: 'mine' },
      { 'axis.kernel': ['debian:trixie', 'host'] },
      { 'axis.kubeProxy': ['1.31.4', `${process.cwd()}/kp`] },
      { 'margins.rtt': '1ms' },
      { 'margins.rttShare': '1%' },
      { 'margins.handshake': '2us' },
      { 'margins.cpu': '3%' },
      { 'kubernetes.clientNodes': { pool: 'a', zone: '' } },
      { 'kubernetes.serverNodes': 'pool' },
      { 'kubernetes.prometheus': 'http://p.example' },
    ]);
  });
});
