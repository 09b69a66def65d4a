import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Override } from './overrides.ts';

/** A flag that overrides a value of the scenario's file. Whether the value is right, the file's schema says, naming the flag. */
interface ScenarioOption {
  readonly flag: string;
  /** What `--help` shows behind the flag; `null` for a flag without a value. */
  readonly placeholder: string | null;
  readonly description: string;
  readonly path: readonly string[];
  /** Word → value in the file's terms. */
  readonly parse: (word: string) => unknown;
}

const text = (word: string): unknown => word;
const wholeNumber = (word: string): unknown => (/^[0-9]+$/.test(word) ? Number(word) : word);
const listOf =
  (parse: (word: string) => unknown) =>
  (words: string): unknown =>
    words.split(',').map((word) => parse(word.trim()));

/** "10k" is 10,000, as in the scenarios' names. */
function numberOfServices(word: string): unknown {
  const thousands = /^([0-9]+)k$/.exec(word)?.[1];
  return thousands === undefined ? wholeNumber(word) : Number(thousands) * 1000;
}

function rate(word: string): unknown {
  return /^[0-9]+(\.[0-9]+)?$/.test(word) ? `${word}/s` : word;
}

function rounds(word: string): unknown {
  const range = /^([0-9]+)-([0-9]+)$/.exec(word);
  return range === null ? wholeNumber(word) : { min: Number(range[1]), max: Number(range[2]) };
}

function versionOrPath(word: string): unknown {
  return word.includes('/') ? resolve(word) : word;
}

/** Every flag that overrides a scenario: the command line and its help are made from this table. */
export const SCENARIO_OPTIONS: readonly ScenarioOption[] = [
  option('--services', '<numbers>', 'numbers of Services: 1,1000 or 1,10k', ['services'], listOf(numberOfServices)),
  option(
    '--context',
    '<names>',
    'testbed cluster: kubeconfig contexts, compared side by side (repeat it, or a,b)',
    ['kubernetes', 'contexts'],
    listOf(text),
  ),
  option(
    '--modes',
    '<modes>',
    'what is compared: iptables-legacy,nftables; a mode that cannot run here is refused',
    ['modes'],
    listOf(text),
  ),
  option('--if-unsupported', '<what>', 'refuse or skip modes that cannot run here', ['ifUnsupported'], text),
  option('--testbed', '<name>', 'auto, netns, vm, kind or cluster', ['testbed'], text),
  option(
    '--kube-proxy',
    '<version|path>',
    'the kube-proxy that is measured: 1.36.3, or a binary',
    ['proxy', 'version'],
    versionOrPath,
  ),
  option('--server-proxy', null, "one more kube-proxy, on the server's node", ['proxy', 'serverProxy'], () => true),
  option('--endpoints', '<number>', 'endpoints of each Service', ['endpoints'], wholeNumber),
  option('--backends', '<kind>', 'endpoints of Services without load: distinct, shared or pods', ['backends'], text),
  option('--service-range', '<cidr>', 'addresses of Services: 10.96.0.0/12', ['ranges', 'services'], text),
  option(
    '--endpoint-range',
    '<cidr>',
    'addresses of synthetic endpoints: 198.18.0.0/15',
    ['ranges', 'endpoints'],
    text,
  ),
  option('--targets', '<number>', 'Services that the load goes to', ['targets'], wholeNumber),
  option('--engine', '<name>', 'open-loop or autocannon', ['load', 'engine'], text),
  option('--rate', '<rate>', 'requests per second: 500/s or 500', ['load', 'rate'], rate),
  option('--arrivals', '<kind>', 'uniform or poisson', ['load', 'arrivals'], text),
  option(
    '--keepalive',
    '<policies>',
    'requests per connection: none,100,unlimited',
    ['load', 'keepalive'],
    listOf(wholeNumber),
  ),
  option('--clients', '<number>', 'client processes that share the rate', ['load', 'clients'], wholeNumber),
  option('--warm-up', '<time>', 'load before each trial that is not counted: 500ms', ['load', 'warmUp'], text),
  option('--idle', '<time>', 'silence before each trial, the baseline of CPU: 2s', ['load', 'idle'], text),
  option('--duration', '<time>', 'load of one trial: 10s', ['load', 'duration'], text),
  option('--request-timeout', '<time>', 'a request that takes longer has failed: 5s', ['load', 'requestTimeout'], text),
  option('--no-wire', null, 'do not capture handshakes on the wire', ['measure', 'wire'], () => false),
  option('--no-probes', null, 'no rule walks, reachability and change latency', ['measure', 'probes'], () => false),
  option('--rounds', '<number|min-max>', 'rounds: 8, or 5-30', ['stop', 'rounds'], rounds),
  option('--budget', '<time>', 'time for the whole run: 8m', ['stop', 'budget'], text),
  option('--confidence', '<share>', 'confidence of the intervals: 95%', ['stop', 'confidence'], text),
  option('--width', '<time>', 'stop when intervals reach at most this far to each side: 10us', ['stop', 'width'], text),
  option(
    '--node-image',
    '<image>',
    'testbed kind: node image, and so the Kubernetes version',
    ['kubernetes', 'nodeImage'],
    text,
  ),
  option(
    '--clusters',
    '<standing>',
    'testbed kind: auto, side-by-side or one-at-a-time (for little memory; slower, wider intervals)',
    ['kubernetes', 'clusters'],
    text,
  ),
  option(
    '--nginx-image',
    '<image>',
    'testbeds kind and cluster: image of the backends',
    ['kubernetes', 'nginxImage'],
    text,
  ),
  option(
    '--client-image',
    '<image>',
    'testbeds kind and cluster: image of the client, with Node',
    ['kubernetes', 'clientImage'],
    text,
  ),
  option(
    '--proxy-metrics',
    '<port|address:port>',
    "testbed cluster: where kube-proxy's pages are on a node, when not where its settings say",
    ['kubernetes', 'proxyMetrics'],
    text,
  ),
  option('--seed', '<number>', 'orders of trials are drawn from it', ['seed'], wholeNumber),
];

