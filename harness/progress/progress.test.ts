import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type RunEvent, type RunningDifference, runEventSchema } from '../model/run-event.ts';
import { formatLiveView } from './live-view.ts';
import { formatPlainLines } from './plain-lines.ts';
import { chooseProgress, startProgress } from './start.ts';
import { NO_PROGRESS, reduceProgress } from './state.ts';
import { formatAhead, formatClock, oneLine } from './words.ts';

const START_MS = 1_800_000_000_000;
const trial = { index: 3, sizeServices: 1, round: 0, modeId: 'nftables', policyId: 'per-request' };
const reason = { code: 'steal', message: 'the hypervisor took 5 % of a core away', remedy: 'use another machine' };

function difference(change: Partial<RunningDifference> = {}): RunningDifference {
  return {
    modeId: 'iptables-legacy',
    referenceModeId: 'nftables',
    spec: 'per-request',
    quantity: 'handshake.p50',
    estimateUs: 61.23,
    lowUs: 58,
    highUs: 64.44,
    rounds: 5,
    missingRounds: 0,
    verdict: 'different',
    ...change,
  };
}

const RUN_STARTED: RunEvent = {
  type: 'run-started',
  atMs: START_MS,
  schemaVersion: 1,
  runId: 'id',
  directory: 'reports/runs/id',
  scenario: '10k',
  seed: 1,
  testbed: 'netns',
  testbedReason: null,
  sizesServices: [1, 10_000],
  modeIds: ['iptables-legacy', 'nftables'],
  policyIds: ['per-request'],
  refusedModes: [
    {
      mode: { id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null },
      reason: { code: 'x', message: 'no ip_vs', remedy: 'take a vm' },
    },
  ],
  minRounds: 5,
  maxRounds: 30,
  budgetMs: 900_000,
  halfWidthUs: 10,
  resumedTrials: 0,
};

/** Events of a run, a second apart; each must be what the schema of events says. */
function events(...rest: Record<string, unknown>[]): RunEvent[] {
  return [RUN_STARTED, ...rest].map((event, index) =>
    runEventSchema.parse({ ...event, atMs: START_MS + index * 1000 }),
  );
}

const MEASURING = events(
  { type: 'step', name: 'preflight', state: 'done', detail: 'all there' },
  { type: 'block-started', sizeServices: 1, modeIds: ['nftables'] },
  {
    type: 'block-settled',
    sizeServices: 1,
    durationMs: 3000,
    nodes: [{ modeId: 'nftables', settledMs: 2900, natRules: null, nftRules: 40, ipvsServices: null }],
  },
  { type: 'round-finished', sizeServices: 1, round: 4, differences: [difference()], widestUs: 14.2 },
  { type: 'trial-started', trial, position: 1, trialsInRound: 2, warmUpMs: 500, idleMs: 1500, loadMs: 5000 },
  { type: 'trial-phase', trialIndex: 3, phase: 'load' },
  { type: 'time-left', expectedMs: 290_000, atMostMs: 700_000 },
);
const FINISHED = [
  ...MEASURING,
  ...events(
    {
      type: 'trial-finished',
      trial,
      durationMs: 7000,
      valid: false,
      invalid: [reason],
      warnings: [],
      numbers: {
        handshakeP50Us: 20.4,
        connectP50Us: 140,
        totalP50Us: 300,
        totalP99Us: 900,
        cpuCores: 0.123,
        achievedRateRps: 1000,
      },
    },
    { type: 'block-finished', sizeServices: 1, rounds: 6, because: 'narrow-enough', widestUs: 9.2 },
    {
      type: 'run-finished',
      status: 'budget-spent',
      statusReason: null,
      directory: 'reports/runs/id',
      trials: 48,
      invalidTrials: 1,
      totalMs: 451_000,
      loadMs: 275_000,
    },
  ).slice(1),
];

