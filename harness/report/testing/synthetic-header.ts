import { parsePolicy, policyId } from '../../experiment/load/policy.ts';
import { type RunHeader, runHeaderSchema } from '../../model/run.ts';
import { STUDY_SHAPE, type SyntheticShape } from './synthetic-findings.ts';

/** The header of a run of a shape. Nothing in it was measured. */
export function makeSyntheticHeader(shape: SyntheticShape = STUDY_SHAPE): RunHeader {
  const policies = shape.policyIds.flatMap((id) => parsePolicy(id) ?? []);
  if (policies.map(policyId).join() !== shape.policyIds.join()) throw new Error('a policy id that none has');
  return runHeaderSchema.parse({
    schemaVersion: 1,
    id: '2026-11-21T08-00-00-study',
    scenario: {
      schemaVersion: 1,
      name: 'synthetic',
      description: 'Made up for the tests of the page.',
      testbed: 'netns',
      sizesServices: [...shape.sizesServices],
      endpointsPerService: 10,
      backends: 'distinct',
      targets: 10,
      modes: [...shape.modes],
      proxy: { version: '1.36.3', serverProxy: false },
      load: {
        engine: 'open-loop',
        rateRps: 1000,
        arrivals: 'poisson',
        policies,
        warmUpMs: 1000,
        idleMs: 1000,
        durationMs: 8000,
        requestTimeoutMs: 5000,
        clients: 1,
      },
      measure: { wire: true, probes: true },
      stop: { minRounds: 4, maxRounds: 20, budgetMs: 3_600_000, confidence: 0.95, halfWidthUs: 5 },
      margins: { rttUs: 50, rttRatio: 0.05, handshakeUs: 5, cpuCores: 0.05 },
      axis: { kind: 'none', values: [] },
      unsupported: 'skip',
      seed: 7,
    },
    command: ['npm', 'run', 'bench', '--', '--scenario', 'study'],
    seed: 7,
    plan: { schemaVersion: 1, seed: 7, standing: 'side-by-side', blocks: [] },
    startedAt: '2026-11-21T08:00:00.000Z',
    endedAt: '2026-11-21T09:31:12.000Z',
    status: 'complete',
    statusReason: null,
    environment: {
      testbed: 'netns',
      execution: 'native',
      kernel: {
        release: '6.18.3',
        version: '#1 SMP',
        architecture: 'x86_64',
        options: { CONFIG_HZ: '250', CONFIG_IP_VS: 'm' },
      },
      cpu: {
        model: 'Synthetic CPU',
        cores: 2,
        mhz: 2600,
        governor: null,
        virtualization: 'kvm',
        mitigations: { spectre_v2: 'Mitigation: Retpolines' },
      },
      memoryBytes: 8e9,
      operatingSystem: 'Debian GNU/Linux 12',
      tools: {
        'kube-proxy': { path: '/cache/kube-proxy', version: '1.36.3', sha256: 'ab'.repeat(32) },
        iptables: { path: '/usr/sbin/iptables', version: '1.8.9', sha256: null },
      },
      sysctls: { 'net.netfilter.nf_conntrack_max': '262144' },
      loadAverage: [0.2, 0.3, 0.3],
      harnessCommit: '0123456789abcdef',
      harnessVersion: '0.1.0',
    },
    capacity: [{ policyId: 'per-request', requestsPerSecond: 5200, clientFloorUs: 118 }],
    refusedModes: [
      {
        mode: { id: 'userspace', routing: { kind: 'userspace' }, proxyVersion: null },
        reason: {
          code: 'removed',
          message: 'kube-proxy 1.36.3 has no userspace mode',
          remedy: 'Use --kube-proxy 1.25.16.',
        },
      },
    ],
    warnings: [],
    timing: { totalMs: 5_472_000, loadMs: 4_100_000, setUpMs: 900_000 },
  } satisfies RunHeader);
}