function option(
  flag: string,
  placeholder: string | null,
  description: string,
  path: readonly string[],
  parse: (word: string) => unknown,
): ScenarioOption {
  return { flag, placeholder, description, path, parse };
}

/** One flag as typed → overrides. Modes that are typed must all run: leaving out what was just asked for would be no answer. */
export function parseOverride(flag: string, word: string): readonly Override[] {
  const found = SCENARIO_OPTIONS.find((one) => one.flag === flag);
  if (found === undefined) throw new Error(`no scenario option is called ${flag}`);
  const override: Override = { flag, path: found.path, value: found.parse(word) };
  if (flag === '--context') return [...contextModes(flag, word), override];
  return flag === '--modes' ? [{ flag, path: ['ifUnsupported'], value: 'refuse' }, override] : [override];
}

/** What an existing cluster runs is not for us to choose: without --modes, each context is a mode of its own, as it is found. */
function contextModes(flag: string, word: string): readonly Override[] {
  const modes = word.split(',').map((context) => ({ name: modeNameOf(context.trim()), mode: 'as-found' }));
  return [{ flag, path: ['modes'], value: modes }];
}

/** Contexts may be called anything ("arn:aws:eks:…:cluster/blue"); modes may not. */
function modeNameOf(context: string): string {
  return (
    context
      .replaceAll(/[^A-Za-z0-9._#@+-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(-80) || 'cluster'
  );
}

/** Gives a command all these flags. */
export function addScenarioOptions(command: Command): Command {
  for (const { flag, placeholder, description } of SCENARIO_OPTIONS)
    command.addOption(makeOption({ flag, placeholder, description }));
  return command;
}

function makeOption({ flag, placeholder, description }: Pick<ScenarioOption, 'flag' | 'placeholder' | 'description'>) {
  const made = new Option(placeholder === null ? flag : `${flag} ${placeholder}`, description);
  if (flag !== '--context') return made;
  return made.argParser((word: string, before: string | undefined) =>
    before === undefined ? word : `${before},${word}`,
  );
}

/** What was typed of them, after the command has parsed its words. */
export function readOverrides(command: Command): readonly Override[] {
  // In the table's order, which has --if-unsupported behind --modes, so that it can say otherwise.
  return SCENARIO_OPTIONS.flatMap(({ flag }) => {
    const attribute = new Option(flag).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') return [];
    return parseOverride(flag, String(command.getOptionValue(attribute)));
  });
}
