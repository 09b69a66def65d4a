import { loadEnvironment } from '../../measure/environment.ts';
import type { Environment } from '../../model/run.ts';
import { systemExec } from '../../system/exec.ts';
import type { OpenCluster } from './place.ts';

/** The first client's node stands for the place; what this machine adds is the program. */
export async function describeClusterEnvironment(clusters: readonly OpenCluster[]): Promise<Environment> {
  const [first] = clusters;
  const own = await loadEnvironment({ testbed: 'cluster', execution: 'native', exec: systemExec, kubeProxies: {} });
  if (first === undefined) return own;
  const node = await first.counters.environment();
  const tools = clusters.flatMap(({ context, kubernetesVersion, place }) => [
    [`kubernetes (${context})`, { path: null, version: kubernetesVersion, sha256: null }] as const,
    [`kube-proxy (${context})`, { path: null, version: place.facts.proxyVersion, sha256: null }] as const,
  ]);
  const { node: nodeTool } = own.tools;
  return {
    ...own,
    kernel: { release: node.release, version: node.version, architecture: node.architecture, options: {} },
    cpu: {
      model: node.cpuModel,
      cores: node.cores,
      mhz: null,
      governor: null,
      virtualization: null,
      mitigations: {},
    },
    memoryBytes: node.memoryBytes,
    operatingSystem: null,
    tools: { ...(nodeTool === undefined ? {} : { node: nodeTool }), ...Object.fromEntries(tools) },
    sysctls: {},
    loadAverage: [...node.loadAverage],
  };
}
