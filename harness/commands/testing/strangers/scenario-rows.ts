import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stranger } from './stranger.ts';

const SMOKE = ['bench', '--scenario', 'smoke'];
const MINIMAL = 'services: 1\nmodes: [nftables]\n';

/** Words behind `bench --scenario smoke` that are refused before anything starts. */
const refused = (what: string, words: readonly string[], ...says: Stranger['says']): Stranger => ({
  what,
  words: [...SMOKE, ...words],
  exitCode: 2,
  says,
  saysNot: [/fault of the program/, /\n {4}at /],
});

/** A scenario file of a stranger's own, refused by its places. */
const wrongFile = (what: string, text: string | Uint8Array, ...says: Stranger['says']): Stranger => ({
  what,
  words: [],
  prepare: async ({ directory }) => {
    await writeFile(join(directory, 'mine.yaml'), text);
    return { words: ['bench', '--scenario', './mine.yaml'] };
  },
  exitCode: 2,
  says,
  saysNot: [/fault of the program/, /\n {4}at /],
});

const NUMBERS: readonly Stranger[] = [
  refused('asks for Services without a number', ['--services='], '--services', 'whole number'),
  refused('asks for no Service', ['--services', '0'], '--services: must be at least 1'),
  refused('asks for one Service and a half', ['--services', '1.5'], '--services', 'whole number'),
  refused(
    'asks for more Services than there are addresses',
    ['--services', '1e99,99999999999999999999'],
    'must be at most',
  ),
  refused('asks for a size twice', ['--services', '1,1'], '1 comes twice'),
  refused('separates sizes by spaces', ['--services', '1', '1000'], '"1000"', 'without spaces'),
  refused('asks for NaN endpoints', ['--endpoints', 'NaN'], '--endpoints', 'whole number'),
  refused('asks for infinitely many targets', ['--targets', 'Infinity'], '--targets', 'whole number'),
  refused('asks for no client', ['--clients', '0'], '--clients: must be at least 1'),
  refused('asks for rounds that end before they begin', ['--rounds', '5-3'], '--rounds', 'the first is the larger'),
  refused('leaves a range of rounds open', ['--rounds', '5-'], '--rounds', 'after --rounds: 5-30'),
  refused('seeds with a word', ['--seed', 'x'], '--seed: must be a whole number'),
  refused('asks for a rate in words', ['--rate', 'fast'], '--rate: "fast" is no rate', '1000/s'),
  refused('asks for a negative rate', ['--rate=-5/s'], '--rate: "-5/s" is no rate'),
  refused('gives a margin without its unit', ['--margin-rtt', '5'], '--margin-rtt: "5" needs a unit', '50us'),
  refused('wants every difference to matter', ['--margin-cpu', '0%'], '--margin-cpu: must be above 0%'),
  refused('asks for no load at all', ['--rate', '0/s'], '--rate: must be above 0/s'),
  refused('gives a duration without its unit', ['--duration', '10'], '"10" needs a unit', '10s'),
  refused('gives a duration in parsecs', ['--duration', '5parsec'], '--duration', 'no duration'),
  refused('gives an empty duration', ['--duration='], '--duration: "" is no duration'),
  refused('gives a warm-up of hours and hours', ['--warm-up', '99999999999h'], '--warm-up: must be at most 10m'),
  refused('gives a time-out that is not a number', ['--request-timeout', 'NaNs'], '--request-timeout', 'no duration'),
  refused('wants to be wholly sure', ['--confidence', '100%'], '--confidence: must be below 100%'),
  refused('gives a confidence as a share of one', ['--confidence', '0.95'], '--confidence', 'needs a unit', '5%'),
  refused('wants intervals without a width', ['--width', '0us'], '--width: must be above 0us'),
  refused(
    'gives less time than the trials take',
    ['--duration', '1h', '--budget', '10s'],
    '--budget',
    'the trials of 2 rounds alone take',
    / h, /,
  ),
];

