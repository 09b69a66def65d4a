import { policyId } from '../../experiment/load/policy.ts';
import { modeOf } from '../../mode/table.ts';
import { encodeHistogram, makeHistogram, recordUs, type StoredHistogram } from '../../model/histogram.ts';
import type { LoadResult, TargetLoad } from '../../model/load.ts';
import type { Mode } from '../../model/mode.ts';
import type { PlannedTrial } from '../../model/plan.ts';
import type { Policy } from '../../model/policy.ts';
import { makeRandom, type Random, shuffled } from '../../model/random.ts';
import type { Run } from '../../model/run.ts';
import type { BlockNode } from '../../model/target.ts';
import type { Trial } from '../../model/trial.ts';
import type { WireResult } from '../../model/wire.ts';
import { type LatencyShape, type MachineMood, RESTLESS, SKEWED } from './shapes.ts';

/**
 * Invented runs for tests of analysis and report. Never imported by product code: no number in here was measured, and the run's
 * description says so.
 */
export interface SyntheticOptions {
  readonly sizesServices: readonly number[];
  readonly modes: readonly Mode[];
  readonly policies: readonly Policy[];
  readonly rounds: number;
  readonly targets: number;
  /** Requests of one trial, over all targets. */
  readonly requests: number;
  readonly seed: number;
  readonly shape: LatencyShape;
  readonly mood: MachineMood;
  /** Median handshake of a target in µs; `ruleIndex` is null in modes without an order. */
  readonly handshakeUs: (mode: Mode, sizeServices: number, ruleIndex: number | null) => number;
  /** Busy cores over idle. */
  readonly cores: (mode: Mode, sizeServices: number, policy: Policy) => number;
  /** Trials for which this is true are invalid. */
  readonly isInvalid: (plan: PlannedTrial) => boolean;
  readonly wire: boolean;
}

export const LEGACY: Mode = {
  id: 'iptables-legacy',
  routing: { kind: 'iptables', backend: 'legacy' },
  proxyVersion: null,
};
export const NFT: Mode = { id: 'iptables-nft', routing: { kind: 'iptables', backend: 'nft' }, proxyVersion: null };
export const IPVS: Mode = { id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null };
export const NFTABLES: Mode = { id: 'nftables', routing: { kind: 'nftables' }, proxyVersion: null };
export const NONE: Mode = { id: 'none', routing: { kind: 'none' }, proxyVersion: null };

const NS_PER_RULE = { legacy: 6.5, nft: 15 } as const;

/** The shape of facts.md's first measurements, rounded: enough that every part of a report has something to show. */
export function plausibleHandshakeUs(mode: Mode, _sizeServices: number, ruleIndex: number | null): number {
  const { isFloor, iptables, rulesHaveOrder } = modeOf(mode);
  if (isFloor) return 11;
  if (!rulesHaveOrder || iptables === null) return 20;
  return 19 + (NS_PER_RULE[iptables.flavour] * (ruleIndex ?? 0)) / 1000;
}

const DEFAULTS: SyntheticOptions = {
  sizesServices: [1, 1000, 10_000],
  modes: [LEGACY, IPVS],
  policies: [{ kind: 'per-request' }, { kind: 'keepalive', requests: 100 }],
  rounds: 6,
  targets: 10,
  requests: 2000,
  seed: 1,
  shape: SKEWED,
  mood: RESTLESS,
  handshakeUs: plausibleHandshakeUs,
  cores: (mode, sizeServices, policy) =>
    0.3 + (hasOrder(mode) && policy.kind === 'per-request' ? (0.35 * sizeServices) / 10_000 : 0.01),
  isInvalid: () => false,
  wire: true,
};

const RATE_RPS = 1000;
const START_MS = Date.UTC(2026, 0, 1);
const BACKENDS = 10;
const ENDPOINTS = 10;
/** What the invented client adds to a handshake, and the invented server to a connection, µs. */
const CLIENT_US = 120;
const SERVER_US = 90;

const hasOrder = (mode: Mode) => modeOf(mode).rulesHaveOrder;

function targetCount(options: SyntheticOptions, sizeServices: number): number {
  return Math.min(options.targets, sizeServices);
}

/** Targets lie spread over the table, the last one at its end. */
function ruleIndexOf(options: SyntheticOptions, sizeServices: number, target: number): number {
  return Math.round(((target + 1) * sizeServices) / targetCount(options, sizeServices)) - 1;
}

function histogramOf(valuesUs: readonly number[]): StoredHistogram {
  const histogram = makeHistogram();
  for (const valueUs of valuesUs) recordUs(histogram, valueUs);
  return encodeHistogram(histogram);
}

interface TargetSample {
  readonly handshakesUs: readonly number[];
  readonly requests: number;
}

