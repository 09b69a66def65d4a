import { modeOf } from '../../mode/table.ts';
import { estimatesOf } from '../../model/estimate-lookup.ts';
import type { ChartContext } from './chart.ts';

/**
 * What the study printed in 2019: growth of the client node's CPU from the smallest size to 10,000 Services, in cores (claims S7
 * and S8 of docs/study.md). Drawn as marks on top of this run's own value at its smallest size.
 */
const PUBLISHED = [
  { proxyWord: 'iptables', spec: 'per-request', growthCores: 0.35 },
  { proxyWord: 'ipvs', spec: 'per-request', growthCores: 0.08 },
  { proxyWord: 'iptables', spec: 'keepalive-100', growthCores: 0.02 },
] as const;
const PUBLISHED_SIZE_SERVICES = 10_000;

/** A published value as a height in one mode's panel. */
export interface PublishedMark {
  readonly modeId: string;
  readonly spec: string;
  readonly percent: number;
  readonly text: string;
}

/** None where 10,000 Services do not stand beside a smaller size. */
export function publishedMarks({ findings, header }: ChartContext): PublishedMark[] {
  if (!findings.sizesServices.includes(PUBLISHED_SIZE_SERVICES) || findings.sizesServices.length < 2) return [];
  const base = Math.min(...findings.sizesServices);
  return estimatesOf(findings, 'cpu')
    .filter((row) => row.sizeServices === base)
    .flatMap(({ modeId, spec, value }) => {
      const mode = header.scenario.modes.find(({ id }) => id === modeId);
      const word = mode === undefined ? null : modeOf(mode).proxyWord;
      const published = PUBLISHED.find((mark) => mark.proxyWord === word && mark.spec === spec);
      if (published === undefined) return [];
      const percent = (value + published.growthCores) * 100;
      return [{ modeId, spec, percent, text: `2019: +${Math.round(published.growthCores * 100)} %` }];
    });
}
