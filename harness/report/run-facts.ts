import type { RunHeader } from '../model/run.ts';
import { formatCount } from './format-number.ts';

/** The kube-proxies that took part, as they tell themselves (a cluster brings its own); where none did, the one that was asked for. */
export function formatProxyVersions({ environment, scenario }: RunHeader): string {
  const found = Object.entries(environment.tools)
    .filter(([name]) => name.startsWith('kube-proxy'))
    .flatMap(([, { version }]) => version ?? []);
  return found.length === 0 ? scenario.proxy.version : [...new Set(found)].join(', ');
}

/** The rate that the load ran at, and the one that was asked for where it could not be had: "40 requests/s (asked for: 1,000)". */
export function formatRate({ usedRateRps, scenario }: Pick<RunHeader, 'usedRateRps' | 'scenario'>): string {
  const { rateRps } = scenario.load;
  if (usedRateRps === undefined || usedRateRps === rateRps) return `${formatCount(rateRps)} requests/s`;
  return `${formatCount(usedRateRps)} requests/s (asked for: ${formatCount(rateRps)})`;
}