function targetLoadOf(
  id: string,
  { handshakesUs, requests }: TargetSample,
  random: Random,
  shape: LatencyShape,
): TargetLoad {
  const server = Array.from({ length: requests }, () => SERVER_US * shape.draw(random));
  const connects = handshakesUs.map((handshakeUs) => handshakeUs + CLIENT_US);
  // The first request of a connection waits for it; the others find it open.
  const perConnection = Math.max(1, Math.round(requests / Math.max(1, connects.length)));
  const firstBytes = server.map(
    (serverUs, at) => serverUs + (at % perConnection === 0 ? (connects[at / perConnection] ?? 0) : 0),
  );
  const totals = firstBytes.map((firstByteUs) => firstByteUs + 5);
  const late = 200;
  const connectionBackends: Record<string, number> = {};
  for (let connection = 0; connection < connects.length; connection += 1) {
    const name = `backend-${Math.floor(random() * BACKENDS)}`;
    connectionBackends[name] = (connectionBackends[name] ?? 0) + 1;
  }
  return {
    id,
    outcomes: { ok: requests, refused: 0, reset: 0, timedOut: 0, badStatus: 0, wrongBody: 0, failed: 0, unsent: 0 },
    connections: connects.length,
    backends: connectionBackends,
    connectionBackends,
    times: {
      connect: histogramOf(connects),
      firstByte: histogramOf(firstBytes),
      total: histogramOf(totals),
      connectFromDue: histogramOf(connects.map((us) => us + late)),
      firstByteFromDue: histogramOf(firstBytes.map((us) => us + late)),
      totalFromDue: histogramOf(totals.map((us) => us + late)),
    },
  };
}

const SLICES = 4;

function makeLoad(options: SyntheticOptions, targets: readonly TargetLoad[], startedAtMs: number): LoadResult {
  const durationMs = (options.requests / RATE_RPS) * 1000;
  return {
    engine: 'open-loop',
    startedAtMs,
    endedAtMs: startedAtMs + durationMs,
    requestedRateRps: RATE_RPS,
    achievedRateRps: RATE_RPS,
    durationMs,
    targets: [...targets],
    lateness: histogramOf([150, 200, 250]),
    otherErrors: {},
    slowConnects: 0,
    synRetransmits: 0,
    segmentRetransmits: 0,
    clientCpuUs: 200 * options.requests,
    slices: Array.from({ length: SLICES }, (_, slice) => ({
      startMs: (slice * durationMs) / SLICES,
      requests: options.requests / SLICES,
      errors: 0,
      connectP50Us: 145 + slice,
      totalP50Us: 250 + slice,
      totalP99Us: 600 + slice,
    })),
  };
}

function makeWire(samples: readonly { id: string; handshakesUs: readonly number[] }[], durationMs: number): WireResult {
  const connections = samples.reduce((sum, { handshakesUs }) => sum + handshakesUs.length, 0);
  return {
    tool: 'synthetic',
    interface: 'veth0',
    targets: samples.map(({ id, handshakesUs }) => ({
      id,
      handshake: histogramOf(handshakesUs),
      retransmitted: histogramOf([]),
      unanswered: 0,
    })),
    droppedPackets: 0,
    capturedPackets: 2 * connections,
    captureCpuUs: 1000,
    slices: Array.from({ length: SLICES }, (_, slice) => ({
      startMs: (slice * durationMs) / SLICES,
      connections: Math.floor(connections / SLICES),
      p50Us: 20 + slice,
      p99Us: 50 + slice,
    })),
  };
}

interface TrialPlace {
  readonly plan: PlannedTrial;
  readonly mode: Mode;
  readonly policy: Policy;
  readonly mood: number;
}

