import { EnvironmentError } from '../../errors.ts';
import { modeOf } from '../../mode/table.ts';
import type { Sync } from '../../model/counters.ts';
import type { Mode } from '../../model/mode.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import { LogFollower } from '../../system/log-follower.ts';
import { MEMORY_REMEDY } from '../../system/memory-kills.ts';
import type { RunningProcess } from '../../system/process.ts';
import { waitFor } from '../../system/wait.ts';
import { METRICS_PORT } from './config.ts';
import { ProxyLog } from './log.ts';
import { describeUnsettled, fetchProxyMetrics, fetchProxyMode, type ProxyMetrics } from './metrics.ts';
import { type StartKubeProxyOptions, startKubeProxy } from './process.ts';
import { SettledState } from './settled-state.ts';

/** A sync's beginning is its end minus its duration; kube-proxy's code logs the two some lines apart. */
const SYNC_START_SLACK_MS = 10;
/** kube-proxy tries again after 30 s. */
const MAX_FAILED_SYNCS = 1;
/** A tool that was disturbed fails once or twice; one that lacks what kube-proxy asks of it fails eight times in the first sync. */
const MAX_UNREADABLE = 3;

/** A kube-proxy that runs, and what can be asked of it. */
export class KubeProxy implements AsyncDisposable {
  readonly process: RunningProcess;
  readonly mode: Mode;
  readonly startedAtMs: number;
  readonly #slowness: number;
  readonly #baseUrl: string;
  readonly #follower: LogFollower;
  readonly #log: ProxyLog;
  readonly #metricSyncs: Sync[] = [];
  readonly #settled = new SettledState();
  readonly #startedMs = performance.now();
  #lastMetrics: ProxyMetrics | null = null;

  private constructor(process: RunningProcess, { mode, slowness }: StartKubeProxyOptions, baseUrl: string) {
    this.process = process;
    this.mode = mode;
    this.#slowness = slowness;
    this.startedAtMs = Date.now();
    this.#baseUrl = baseUrl;
    this.#follower = new LogFollower(process.logFile);
    this.#log = new ProxyLog({ now: () => Date.now() });
  }