function view(
  list: readonly RunEvent[],
  size: { columns: number; rows: number; overflow?: 'cut' | 'wrap' } = { columns: 100, rows: 40 },
) {
  const state = list.reduce(reduceProgress, NO_PROGRESS);
  const nowMs = (list.at(-1)?.atMs ?? START_MS) + 1200;
  return formatLiveView(state, { overflow: 'cut', ...size, nowMs, paint: (_style, text) => text });
}

/** All that was written to a stream. */
function written(stream: PassThrough): Promise<string> {
  stream.end();
  return text(stream);
}

describe('the live view', () => {
  it('shows what runs, how long is left and the running estimate of each difference', () => {
    expect(view(MEASURING)).toEqual([
      '10k in netns · about 5 min left, at most 12 min',
      '  left out: ipvs: no ip_vs',
      '  ▸ 1 Service: round 6 of 5 to 30 · ±14.2 µs, wanted ±10 µs · 0:06',
      '      2/2 nftables, per-request: load 2 of 5 s',
      '      per-request (handshake p50)',
      '        iptables-legacy less nftables    +61.2 µs (58.0 to 64.4), different',
      '  ○ 10,000 Services',
    ]);
  });

  it('shows the steps before the first size, and none of them after', () => {
    expect(view(MEASURING.slice(0, 2))).toContain('  ✔ preflight: all there');
    expect(view(MEASURING).join()).not.toContain('preflight');
  });

  it('never has a line wider or more lines than the terminal, and says how many lines it left out', () => {
    const many = Array.from({ length: 30 }, (_, index) => difference({ spec: `policy-${index}` }));
    const list = [
      ...MEASURING,
      ...events({ type: 'round-finished', sizeServices: 1, round: 5, differences: many, widestUs: 12 }).slice(1),
    ];
    for (const [columns, rows] of [
      [20, 5],
      [40, 12],
      [60, 24],
      [200, 10],
    ] as const) {
      const lines = view(list, { columns, rows });
      expect(lines.length).toBeLessThan(rows);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines.at(-1)).toMatch(/… \d+ more l/);
    }
  });

  it('puts the numbers on a line of their own where the terminal is narrow', () => {
    expect(view(MEASURING, { columns: 50, rows: 40 })).toEqual(
      expect.arrayContaining(['        iptables-legacy less nftables', '          +61.2 µs (58.0 to 64.4), different']),
    );
  });

  it('tells finished sizes in one line each when there is no room, and whole in the drawing that stays', () => {
    const short = view(FINISHED, { columns: 100, rows: 7 });
    expect(short).not.toContain('      per-request (handshake p50)');
    expect(short).toContain('  ✔ 1 Service: 6 rounds, intervals within ±9.2 µs: narrow enough · 0:00');
    expect(view(FINISHED, { columns: 100, rows: 7, overflow: 'wrap' })).toContain('      per-request (handshake p50)');
  });

  it('ends with how the run ended and where its results are', () => {
    expect(view(FINISHED).slice(-2)).toEqual([
      'budget-spent: 48 trials (1 invalid) in 7:31, load for 61 % of the time',
      'results: reports/runs/id',
    ]);
  });
});

