import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { scenarioSchema } from '../model/scenario.ts';
import { parseOverride } from './command-line.ts';
import type { Override } from './overrides.ts';
import { parseScenario } from './parse.ts';

const MINIMAL = 'services: [1, 100]\nmodes: [nftables]\n';

function parse(text: string, overrides: readonly Override[] = []) {
  return parseScenario({ name: 'mine', file: 'mine.yaml', text }, overrides);
}

/** The lines that a wrong file gets. */
function problems(text: string, overrides: readonly Override[] = []): string[] {
  try {
    parse(text, overrides);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.split('\n').map((line) => line.trim());
  }
  return [];
}

describe('a scenario file that is right', () => {
  it('comes out resolved, with every default, in the form that a run stores', () => {
    const scenario = parse(MINIMAL);
    expect(scenarioSchema.parse(scenario)).toEqual(scenario);
    expect(scenario.load).toEqual({
      engine: 'open-loop',
      rateRps: 1000,
      arrivals: 'uniform',
      policies: [{ kind: 'per-request' }, { kind: 'keepalive', requests: 100 }],
      warmUpMs: 500,
      idleMs: 1000,
      durationMs: 6000,
      requestTimeoutMs: 5000,
      clients: 1,
    });
    expect(scenario.margins).toEqual({ rttUs: 50, rttRatio: 0.05, handshakeUs: 5, cpuCores: 0.05 });
    expect(scenario.stop).toEqual({
      minRounds: 5,
      maxRounds: 30,
      budgetMs: 900_000,
      confidence: 0.95,
      halfWidthUs: 20,
    });
  });

  it('has its sizes in ascending order, so that the first is the base', () => {
    expect(parse('services: [100, 1, 10]\nmodes: [none]').sizesServices).toEqual([1, 10, 100]);
    expect(parse('services: 7\nmodes: [none]').sizesServices).toEqual([7]);
  });

  it.each([
    ['iptables', 'iptables-legacy', { kind: 'iptables', backend: 'legacy' }],
    ['iptables-nft', 'iptables-nft', { kind: 'iptables', backend: 'nft' }],
    ['{mode: iptables, backend: nft}', 'iptables-nft', { kind: 'iptables', backend: 'nft' }],
    ['ipvs', 'ipvs', { kind: 'ipvs', scheduler: 'rr' }],
    ['ipvs-mh', 'ipvs-mh', { kind: 'ipvs', scheduler: 'mh' }],
    ['{mode: ipvs, scheduler: lc}', 'ipvs-lc', { kind: 'ipvs', scheduler: 'lc' }],
    ['{mode: nftables, proxyVersion: "1.31.0"}', 'nftables@1.31.0', { kind: 'nftables' }],
    ['{mode: nftables, proxyVersion: /opt/kube-proxy-new}', 'nftables@kube-proxy-new', { kind: 'nftables' }],
    ['{mode: nftables, name: "nftables#b"}', 'nftables#b', { kind: 'nftables' }],
  ])('names mode %s "%s"', (written, id, routing) => {
    expect(parse(`services: 1\nmodes: [${written}]`).modes).toMatchObject([{ id, routing }]);
  });

  it('says of every mode which kube-proxy it takes: its own, or the one of the scenario, or none', () => {
    const text =
      'services: 1\nmodes: [none, nftables, {mode: ipvs, proxyVersion: "1.31.0"}]\nproxy: {version: "1.34.2"}\n';
    expect(parse(text).modes.map(({ id, proxyVersion }) => [id, proxyVersion])).toEqual([
      ['none', null],
      ['nftables', '1.34.2'],
      ['ipvs@1.31.0', '1.31.0'],
    ]);
  });

  it.each([
    ['rate: 90/m, duration: 14s', { rateRps: 1.5 }],
    ['duration: 0.1m', { durationMs: 6000 }],
    [
      'keepalive: [per-request, 7, unlimited]',
      {
        policies: [{ kind: 'per-request' }, { kind: 'keepalive', requests: 7 }, { kind: 'keepalive', requests: null }],
      },
    ],
  ])('reads load: {%s}', (written, expected) => {
    expect(parse(`${MINIMAL}load: {${written}}`).load).toMatchObject(expected);
  });

  it('may be measured at several versions of kube-proxy, modes that only some of them have included', () => {
    const scenario = parse('services: 1\nmodes: [nftables, userspace]\naxis: {kubeProxy: ["1.20.15", "1.36.3"]}');
    expect(scenario.axis).toEqual({ kind: 'kubeProxy', values: ['1.20.15', '1.36.3'] });
  });
});