function makeTrial(options: SyntheticOptions, { plan, mode, policy, mood }: TrialPlace, random: Random): Trial {
  const targets = targetCount(options, plan.sizeServices);
  const requests = Math.floor(options.requests / targets);
  const connections =
    policy.kind === 'per-request' ? requests : Math.max(1, Math.floor(requests / (policy.requests ?? requests)));
  const samples = Array.from({ length: targets }, (_, target) => {
    const ruleIndex = hasOrder(mode) ? ruleIndexOf(options, plan.sizeServices, target) : null;
    const medianUs = mood * options.handshakeUs(mode, plan.sizeServices, ruleIndex);
    const handshakesUs = Array.from({ length: connections }, () => medianUs * options.shape.draw(random));
    return { id: `target-${target}`, handshakesUs, requests };
  });
  const startedAtMs = START_MS + plan.index * 5000;
  const load = makeLoad(
    options,
    samples.map((sample) => targetLoadOf(sample.id, sample, random, options.shape)),
    startedAtMs + 2000,
  );
  const busy = mood * options.cores(mode, plan.sizeServices, policy);
  const invalid = options.isInvalid(plan);
  return {
    type: 'trial',
    plan,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: 2000 + load.durationMs,
    load,
    wire: options.wire ? makeWire(samples, load.durationMs) : null,
    cpuIdle: {
      durationMs: 500,
      userCores: 0.02,
      systemCores: 0.01,
      irqCores: 0,
      softirqCores: 0.01,
      stealCores: 0,
      busyCores: 0.04,
    },
    cpuLoad: {
      durationMs: load.durationMs,
      userCores: 0.02 + busy * 0.3,
      systemCores: 0.01 + busy * 0.4,
      irqCores: 0,
      softirqCores: 0.01 + busy * 0.3,
      stealCores: 0,
      busyCores: 0.04 + busy,
    },
    groups: {
      'kube-proxy': { idleCores: 0.001, loadCores: 0.002, rssBytes: 60e6 + 20_000 * plan.sizeServices },
      nginx: { idleCores: 0, loadCores: 0.1, rssBytes: 30e6 },
      client: { idleCores: 0.001, loadCores: 0.2, rssBytes: 90e6 },
    },
    conntrackBefore: { count: 10, max: 262_144, drop: 0, earlyDrop: 0, insertFailed: 0 },
    conntrackAfter: { count: 2010, max: 262_144, drop: 0, earlyDrop: 0, insertFailed: 0 },
    syncs: plan.index % 7 === 3 ? [{ atMs: startedAtMs + 2500, durationMs: 40, kind: 'partial' }] : [],
    clockStepMs: 0,
    valid: !invalid,
    invalid: invalid
      ? [{ code: 'rate-missed', message: 'reached 901 of 1000 requests/s', remedy: 'lower --rate' }]
      : [],
    warnings: [],
  };
}

function makeNode(options: SyntheticOptions, mode: Mode, sizeServices: number): BlockNode {
  const { proxyWord, iptables } = modeOf(mode);
  const [isIptables, isIpvs, isNftables] = ['iptables', 'ipvs', 'nftables'].map((word) => word === proxyWord);
  const targets = Array.from({ length: targetCount(options, sizeServices) }, (_, target) => ({
    id: `target-${target}`,
    address: `10.96.0.${target + 1}`,
    port: 80,
    ruleIndex: hasOrder(mode) ? ruleIndexOf(options, sizeServices, target) : null,
  }));
  return {
    type: 'node',
    sizeServices,
    modeId: mode.id,
    proxyMode: proxyWord,
    proxyVersion: proxyWord === null ? null : 'v1.36.3',
    proxySha256: null,
    iptablesBackend: iptables?.holdsServices === true ? iptables.flavour : null,
    effectiveConfig: null,
    targets,
    kernelObjects: {
      natRules: isIptables ? 5 + sizeServices * (2 + 3 * ENDPOINTS) : isIpvs ? 18 : null,
      filterRules: isIptables ? 8 : null,
      serviceJumps: isIptables ? sizeServices : null,
      ipvsServices: isIpvs ? sizeServices : null,
      ipvsDestinations: isIpvs ? sizeServices * ENDPOINTS : null,
      ipsetEntries: isIpvs ? sizeServices + 3 : null,
      dummyAddresses: isIpvs ? sizeServices : null,
      nftRules: isNftables ? sizeServices * 15 : null,
      nftChains: isNftables ? sizeServices * 11 : null,
      nftMapElements: isNftables ? sizeServices : null,
    },
    programming: {
      loadObjectsMs: sizeServices / 10,
      settledMs: 500 + sizeServices * 0.7,
      syncMs: 100 + sizeServices * 0.6,
      syncs: 2,
      kubeProxyCpuUs: 300_000 + sizeServices * 500,
      kubeProxyRssBytes: 60e6 + sizeServices * 20_000,
      concurrentNodes: options.modes.length - 1,
    },
    changes: [
      { kind: 'service-added', apiWriteToFirstConnectionMs: isIpvs ? 30 : 60 + sizeServices / 100 },
      { kind: 'endpoints-changed', apiWriteToFirstConnectionMs: isIpvs ? 28 : 50 + sizeServices / 100 },
    ],
    ruleWalks: isIptables
      ? targets.map(({ id, ruleIndex }) => ({
          connections: 20,
          requests: 200,
          targetId: id,
          ruleIndex,
          rulesPerConnection: 1 + (ruleIndex ?? 0) + 1 + (ENDPOINTS + 1) / 2 + 2,
          matchedPackets: 20,
        }))
      : [],
    vipAnswersPing: proxyWord === null ? null : isIpvs === true,
    reachability: [
      { what: 'clusterip-from-pod', answered: true },
      { what: 'clusterip-from-node', answered: true },
      { what: 'nodeport-from-outside', answered: true },
    ],
  };
}

