import type { RunHeader } from '../model/run.ts';

/** The kube-proxies that took part, as they tell themselves (a cluster brings its own); where none did, the one that was asked for. */
export function formatProxyVersions({ environment, scenario }: RunHeader): string {
  const found = Object.entries(environment.tools)
    .filter(([name]) => name.startsWith('kube-proxy'))
    .flatMap(([, { version }]) => version ?? []);
  return found.length === 0 ? scenario.proxy.version : [...new Set(found)].join(', ');
}
