import { loadEnvironment } from '../../measure/environment.ts';
import type { Environment } from '../../model/run.ts';
import { systemExec } from '../../system/exec.ts';
import type { ClusterPlace } from '../kubernetes-shared/place.ts';
import { type Engine, findKind } from './engine.ts';

export async function describeKindEnvironment(engine: Engine, places: readonly ClusterPlace[]): Promise<Environment> {
  const environment = await loadEnvironment({
    testbed: 'kind',
    execution: 'native',
    exec: systemExec,
    kubeProxies: {},
  });
  const tool = (version: string | null, sha256: string | null = null) => ({ path: null, version, sha256 });
  const proxies = places
    .filter(({ facts }) => facts.proxyVersion !== null)
    .map(({ facts }) => [`kube-proxy ${facts.proxyVersion}`, tool(facts.proxyVersion, facts.proxySha256)] as const);
  return {
    ...environment,
    tools: {
      ...environment.tools,
      [engine.program]: tool(engine.version),
      kind: tool(await findKind(systemExec)),
      ...Object.fromEntries(proxies),
    },
  };
}
