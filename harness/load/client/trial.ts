import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadMessage, LoadResult, LoadSpec } from '../../model/load.ts';
import { type StartAt, waitMs } from '../clocks.ts';
import type { ClockUs, EngineSession, StretchEnd } from './engine.ts';
import { LoadTally } from './tally.ts';
import { parseTcpCounters, type TcpCounters } from './tcp-counters.ts';

const PROGRESS_MS = 1000;
/**
 * Silence after the phase `done`, before the histograms are packed: whoever reads the machine's counters on that message shall not find our packing in them.
 */
const READ_OUT_MS = 100;
/** Connections and timers get ready: the first request is due this long after its phase began. */
const LEAD_US = 5_000;

export interface TrialOptions {
  readonly spec: LoadSpec;
  readonly session: EngineSession;
  readonly clockUs: ClockUs;
  /** When the first phase begins. */
  readonly startAt: StartAt;
  readonly emit: (message: LoadMessage) => void;
}

/** Warm-up → idle → load → drained. The phases of one trial, in the client's process. */
export async function measureLoad(options: TrialOptions): Promise<LoadResult> {
  const { spec, session, clockUs, emit } = options;
  const emitPhase = (phase: 'warm-up' | 'idle' | 'load' | 'done') => emit({ type: 'phase', phase, atMs: wallMs() });
  await sleep(waitMs(options.startAt));
  emitPhase('warm-up');
  // The load's seed must not be the warm-up's, or its first requests would repeat the warm-up's pattern.
  const warmUp = { startUs: clockUs() + LEAD_US, durationMs: spec.warmUpMs, seed: spec.seed ^ 0x5bd1e995, tally: null };
  if (spec.warmUpMs > 0) await session.run(warmUp);
  emitPhase('idle');
  await sleep(spec.idleMs);
  emitPhase('load');
  const load = await measureStretch(options);
  emitPhase('done');
  await sleep(READ_OUT_MS);
  session.close();
  return assembleResult(spec, load);
}

interface MeasuredStretch {
  readonly tally: LoadTally;
  readonly end: StretchEnd;
  readonly startedAtMs: number;
  /** When the last request had ended: so that a capture bounded by it holds the last SYN too. */
  readonly endedAtMs: number;
  readonly cpuUs: number;
  readonly tcpBefore: TcpCounters;
  readonly tcpAfter: TcpCounters;
}

async function measureStretch({ spec, session, clockUs, emit }: TrialOptions): Promise<MeasuredStretch> {
  const tcpBefore = loadTcpCounters();
  const cpuBefore = process.cpuUsage();
  const startUs = clockUs() + LEAD_US;
  const startedAtMs = wallMs() + LEAD_US / 1000;
  const tally = new LoadTally(spec.targets, startUs);
  const progress = setInterval(
    () => emit({ type: 'progress', sent: tally.sent, ok: tally.ok, errors: tally.errors }),
    PROGRESS_MS,
  );
  try {
    const end = await session.run({ startUs, durationMs: spec.durationMs, seed: spec.seed, tally });
    const cpu = process.cpuUsage(cpuBefore);
    const tcpAfter = loadTcpCounters();
    return { tally, end, startedAtMs, endedAtMs: wallMs() + 1, cpuUs: cpu.user + cpu.system, tcpBefore, tcpAfter };
  } finally {
    clearInterval(progress);
  }
}

function assembleResult(spec: LoadSpec, load: MeasuredStretch): LoadResult {
  const { tally, end } = load;
  return {
    engine: spec.engine,
    startedAtMs: load.startedAtMs,
    endedAtMs: load.endedAtMs,
    requestedRateRps: spec.rateRps,
    achievedRateRps: (tally.sent * 1000) / end.sendingMs,
    durationMs: end.sendingMs,
    targets: tally.close(),
    lateness: tally.encodeLateness(),
    otherErrors: Object.fromEntries(tally.otherErrors),
    slowConnects: tally.slowConnects,
    synRetransmits: load.tcpAfter.synRetransmits - load.tcpBefore.synRetransmits,
    segmentRetransmits: load.tcpAfter.segmentRetransmits - load.tcpBefore.segmentRetransmits,
    clientCpuUs: load.cpuUs,
    slices: tally.slices.summarize(),
  };
}

/** /proc/net is of the namespace of the process that reads it. */
function loadTcpCounters(): TcpCounters {
  return parseTcpCounters(readFileSync('/proc/net/netstat', 'utf8'), readFileSync('/proc/net/snmp', 'utf8'));
}

/** Read again each time: captures and snapshots, which are compared with it, have the clock's present time. */
function wallMs(): number {
  return Date.now();
}
