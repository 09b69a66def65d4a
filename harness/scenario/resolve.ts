import { modeOf } from '../mode/table.ts';
import { resolveMode } from '../mode/words.ts';
import type { Mode } from '../model/mode.ts';
import type { Policy } from '../model/policy.ts';
import type { Scenario } from '../model/scenario.ts';
import type { ScenarioFile } from './file.ts';

/** A file that passed its schema → the scenario as it runs. Sizes come out ascending. */
export function resolveScenario(name: string, file: ScenarioFile): Scenario {
  const { proxyMetrics, ...kubernetes } = file.kubernetes;
  return {
    schemaVersion: 1,
    name,
    description: file.description,
    testbed: file.testbed,
    sizesServices: [file.services].flat().sort((a, b) => a - b),
    endpointsPerService: file.endpoints,
    backends: file.backends,
    // Only where they were given: runs from before these existed have none, and are the same runs.
    ...(Object.keys(file.ranges).length === 0 ? {} : { ranges: file.ranges }),
    targets: file.targets,
    modes: file.modes
      .map((written) => resolveMode(typeof written === 'string' ? { mode: written } : written))
      .map((mode) => withProxyVersion(mode, file.proxy.version)),
    unsupported: file.ifUnsupported,
    proxy: file.proxy,
    load: resolveLoad(file.load),
    measure: file.measure,
    stop: {
      minRounds: file.stop.rounds.min,
      maxRounds: file.stop.rounds.max,
      budgetMs: file.stop.budget,
      confidence: file.stop.confidence,
      halfWidthUs: file.stop.width,
    },
    margins: {
      rttUs: file.margins.rtt,
      rttRatio: file.margins.rttShare,
      handshakeUs: file.margins.handshake,
      cpuCores: file.margins.cpu,
    },
    axis: resolveAxis(file.axis),
    kubernetes: {
      ...kubernetes,
      nodeImage: kubernetes.nodeImage ?? null,
      prometheus: kubernetes.prometheus ?? null,
      ...(proxyMetrics === undefined ? {} : { proxyMetrics }),
    },
    seed: file.seed,
  };
}

/** A mode that names no kube-proxy of its own takes the scenario's. */
export function withProxyVersion(mode: Mode, scenarioVersion: string): Mode {
  if (mode.proxyVersion !== null || modeOf(mode).proxyWord === null) return mode;
  return { ...mode, proxyVersion: scenarioVersion };
}

function resolveLoad(load: ScenarioFile['load']): Scenario['load'] {
  return {
    engine: load.engine,
    rateRps: load.rate,
    arrivals: load.arrivals,
    policies: load.keepalive.map(resolvePolicy),
    warmUpMs: load.warmUp,
    idleMs: load.idle,
    durationMs: load.duration,
    requestTimeoutMs: load.requestTimeout,
    clients: load.clients,
  };
}

function resolvePolicy(written: ScenarioFile['load']['keepalive'][number]): Policy {
  if (written === 'unlimited') return { kind: 'keepalive', requests: null };
  if (typeof written === 'string' || written === 1) return { kind: 'per-request' };
  return { kind: 'keepalive', requests: written };
}

function resolveAxis(axis: ScenarioFile['axis']): Scenario['axis'] {
  if (axis.kernel !== undefined) return { kind: 'kernel', values: axis.kernel };
  if (axis.kubeProxy !== undefined) return { kind: 'kubeProxy', values: axis.kubeProxy };
  return { kind: 'none', values: [] };
}
