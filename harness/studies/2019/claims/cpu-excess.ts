import type { Growth } from '../../../model/findings.ts';
import type { Run } from '../../../model/run.ts';
import type { ClaimNumber } from '../../../model/study.ts';
import { type Decision, lacking, numberOf } from './claim.ts';

/** A published excess and what was measured of it, in % of a core. */
export interface ExcessCheck {
  readonly label: string;
  readonly growth: Growth;
  readonly publishedPercent: number;
}

export function excessNumbers({ label, growth, publishedPercent }: ExcessCheck): ClaimNumber[] {
  const percent = (value: number | null) => (value === null ? null : value * 100);
  const { value, low, high } = growth.difference;
  return [
    numberOf(
      `${label}: 10,000 Services less ${growth.baseSizeServices}`,
      { value: value * 100, low: percent(low), high: percent(high) },
      '% of a core',
    ),
    { label: `${label}: published in 2019`, value: publishedPercent, low: null, high: null, unit: '% of a core' },
  ];
}

/** The rate of the study; its excesses are of that rate. Requests per second. */
const STUDY_RATE_RPS = 1000;

/** The verdict where the load ran at another rate than the study's, which makes another excess; `null` at its rate. */
export function otherRate({ header }: Run, suppliedBy: readonly string[]): Decision | null {
  const rateRps = header.usedRateRps ?? header.scenario.load.rateRps;
  if (rateRps === STUDY_RATE_RPS) return null;
  return lacking(`The load ran at ${rateRps} requests/s and not at 1,000: CPU goes with the rate.`, suppliedBy);
}

/** Does the interval hold the published value (`held`), lie wholly off it (`off`), or is there none (`open`)? */
export function checkExcess({ growth, publishedPercent }: ExcessCheck): 'held' | 'off' | 'open' {
  const { low, high } = growth.difference;
  if (low === null || high === null) return 'open';
  const published = publishedPercent / 100;
  return low <= published && published <= high ? 'held' : 'off';
}
