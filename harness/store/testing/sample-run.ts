import { withFacts } from '../../experiment/node-facts.ts';
import type { PlannedTrial } from '../../model/plan.ts';
import { type RunHeader, runHeaderSchema } from '../../model/run.ts';
import { type BlockNode, makeBareNode } from '../../model/target.ts';
import type { Trial } from '../../model/trial.ts';
import { expandPlan } from '../../plan/expand.ts';
import { parseScenario } from '../../scenario/parse.ts';

/** A header as a run writes it at its start, for tests of the store. */
export function makeSampleHeader(): RunHeader {
  const scenario = parseScenario({
    name: 'sample',
    file: 'sample.yaml',
    text: 'services: [1, 10]\nmodes: [none, nftables]',
  });
  return runHeaderSchema.parse({
    schemaVersion: 1,
    id: '2026-01-02T03-04-05Z-sample',
    scenario,
    command: ['bench', '--scenario', 'sample'],
    seed: scenario.seed,
    plan: expandPlan(scenario),
    startedAt: '2026-01-02T03:04:05.000Z',
    endedAt: null,
    status: 'running',
    statusReason: null,
    environment: {
      testbed: 'netns',
      execution: 'native',
      kernel: { release: '6.1.0', version: '#1', architecture: 'x64', options: {} },
      cpu: { model: null, cores: 2, mhz: null, governor: null, virtualization: null, mitigations: {} },
      memoryBytes: 1,
      operatingSystem: null,
      tools: {},
      sysctls: {},
      loadAverage: [],
      harnessCommit: null,
      harnessVersion: '0.0.0',
    },
    capacity: [],
    refusedModes: [],
    warnings: [],
    timing: { totalMs: 0, loadMs: 0, setUpMs: 0 },
  });
}

/** A trial that was lost with its client: the smallest that the schema takes. */
export function makeSampleTrial(index: number): Trial {
  const plan: PlannedTrial = { index, sizeServices: 1, round: 0, modeId: 'nftables', policyId: 'per-request' };
  return {
    type: 'trial',
    plan,
    startedAt: '2026-01-02T03:04:06.000Z',
    durationMs: 7000,
    load: null,
    wire: null,
    cpuIdle: null,
    cpuLoad: null,
    groups: {},
    conntrackBefore: null,
    conntrackAfter: null,
    syncs: [],
    clockStepMs: 0,
    valid: false,
    invalid: [{ code: 'measurement-lost', message: 'the client was lost', remedy: 'see its log' }],
    warnings: [],
  };
}

/** A node of mode none. */
export function makeSampleNode(): BlockNode {
  return {
    ...withFacts(makeBareNode({ sizeServices: 1, modeId: 'none' }, []), []),
    programming: {
      loadObjectsMs: 1,
      settledMs: 1,
      syncMs: 0,
      syncs: 0,
      kubeProxyCpuUs: null,
      kubeProxyRssBytes: null,
      concurrentNodes: 0,
    },
  };
}