describe('a scenario file that is wrong', () => {
  it.each([
    [
      'a number without its unit',
      'load: {rate: 1000}',
      '3:14: load.rate: 1000 needs a unit: one of /s, /m, as in "1000/s"',
    ],
    [
      'a quoted number without its unit',
      'load: {idle: "2"}',
      '3:14: load.idle: "2" needs a unit: one of ms, s, m, h, as in "10s"',
    ],
    [
      'a wrong unit',
      'stop: {width: 10 metres}',
      '3:15: stop.width: "10 metres" is no time: write a number and one of us, ms, s, as in "50us"',
    ],
    ['an unknown key', 'laod: {}', '3:1: laod: unknown key; did you mean load?'],
    ['an unknown key in a section', 'load: {verbosity: 5}', '3:8: load.verbosity: unknown key'],
    ['a key of objects that are no scenario', '__proto__: {a: 1}', '3:1: __proto__: unknown key'],
    ['a value out of bounds', 'load: {idle: 0s}', '3:14: load.idle: must be at least 200ms'],
    [
      'a version that YAML took for a number',
      'proxy: {version: 1.30}',
      '3:18: proxy.version: must be text: put the version in quotes, with all three parts, such as "1.36.3" (YAML reads 1.30 as the number 1.3), not 1.3',
    ],
    [
      'a choice that there is not',
      'backends: shard',
      '3:11: backends: "shard" is none of distinct, shared, pods; did you mean shared?',
    ],
    [
      'more at least than at most',
      'stop: {rounds: {min: 9, max: 3}}',
      '3:22: stop.rounds.min: at least 9 and at most 3 rounds: the first is the larger',
    ],
    [
      'rounds that no budget holds',
      'stop: {budget: 30s}',
      '3:16: stop.budget: the trials of 5 rounds alone take 2.5 min, the budget is 30 s: give more time (--budget), or fewer rounds, sizes, modes or policies',
    ],
    [
      'more shared endpoints than there are pods',
      'backends: shared\nendpoints: 11',
      '4:12: endpoints: 11 endpoints cannot be shared (backends: shared): there are 10 real pods',
    ],
    [
      'kernels outside a guest',
      'testbed: netns\naxis: {kernel: ["6.1"]}',
      '4:16: axis.kernel: is for testbed vm, not netns (another kernel needs a guest): leave it out, or take --testbed vm',
    ],
    [
      'a series over two things',
      'axis: {kernel: ["6.1"], kubeProxy: ["1.36.3"]}',
      '3:36: axis.kubeProxy: a series goes over kernels (axis.kernel) or over versions of kube-proxy, not both: leave one out',
    ],
    ['a section that is no section', 'stop: 8m', '3:7: stop: must be keys with values, not "8m"'],
    ['a section left empty', 'stop:', '3:6: stop: must be keys with values, not empty'],
    ['a key twice', 'services: 1', '3:1: this key comes twice'],
    ['a second document', '---\nservices: 1', '3:1: a second document starts here: a file holds one scenario'],
    ['an anchor that contains itself', 'load: &a {idle: *a}', '3:17: anchor a contains itself'],
    ['an alias of nothing', 'load: *x', '3:7: no anchor is called x'],
  ])('is refused for %s, with file, line and column', (_what, line, expected) => {
    expect(problems(MINIMAL + line)).toEqual([`mine.yaml:${expected}`]);
  });

  it.each([
    [
      'a scheduler for iptables',
      '{mode: iptables, scheduler: lc}',
      '2:37: modes[0].scheduler: mode iptables has no scheduler: only ipvs has (rr, wrr, lc, wlc, lblc, lblcr, sh, dh, sed, nq, mh)',
    ],
    [
      'a backend for ipvs',
      '{mode: ipvs, backend: nft}',
      '2:31: modes[0].backend: mode ipvs has no backend: only iptables has (legacy, nft)',
    ],
    [
      'a flavour twice over',
      '{mode: iptables-nft, backend: nft}',
      '2:39: modes[0].backend: "iptables-nft" names the backend already: leave one of the two away',
    ],
    [
      'userspace with a kube-proxy that has it no more',
      'userspace',
      '2:9: modes[0]: kube-proxy 1.36.3 has no mode userspace (removed in 1.26): give a version from 1.0 to 1.25 (--kube-proxy, or proxyVersion of the mode)',
    ],
    [
      'nftables with one that has it not yet',
      '{mode: nftables, proxyVersion: "1.28.0"}',
      '2:9: modes[0]: kube-proxy 1.28.0 has no mode nftables (KEP-3866, alpha in 1.29): give 1.29 or later (--kube-proxy, or proxyVersion of the mode)',
    ],
    [
      'a version for no kube-proxy',
      '{mode: none, proxyVersion: "1.28.0"}',
      '2:36: modes[0].proxyVersion: mode none runs no kube-proxy: leave the version away',
    ],
    [
      'a mode as found outside a cluster',
      '{mode: as-found, name: cilium}',
      '2:9: modes[0]: as-found needs testbed cluster, not auto',
    ],
    [
      'a mode found without a name',
      '{mode: as-found}',
      '2:16: modes[0].mode: as-found needs a name: that of what routes Services there, such as cilium',
    ],
  ])('is refused for %s', (_what, mode, expected) => {
    expect(problems(`services: 1\nmodes: [${mode}]`)).toEqual([`mine.yaml:${expected}`]);
  });

  it('lets no name in that could not be a file, a word of a table or a label', () => {
    for (const name of ['<script>', '../x', 'a b', '-x', 'x'.repeat(81)]) {
      expect(problems(`services: 1\nmodes: [{mode: ipvs, name: "${name}"}]`)[0]).toMatch(
        /^mine.yaml:2:28: modes\[0\].name: must be 1 to 80/,
      );
    }
  });

  it('hears all that is wrong at once, impossible combinations of its right values included', () => {
    const text = `servces: [1, 1000]
services: [0]
modes: [nftables, nftables, userspace]
load:
  rate: 1000
  engine: autocannon
  keepalive: [none]
stop: {rounds: {min: 9, max: 3}}
`;
    expect(problems(text)).toEqual([
      '7 problems with mine.yaml:',
      'mine.yaml:1:1: servces: unknown key; did you mean services?',
      'mine.yaml:2:12: services[0]: must be at least 1, not 0',
      'mine.yaml:3:19: modes[1]: mode "nftables" comes twice: to measure a mode against itself, give each a name of its own ({name: nftables#b, mode: ...})',
      'mine.yaml:3:29: modes[2]: kube-proxy 1.36.3 has no mode userspace (removed in 1.26): give a version from 1.0 to 1.25 (--kube-proxy, or proxyVersion of the mode)',
      'mine.yaml:5:9: load.rate: 1000 needs a unit: one of /s, /m, as in "1000/s"',
      'mine.yaml:6:11: load.engine: autocannon can only keep connections open for ever, not per-request (autocannon 9 does not count the response that ends a connection): give keepalive: [unlimited], or --keepalive unlimited',
      'mine.yaml:8:22: stop.rounds.min: at least 9 and at most 3 rounds: the first is the larger',
    ]);
  });

  it('is not judged by a combination with a value that is wrong by itself', () => {
    expect(problems('services: 1\nmodes: [none]\nstop: {budget: 10s}\nload: {duration: 5}')).toHaveLength(1);
  });

  it('may ask for as many Services as 10.96.0.0/12 holds and not one more', () => {
    const text = (services: number) => `services: [${services}]\nmodes: [none]\nbackends: shared`;
    expect(problems(text(1_048_573))).toEqual([]);
    expect(problems(text(1_048_574))).toEqual(['mine.yaml:1:12: services[0]: must be at most 1,048,573, not 1048574']);
  });

  it.each([
    ['services: 10.0.0.0/24', 'ranges.services', '300 Services do not fit into 10.0.0.0/24: it holds 253'],
    ['services: 10.96.0.1/12', 'ranges.services', '"10.96.0.1/12" has host bits set: write the range as 10.96.0.0/12'],
    ['services: fd00::/108', 'ranges.services', '"fd00::/108" is no IPv4 range'],
    ['services: 10.244.0.0/16', 'ranges.services', 'the pods of testbed auto'],
    ['endpoints: 172.16.0.0/12', 'ranges.endpoints', '172.16.0.0/12 overlaps 172.18.0.0/16, the nodes'],
    ['endpoints: 100.64.0.0/10', 'ranges.endpoints', 'the API servers'],
    ['endpoints: 10.100.0.0/16', 'ranges.endpoints', 'overlaps 10.96.0.0/12, the range of the Services'],
    ['endpoints: 224.0.0.0/8', 'ranges.endpoints', 'multicast'],
    ['endpoints: 252.0.0.0/6', 'ranges.endpoints', 'broadcast'],
    ['endpoints: 0.0.0.0/0', 'ranges.endpoints', 'no machine'],
    [
      'endpoints: 198.18.0.0/21',
      'ranges.endpoints',
      '3000 endpoints do not fit into 198.18.0.0/21: it holds 2000, those of 200 Services',
    ],
    ['services: 10.0.0.0/16, endpoints: 10.0.0.0/9', 'ranges.endpoints', 'overlaps 10.0.0.0/16'],
  ])('may give ranges for addresses that nobody has: {%s} is refused', (ranges, key, words) => {
    const [line] = problems(`services: [1, 300]\nmodes: [none]\nranges: {${ranges}}`);
    expect(line).toContain(`: ${key}: `);
    expect(line).toContain(words);
  });

  it.each([
    [
      'services: [1, 300]\nmodes: [none]\nranges: {services: 10.0.0.0/16, endpoints: 198.18.0.0/15}',
      { services: '10.0.0.0/16', endpoints: '198.18.0.0/15' },
    ],
    ['services: [1, 300]\nmodes: [none]\nranges: {endpoints: 248.0.0.0/6}', { endpoints: '248.0.0.0/6' }],
    [
      'services: 1\nmodes: [none]\ntestbed: cluster\nranges: {endpoints: 10.100.0.0/16}',
      { endpoints: '10.100.0.0/16' },
    ],
    ['services: 1\nmodes: [none]', undefined],
  ])('stores the ranges that were given, and nothing where none were: %j', (text, ranges) => {
    const scenario = parse(text);
    expect(scenario.ranges).toEqual(ranges);
    expect('ranges' in scenario).toBe(ranges !== undefined);
    expect(scenarioSchema.parse(scenario)).toEqual(scenario);
  });

  it.each([
    ['"10249"', true],
    ['"192.168.18.21:20249"', true],
    ['"[fd00::1]:10249"', true],
    ['"node.example:10249"', true],
    ['10249', false],
    ['"0"', false],
    ['"70000"', false],
    ['"10.0.0.1"', false],
    ['"http://10.0.0.1:10249"', false],
    ['"10.0.0.1:10249/metrics"', false],
  ])('says where the pages of kube-proxy are by port, or address and port: %s', (address, isRight) => {
    const lines = problems(`services: 1\nmodes: [none]\ntestbed: cluster\nkubernetes: {proxyMetrics: ${address}}`);
    expect(lines.map((line) => line.replace(/,? such as.*/, ''))).toEqual(
      isRight
        ? []
        : [expect.stringMatching(/^mine\.yaml:4:28: kubernetes\.proxyMetrics: must be a port or address:port/)],
    );
  });

  it.each([
    ['', 'mine.yaml is empty'],
    ['# nothing\n', 'mine.yaml is empty'],
    ['- a\n', 'mine.yaml:1:1: must be keys with values, not a list'],
    ['hello', 'mine.yaml:1:1: must be keys with values, not "hello"'],
  ])('is refused when it is no scenario at all: %j', (text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  it('cannot take the memory of the machine with aliases of aliases', () => {
    const row = (name: string, of: string) => `${name}: &${name} [${Array(20).fill(of).join(', ')}]`;
    const bomb = [row('a', '1'), row('b', '*a'), row('c', '*b'), row('d', '*c'), row('e', '*d'), row('f', '*e')].join(
      '\n',
    );
    expect(problems(bomb)).toEqual(['mine.yaml:1:1: aliases repeat too much: write the values out']);
  });

  it('does not bury the reader: after forty lines the rest is counted', () => {
    const lines = problems(
      `services: 1\nmodes: [none]\n${Array.from({ length: 90 }, (_, index) => `zz${index}: 1`).join('\n')}`,
    );
    expect(lines).toHaveLength(42);
    expect(lines.at(-1)).toBe('... and 50 more');
  });
});

describe('the command line', () => {
  const flags = (...words: [string, string][]) => words.flatMap(([flag, word]) => parseOverride(flag, word));

  it('overrides any value of the file', () => {
    const scenario = parse(
      'services: 1\nmodes: [none]\nload: {duration: 1s}',
      flags(
        ['--services', '1,10k'],
        ['--modes', 'iptables-nft, nftables'],
        ['--rate', '500'],
        ['--keepalive', 'none,unlimited'],
        ['--rounds', '3-9'],
        ['--budget', '5m'],
        ['--seed', '7'],
        ['--no-wire', ''],
        ['--server-proxy', ''],
        ['--kube-proxy', '/opt/kube-proxy'],
      ),
    );
    expect(scenario).toMatchObject({
      sizesServices: [1, 10_000],
      modes: [{ id: 'iptables-nft' }, { id: 'nftables' }],
      load: {
        rateRps: 500,
        durationMs: 1000,
        policies: [{ kind: 'per-request' }, { kind: 'keepalive', requests: null }],
      },
      stop: { minRounds: 3, maxRounds: 9, budgetMs: 300_000 },
      measure: { wire: false, probes: true },
      proxy: { version: '/opt/kube-proxy', serverProxy: true },
      seed: 7,
    });
  });

  it('is named by its flags where it is wrong, together with what is wrong in the file', () => {
    expect(
      problems('services: 1\nmodes: [none]\nload: {idle: 5}', flags(['--rate', 'abc'], ['--rounds', '9-'])),
    ).toEqual([
      '3 problems with mine.yaml:',
      'mine.yaml:3:14: load.idle: 5 needs a unit: one of ms, s, m, h, as in "10s"',
      '--rate: "abc" is no rate: write a number and one of /s, /m, as in "1000/s"',
      '--rounds: must be a number of rounds, or a smallest and a largest ({min: 5, max: 30}; after --rounds: 5-30), not "9-"',
    ]);
  });

  it('mends what is wrong in the file when it overrides just that', () => {
    expect(problems('services: 1\nmodes: [none]\nload: {rate: 5}', flags(['--rate', '5/s']))).toEqual([]);
  });

  it('asks for modes that must all run, whatever the file says about those that cannot', () => {
    const text = 'services: 1\nmodes: [none]\nifUnsupported: skip';
    expect(parse(text).unsupported).toBe('skip');
    expect(parse(text, flags(['--modes', 'ipvs'])).unsupported).toBe('refuse');
    expect(parse(text, flags(['--modes', 'ipvs'], ['--if-unsupported', 'skip'])).unsupported).toBe('skip');
  });
});

describe('a load that gives no answer', () => {
  const LOAD = 'services: 1\nmodes: [nftables]\nload: ';
  it.each([
    ['{rate: 0.5/s, duration: 1s}', /not one request.*--duration 40s, or --rate 20\/s/],
    ['{rate: 10/m, duration: 10s}', /about 1 request,/],
    ['{rate: 0.0001/s}', /not one request, and a median needs 20: --rate 4\/s/],
    ['{rate: 30/s, duration: 500ms}', /about 15 requests/],
  ])('%s is refused before it starts, with what would be enough', (load, message) => {
    expect(() => parse(`${LOAD}${load}`)).toThrow(message);
  });

  it('is no matter where the engine sends as fast as it is answered', () => {
    expect(() => parse(`${LOAD}{rate: 1/s, engine: autocannon, keepalive: [unlimited]}`)).not.toThrow();
    expect(() => parse(`${LOAD}{rate: 20/s, duration: 1s}`)).not.toThrow();
  });

  it('is told with every size that comes twice', () => {
    expect(() => parse('services: [1, 5, 1]\nmodes: [nftables]')).toThrow(/services: 1 comes twice/);
  });

  it.each([
    ['"10k"', 'such as 10000 or [1, 10000], not "10k"'],
    ['[1, 10k]', 'such as 10000, not "10k"'],
    ['[1, "1,000"]', 'such as 1000, not "1,000"'],
    ['"1.5"', 'a number of Services or a list'],
    ['[1e20]', 'must be at most 1,048,573'],
  ])('services: %s is told with the number that it must be', (services, words) => {
    expect(() => parse(`services: ${services}\nmodes: [nftables]`)).toThrow(words);
  });
});