/** Every (mode, policy) once per round, in a drawn order; the machine's mood goes on over the whole run. */
function makePlaces(options: SyntheticOptions, random: Random): TrialPlace[] {
  const perRound = options.modes.length * options.policies.length;
  const moods = options.mood.draw(options.sizesServices.length * options.rounds, perRound, random);
  const contestants = options.modes.flatMap((mode) => options.policies.map((policy) => ({ mode, policy })));
  return options.sizesServices.flatMap((sizeServices, block) =>
    Array.from({ length: options.rounds }, (_, round) => round).flatMap((round) =>
      shuffled(contestants, random).map(({ mode, policy }, at) => {
        const index = (block * options.rounds + round) * perRound + at;
        const plan = { index, sizeServices, round, modeId: mode.id, policyId: policyId(policy) };
        return { plan, mode, policy, mood: moods[block * options.rounds + round]?.[at] ?? 1 };
      }),
    ),
  );
}

function makeHeader(options: SyntheticOptions, places: readonly TrialPlace[]): Run['header'] {
  const blocks = options.sizesServices.map((sizeServices) => {
    const ofBlock = places.filter(({ plan }) => plan.sizeServices === sizeServices).map(({ plan }) => plan);
    const rounds = Array.from({ length: options.rounds }, (_, round) => ({
      round,
      trials: ofBlock.filter((plan) => plan.round === round),
    }));
    return { sizeServices, rounds };
  });
  return {
    schemaVersion: 1,
    id: 'synthetic',
    scenario: {
      schemaVersion: 1,
      name: 'synthetic',
      description: 'invented for tests; nothing in it was measured',
      testbed: 'netns',
      sizesServices: [...options.sizesServices],
      endpointsPerService: ENDPOINTS,
      backends: 'distinct',
      targets: options.targets,
      modes: [...options.modes],
      unsupported: 'refuse',
      proxy: { version: '1.36.3', serverProxy: false },
      load: {
        engine: 'open-loop',
        rateRps: RATE_RPS,
        arrivals: 'uniform',
        policies: [...options.policies],
        warmUpMs: 500,
        idleMs: 500,
        durationMs: (options.requests / RATE_RPS) * 1000,
        requestTimeoutMs: 5000,
        clients: 1,
      },
      measure: { wire: options.wire, probes: true },
      stop: {
        minRounds: options.rounds,
        maxRounds: options.rounds,
        budgetMs: 600_000,
        confidence: 0.95,
        halfWidthUs: 5,
      },
      margins: { rttUs: 50, rttRatio: 0.05, handshakeUs: 5, cpuCores: 0.05 },
      axis: { kind: 'none', values: [] },
      seed: options.seed,
    },
    command: ['bench', '--scenario', 'synthetic'],
    seed: options.seed,
    plan: { schemaVersion: 1, seed: options.seed, standing: 'side-by-side', blocks },
    startedAt: new Date(START_MS).toISOString(),
    endedAt: new Date(START_MS + places.length * 5000).toISOString(),
    status: 'complete',
    statusReason: null,
    environment: {
      testbed: 'netns',
      execution: 'native',
      kernel: { release: '6.1.0-synthetic', version: '#1 SMP', architecture: 'x86_64', options: {} },
      cpu: { model: 'Invented CPU', cores: 2, mhz: 3000, governor: null, virtualization: null, mitigations: {} },
      memoryBytes: 8e9,
      operatingSystem: 'Invented Linux 12',
      tools: { nginx: { path: '/usr/sbin/nginx', version: '1.22.1', sha256: null } },
      sysctls: {},
      loadAverage: [0.1, 0.1, 0.1],
      harnessCommit: null,
      harnessVersion: '0.1.0',
    },
    capacity: [{ policyId: 'per-request', requestsPerSecond: 9000, clientFloorUs: 110 }],
    refusedModes: [],
    warnings: [],
    timing: { totalMs: places.length * 5000, loadMs: places.length * 2000, setUpMs: 10_000 },
  };
}

/** A whole invented run; what is not given is plausible. */
export function makeSyntheticRun(overrides: Partial<SyntheticOptions> = {}): Run {
  const options = { ...DEFAULTS, ...overrides };
  const random = makeRandom(options.seed);
  const places = makePlaces(options, random);
  return {
    header: makeHeader(options, places),
    nodes: options.sizesServices.flatMap((sizeServices) =>
      options.modes.map((mode) => makeNode(options, mode, sizeServices)),
    ),
    trials: places.map((place) => makeTrial(options, place, random)),
    tornLine: false,
  };
}