describe('plain lines', () => {
  const lines = FINISHED.flatMap((event) => formatPlainLines(event, START_MS));

  it('tell the same without a terminal', () => {
    expect(lines).toEqual(
      expect.arrayContaining([
        '  0:00  10k in netns: iptables-legacy, nftables; per-request; 1 Service, 10,000 Services',
        '  0:00  left out: ipvs: no ip_vs; take a vm',
        '  0:03  1 Service: settled after 0:03 (nftables 2.9 s, 40 nft rules)',
        '  0:04  1 Service, round 5, per-request: iptables-legacy less nftables, handshake p50 +61.2 µs (58.0 to 64.4), different',
        '  0:01  trial 3: 1 Service, nftables, per-request: handshake 20 µs, connect 140 µs, total 300 µs, CPU 12 % of a core over idle',
        '  0:01  trial 3 is invalid: the hypervisor took 5 % of a core away',
        '  0:02  1 Service: done, 6 rounds, intervals within ±9.2 µs: narrow enough',
      ]),
    );
  });

  it('have no control characters, whatever other programs said', () => {
    const [line] = formatPlainLines(
      { type: 'warning', atMs: START_MS, reason: { ...reason, message: 'a\u001b[31mb\r\n\u0007c' } },
      START_MS,
    );
    expect(line).toBe('  0:00  warning: ab c; use another machine');
  });

  it('say from how many rounds on there is an interval', () => {
    const few = difference({ lowUs: null, highUs: null, rounds: 3, missingRounds: 1, verdict: null });
    const [line] = formatPlainLines(
      { type: 'round-finished', atMs: START_MS, sizeServices: 1, round: 0, differences: [few], widestUs: null },
      START_MS,
    );
    expect(line).toMatch(/\+61.2 µs \(an interval from 4 rounds on\)$/);
  });
});

describe('the kind of progress', () => {
  const stdout = new PassThrough();
  const terminal = Object.assign(new PassThrough(), { isTTY: true as const, columns: 80, rows: 24 });

  it('is live only on a terminal that a person looks at', () => {
    const choose = (json: boolean, stderr: NodeJS.WritableStream, env: Record<string, string>) =>
      chooseProgress({ json }, { stdout, stderr }, env);
    expect(choose(false, terminal, {})).toBe('live');
    expect(choose(false, terminal, { TERM: 'dumb' })).toBe('plain');
    expect(choose(false, terminal, { CI: 'true' })).toBe('plain');
    expect(choose(false, new PassThrough(), {})).toBe('plain');
    expect(choose(true, terminal, {})).toBe('json');
  });

  it('for machines is one event a line on standard output and nothing else there', async () => {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const progress = startProgress('json', streams);
    for (const event of FINISHED) progress.listen(event);
    await progress[Symbol.asyncDispose]();
    const lines = (await written(streams.stdout)).trimEnd().split('\n');
    expect(lines.map((line) => runEventSchema.parse(JSON.parse(line)))).toEqual(FINISHED);
    expect(await written(streams.stderr)).toBe('');
  });

  it('in plain lines tells the time left once a round, not after every trial', async () => {
    const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
    const progress = startProgress('plain', streams);
    const [left] = MEASURING.filter((event) => event.type === 'time-left');
    const [round] = MEASURING.filter((event) => event.type === 'round-finished');
    for (const event of [RUN_STARTED, left, left, round]) if (event !== undefined) progress.listen(event);
    expect((await written(streams.stderr)).match(/about 5 min left/g)).toHaveLength(1);
  });

  it('live keeps warnings, and leaves the whole last drawing behind', async () => {
    const streams = { stdout: new PassThrough(), stderr: terminal };
    const progress = startProgress('live', streams);
    for (const event of FINISHED) progress.listen(event);
    progress.listen({ type: 'warning', atMs: START_MS, reason });
    await progress[Symbol.asyncDispose]();
    const shown = await written(terminal);
    expect(shown).toContain('warning: the hypervisor took 5 % of a core away; use another machine');
    expect(shown.trimEnd().endsWith('results: reports/runs/id')).toBe(true);
  });
});

describe('words', () => {
  it.each([
    [0, '0:00'],
    [59_400, '0:59'],
    [95_000, '1:35'],
    [3_695_000, '1:01:35'],
  ])('%d ms on the clock is %s', (ms, text) => expect(formatClock(ms)).toBe(text));

  it.each([
    [0, '5 s'],
    [41_000, '45 s'],
    [95_000, '2 min'],
    [80 * 60_000, '80 min'],
    [100 * 60_000, '1 h 40 min'],
  ])('%d ms ahead is %s', (ms, text) => expect(formatAhead(ms)).toBe(text));

  it('of other programs stay in their line', () => expect(oneLine(' a\u001b[2Jb\n\tc ')).toBe('ab c'));
});