const NO_ANSWERS: readonly Stranger[] = [
  refused(
    'asks for half a request in each trial',
    ['--rate', '0.5/s'],
    'not one request',
    'a median needs 20',
    '--rate 20/s',
  ),
  refused(
    'asks for a few requests a minute',
    ['--rate', '30/m', '--duration', '10s'],
    'about 5 requests',
    '--duration 40s',
  ),
  refused(
    'asks for more clients than there are requests',
    ['--rate', '25/s', '--duration', '1s', '--clients', '500'],
    '--clients: 500 clients share 25 requests',
    '--clients 25 or fewer',
  ),
  refused('asks for too few requests in short trials', ['--rate', '30/s', '--duration', '500ms'], 'about 15 requests'),
];

const WORDS: readonly Stranger[] = [
  refused(
    'takes autocannon with connections that end',
    ['--engine', 'autocannon'],
    '--engine',
    '--keepalive unlimited',
  ),
  refused('names an engine of another tool', ['--engine', 'wrk'], '--engine', 'open-loop, autocannon'),
  refused('names a mode that is not there', ['--modes', 'ipvs-xx'], '--modes', 'did you mean ipvs-'),
  refused('names a mode twice', ['--modes', 'nftables,nftables'], 'mode "nftables" comes twice'),
  refused('ends a list of modes with a comma', ['--modes', 'nftables,'], '--modes', '""'),
  refused('names a minor version of kube-proxy', ['--kube-proxy', '1.36'], '--kube-proxy', 'all three parts'),
  refused('gives a flag where a value should be', ['--rate', '--no-wire'], '--rate has no value', '--no-wire'),
  refused('types words that belong to no flag', ['fast', 'please'], '"fast", "please"'),
  {
    what: 'leaves the scenario empty',
    words: ['bench', '--scenario='],
    exitCode: 2,
    says: ['which scenario?', 'smoke'],
    saysNot: ['did you mean'],
  },
  {
    what: 'puts a flag where the scenario should be',
    words: ['bench', '--scenario', '--kube-proxy', '1.36.3'],
    exitCode: 2,
    says: ['--scenario has no value', '--kube-proxy'],
  },
  refused('leaves the directory of runs empty', ['--runs-dir='], '--runs-dir is empty', 'leave --runs-dir out'),
  refused('downloads releases from a word', ['--release-base', 'mirror'], '--release-base', 'not an address'),
];

const PLACES: readonly Stranger[] = [
  refused(
    'asks for a kernel without a guest',
    ['--testbed', 'netns', '--kernel', 'debian:trixie'],
    '--kernel',
    'testbed vm, not netns',
  ),
  refused('asks for a guest of zero CPUs', ['--vcpus', 'zero'], '--vcpus zero'),
  refused('asks for lots of memory', ['--memory', 'lots', '--testbed', 'netns'], '--memory lots', '4G'),
  refused('asks for memory that no machine has', ['--memory', '99999999999G'], '--memory', '1024G'),
  refused(
    'asks for a kernel of a suite that is not there',
    ['--kernel', 'debian:sarge'],
    '"debian:sarge" names no kernel',
    'debian:trixie',
  ),
  refused(
    'asks for a kube-proxy where the cluster has its own',
    ['--testbed', 'kind', '--kube-proxy', '1.34.2'],
    '--kube-proxy',
    'a cluster brings its own',
  ),
  refused(
    'asks for clusters in netns',
    ['--testbed', 'netns', '--clusters', 'auto'],
    '--clusters',
    'testbed kind, not netns',
  ),
  refused(
    'asks for a node image in a cluster',
    ['--testbed', 'cluster', '--node-image', 'x'],
    '--node-image',
    'not cluster',
  ),
  refused('wants to keep what is never left', ['--testbed', 'netns', '--keep'], '--keep', 'kind or cluster, not netns'),
  refused(
    'names an image with a space',
    ['--testbed', 'kind', '--node-image', 'kindest node'],
    '--node-image',
    'the name of an image',
  ),
  refused(
    'asks for two testbeds at once',
    ['--kernel', 'host', '--context', 'prod'],
    '--kernel',
    '--context',
    'no testbed has all of these flags',
  ),
  refused(
    'goes over kernels and versions at once',
    ['--kernels', 'host', '--kube-proxies', '1.36.3'],
    '--kube-proxies: a series goes over kernels (axis.kernel) or over versions of kube-proxy, not both',
  ),
  refused(
    'names nodes by a label without a value',
    ['--testbed', 'cluster', '--client-nodes', 'pool'],
    '--client-nodes: must be labels with their values',
    'pool=a,zone=b',
  ),
  {
    what: 'names a kernel beside a scenario of kernels',
    words: ['bench', '--scenario', 'kernels', '--kernel', 'host'],
    exitCode: 2,
    says: ['axis.kernel'],
  },
];