  /**
   * Starts kube-proxy and asks it which mode it runs. Rejects with an EnvironmentError when it ends, does not answer in `deadlineMs`, or
   * runs another mode than asked (1.20 falls back from ipvs to iptables and says so only in its log).
   */
  static async start(
    options: StartKubeProxyOptions & {
      readonly address: string;
      readonly deadlineMs: number;
      readonly signal: AbortSignal;
    },
  ): Promise<KubeProxy> {
    const process = await startKubeProxy(options);
    const proxy = new KubeProxy(process, options, `http://${options.address}:${METRICS_PORT}`);
    try {
      const running = await proxy.#waitForMode(options.deadlineMs, options.signal);
      proxy.#requireMode(running);
      return proxy;
    } catch (error) {
      await process[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What kube-proxy answers at /proxyMode. */
  runningMode(signal: AbortSignal): Promise<string> {
    return fetchProxyMode(this.#baseUrl, signal);
  }

  /** kube-proxy's own effective configuration as JSON, from /configz; `null` when this version has no such page. */
  async effectiveConfig(signal: AbortSignal): Promise<string | null> {
    const response = await fetch(`${this.#baseUrl}/configz`, { signal }).catch(() => null);
    return response?.ok === true ? await response.text() : null;
  }

  /** The whole text of /metrics, for the run's logs. */
  async metricsText(signal: AbortSignal): Promise<string> {
    return (await fetch(`${this.#baseUrl}/metrics`, { signal })).text();
  }

  /** Reads /metrics; a sync that only the counters tell of (ipvs logs none at -v=2) is noted on the way. */
  async metrics(signal: AbortSignal): Promise<ProxyMetrics> {
    const metrics = await fetchProxyMetrics(this.#baseUrl, signal);
    this.#noteSyncs(metrics);
    this.#lastMetrics = metrics;
    return metrics;
  }

  /** Why it is not settled, or `null`. `lastChangeMs` is Unix ms of the last API write. */
  async unsettled(lastChangeMs: number, signal: AbortSignal): Promise<string | null> {
    this.requireRunning();
    if (modeOf(this.mode).settledSeenIn === 'log') return this.#unsettledByLog(lastChangeMs);
    const metrics = await this.metrics(signal);
    if (this.#settled.holds(metrics, lastChangeMs)) return null;
    const why = describeUnsettled(metrics, lastChangeMs, this.startedAtMs) ?? this.#lateChange(metrics, lastChangeMs);
    if (why === null) this.#settled.note(metrics, lastChangeMs);
    return why;
  }

  /** Since its start, ms. */
  get runningForMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Syncs that ended in [fromMs, toMs], Unix ms. */
  syncsBetween(fromMs: number, toMs: number): readonly Sync[] {
    this.readLog();
    const logged = this.#log.between(fromMs, toMs);
    if (logged.length > 0) return logged;
    return this.#metricSyncs.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }

  /** Takes in what was logged since the last call. */
  readLog(): void {
    for (const line of this.#follower.readNewLines()) this.#log.push(line);
  }

  /** What it complained of since the last call. */
  takeErrors(): readonly ProxyErrors[] {
    this.readLog();
    return this.#log.takeErrors();
  }

  /**
   * Throws with its decisive last lines when it does not do its work: its syncs fail again and again (one may, for a lock that another tool held), or it cannot
   * read its own rules back and so never takes away what is stale.
   */
  requireSyncing(): void {
    this.readLog();
    if (this.#log.failuresInARow > MAX_FAILED_SYNCS) throw this.#unfit('cannot write its rules');
    if (this.#log.unreadable > MAX_UNREADABLE)
      throw this.#unfit('cannot read its own rules back, so what is stale stays in the kernel for good');
  }

  /** Throws with its decisive last lines when it has ended. */
  requireRunning(): void {
    if (this.process.end !== null) throw this.#ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }

  /**
   * A change of a running kube-proxy is in the kernel when a sync that began after it was queued has ended. That nothing is pending does not say so: both address families count into one
   * gauge, and the sync of one sets it to 0 while the other's runs (pkg/proxy/endpointschangetracker.go, 1.36; seen in ipvs mode: 2 of 40 destinations).
   */
  #lateChange({ lastQueuedMs }: ProxyMetrics, lastChangeMs: number): string | null {
    if (lastChangeMs <= this.startedAtMs || lastQueuedMs === null) return null;
    this.readLog();
    const last = this.#log.syncs.at(-1) ?? this.#metricSyncs.at(-1);
    if (last === undefined || last.atMs - last.durationMs >= lastQueuedMs - SYNC_START_SLACK_MS * this.#slowness)
      return null;
    return 'the last sync began before the last change reached kube-proxy';
  }

  /** userspace mode counts no syncs in its metrics: its log tells them, and the endpoints that it takes up between them. */
  #unsettledByLog(lastChangeMs: number): string | null {
    this.readLog();
    const lastSync = this.#log.syncs.at(-1);
    if (lastSync === undefined) return 'kube-proxy has not synced yet';
    // What is changed while it runs is endpoints, never Services.
    const takenMs = lastChangeMs > this.startedAtMs ? (this.#log.endpointsTakenMs ?? 0) : lastSync.atMs;
    return takenMs < lastChangeMs ? 'kube-proxy has not taken up the last change' : null;
  }

  #noteSyncs(metrics: ProxyMetrics): void {
    const before = this.#lastMetrics;
    const count = (metrics.syncCount ?? 0) - (before?.syncCount ?? 0);
    if (modeOf(this.mode).syncsSeenIn !== 'metrics' || count <= 0 || metrics.lastSyncMs === null) return;
    const totalMs = (metrics.syncSumMs ?? 0) - (before?.syncSumMs ?? 0);
    for (let each = 0; each < count; each += 1) {
      this.#metricSyncs.push({ atMs: metrics.lastSyncMs, durationMs: totalMs / count, kind: 'full' });
    }
  }

  async #waitForMode(deadlineMs: number, signal: AbortSignal): Promise<string> {
    return waitFor({
      look: async () => {
        this.requireRunning();
        const mode = await this.runningMode(AbortSignal.any([signal, AbortSignal.timeout(2000)])).catch(() => null);
        return mode === null ? { holds: false, why: 'no answer at /proxyMode' } : { holds: true, value: mode };
      },
      deadlineMs,
      pauseMs: 20,
      onTimeout: (why) =>
        new EnvironmentError(
          `${this.process.name}: ${why} after ${deadlineMs} ms:\n${this.#decisive()}`,
          `read ${this.process.logFile}`,
        ),
      signal,
    });
  }

  #requireMode(running: string): void {
    const asked = modeOf(this.mode).proxyWord;
    if (running === asked) return;
    throw new EnvironmentError(
      `kube-proxy was asked for ${asked} mode and runs ${running}:\n${this.#decisive()}`,
      'run "npm run doctor": it says what this kernel lacks for that mode',
    );
  }

  #unfit(what: string): EnvironmentError {
    return new EnvironmentError(
      `${this.process.name} ${what}:\n${this.#decisive()}`,
      `mend what its log names (${this.process.logFile}), or leave the mode ${this.mode.id} out with --modes`,
    );
  }

  #ended(): EnvironmentError {
    return new EnvironmentError(
      `${this.process.name} ${this.process.endText}:\n${this.#decisive()}`,
      this.process.killedForMemory ? MEMORY_REMEDY : `read ${this.process.logFile}`,
    );
  }

  #decisive(): string {
    this.readLog();
    return this.#log.decisiveLines.map((line) => `  ${line}`).join('\n');
  }
}