const FILES: readonly Stranger[] = [
  wrongFile(
    'writes 10k as on the command line',
    'services: [1, 10k]\nmodes: [nftables]\n',
    'mine.yaml:1:15',
    'such as 10000',
  ),
  wrongFile(
    'makes many mistakes in one file',
    'services: 0\nmodes: [foo]\nload: {rate: 5, duration: -1s}\nstop: {budget: x}\nlod: {}\n',
    '6 problems',
    'mine.yaml:1:11',
    'mine.yaml:2:9',
    'mine.yaml:3:14',
    'mine.yaml:3:27',
    'mine.yaml:4:16',
    'did you mean load?',
  ),
  wrongFile('indents with a tab', `${MINIMAL}load:\n\trate: 5/s\n`, 'mine.yaml:4:1', /[Tt]abs/),
  wrongFile(
    'writes a file with a mark and Windows line ends',
    '\uFEFFservices: 1\r\nmodes: [nftables]\r\nload: {rate: 5}\r\n',
    'mine.yaml:3:14',
    'needs a unit',
  ),
  wrongFile('writes a key twice', `services: 2\n${MINIMAL}`, 'mine.yaml:2:1', 'this key comes twice'),
  wrongFile(
    'points at an anchor that is not there',
    `${MINIMAL}endpoints: *ten\n`,
    'mine.yaml:3:12',
    'no anchor is called ten',
  ),
  wrongFile('merges keys as YAML 1.1 does', `${MINIMAL}<<: {endpoints: 5}\n`, 'mine.yaml:3:1', 'no merge keys'),
  wrongFile('writes two documents', `${MINIMAL}---\n${MINIMAL}`, 'mine.yaml:3:1', 'one scenario'),
  wrongFile('writes nothing', '', 'mine.yaml is empty'),
  wrongFile('gives a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0xfe]), 'mine.yaml is not text'),
  wrongFile('gives a log of half a megabyte', 'a'.repeat(500_000), '500000 bytes'),
  {
    what: 'gives an address as a scenario',
    words: ['bench', '--scenario', 'https://example.com/mine.yaml'],
    exitCode: 2,
    says: ['is an address', 'fetch it first'],
  },
  {
    what: 'gives a path that is not there',
    words: ['bench', '--scenario', './scenarios/smoke'],
    exitCode: 2,
    says: ['there is no file', '--scenario smoke'],
  },
  { what: 'leaves ~ in quotes', words: ['bench', '--scenario', '~/mine.yaml'], exitCode: 2, says: ['$HOME'] },
  {
    what: 'gives a directory as a scenario',
    words: ['bench', '--scenario', './mine.yaml'],
    prepare: async ({ directory }) => {
      await mkdir(join(directory, 'mine.yaml'));
    },
    exitCode: 2,
    says: ['is not a file'],
  },
  {
    what: 'gives a link that leads to itself',
    words: ['bench', '--scenario', './mine.yaml'],
    prepare: async ({ directory }) => {
      await symlink('mine.yaml', join(directory, 'mine.yaml'));
    },
    exitCode: 2,
    says: ['ELOOP'],
  },
  {
    what: 'may not read the scenario',
    words: ['bench', '--scenario', './mine.yaml'],
    as: 'ordinary',
    prepare: async ({ directory }) => {
      await writeFile(join(directory, 'mine.yaml'), MINIMAL);
      await chmod(join(directory, 'mine.yaml'), 0o000);
    },
    needsRoot: true,
    exitCode: 2,
    says: ['cannot read', 'EACCES', 'permissions'],
  },
];

const COMMANDS: readonly Stranger[] = [
  {
    what: 'types a command that is not there',
    words: ['nosuchcommand'],
    exitCode: 2,
    says: ['nosuchcommand', 'the commands are: bench'],
  },
  { what: 'mistypes a command', words: ['benhc'], exitCode: 2, says: ['Did you mean bench?'] },
  {
    what: 'types a flag that is not there',
    words: ['report', '--fast', 'latest'],
    exitCode: 2,
    says: ['--fast', 'npm run report -- --help'],
  },
  {
    what: 'fetches a kernel that is here, and is told a whole command',
    words: ['kernels', '--fetch', 'host'],
    exitCode: 2,
    says: ['host is here already', 'npm run kernels -- --fetch debian:'],
  },
  {
    what: 'fetches a kernel by a path',
    words: ['kernels', '--fetch', './vmlinuz'],
    exitCode: 2,
    says: ['./vmlinuz is a path', 'npm run kernels -- --fetch debian:'],
    saysNot: ['is here already'],
  },
  refused('names an empty context', ['--context='], '--context: must be the name of a context'),
  { what: 'publishes to nowhere', words: ['publish', '--to='], exitCode: 2, says: ['--to is empty'] },
  {
    what: 'publishes from nowhere',
    words: ['publish', '--to', 'site', '--runs='],
    exitCode: 2,
    says: ['--runs is empty'],
  },
  {
    what: 'compares into nowhere',
    words: ['compare', 'a', 'b', '--by', 'kernel', '--to='],
    exitCode: 2,
    says: ['--to is empty'],
  },
  {
    what: 'fetches kernels from nowhere',
    words: ['kernels', '--debian-archive='],
    exitCode: 2,
    says: ['--debian-archive is empty'],
  },
  {
    what: 'reports two runs at once',
    words: ['report', 'one', 'two'],
    exitCode: 2,
    says: ['"two"', 'npm run report -- --help'],
  },
  { what: 'gives the doctor a word', words: ['doctor', 'please'], exitCode: 2, says: ['"please"'] },
];

const DEAD_VALUES: readonly Stranger[] = [
  wrongFile(
    'writes contexts of a cluster into a scenario of netns',
    `${MINIMAL}testbed: netns\nkubernetes: {contexts: [prod]}\n`,
    'mine.yaml:4:24: kubernetes.contexts',
    'is for testbed cluster, not netns',
    '--testbed cluster',
  ),
  wrongFile(
    'writes a version of kube-proxy into a scenario of kind',
    `${MINIMAL}testbed: kind\nproxy: {version: "1.30.0"}\n`,
    'mine.yaml:4:18: proxy.version',
    'a cluster brings its own kube-proxy',
  ),
  wrongFile(
    'gives one mode of a kind scenario a version of its own',
    'services: 1\ntestbed: kind\nmodes: [nftables, {name: old, mode: nftables, proxyVersion: "1.31.0"}]\n',
    'modes[1].proxyVersion',
    'is for testbed netns or vm, not kind',
  ),
  {
    what: 'measures six years of kube-proxy in clusters that bring their own',
    words: ['bench', '--scenario', 'history', '--testbed', 'kind'],
    exitCode: 2,
    says: ['scenarios/history.yaml:', 'axis.kubeProxy', 'not kind'],
    saysNot: ['--kube-proxy:'],
  },
];

/** Scenarios and flags that cannot be measured, or would measure something other than what was typed: refused by name and place. */
export const SCENARIO_ROWS: readonly Stranger[] = [
  ...NUMBERS,
  ...NO_ANSWERS,
  ...WORDS,
  ...PLACES,
  ...FILES,
  ...DEAD_VALUES,
  ...COMMANDS,
];
