import type { Claim } from './claim.ts';
import { lacking } from './claim.ts';
import { flavourNote, iptablesOf, lackingMode } from './contestants.ts';
import { checkExcess, excessNumbers, otherRate } from './cpu-excess.ts';
import { CPU, growthsOf, lackingInterval, STUDY_LARGEST } from './lookup.ts';

const SUPPLIED_BY = ['10k', 'study'];

export const s08: Claim = {
  id: 'S8',
  origin: 'study',
  statement: 'With 100 requests per connection the excess falls to about 2 % of a core.',
  needs: 'iptables at 10,000 Services and at a small size, 1,000 requests/s under keepalive-100, with the node’s CPU.',
  rule: 'Reproduced when the interval of the excess over the smallest size holds 2 % of a core and is narrower than ±5 %; not reproduced when it lies wholly off it; otherwise inconclusive.',
  published2019: 'about 2 % of a core',
  decide: ({ run, findings }) => {
    const { mode } = iptablesOf(run);
    if (mode === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const rate = otherRate(run, SUPPLIED_BY);
    if (rate !== null) return rate;
    const growth = growthsOf(findings, { modeId: mode.id, policyId: 'keepalive-100', quantity: CPU }).find(
      ({ sizeServices }) => sizeServices === STUDY_LARGEST,
    );
    if (growth === undefined)
      return lacking('This run has not iptables’ CPU under keepalive-100 at 10,000 Services.', SUPPLIED_BY);
    const check = { label: mode.id, growth, publishedPercent: 2 };
    const numbers = excessNumbers(check);
    const held = checkExcess(check);
    const note = flavourNote(run);
    const { low, high } = growth.difference;
    if (held === 'off')
      return { verdict: 'not reproduced', because: `The interval does not hold 2 % of a core.${note}`, numbers };
    const missing = lackingInterval([growth]);
    if (missing !== null) return { verdict: 'inconclusive', because: `${missing}${note}`, numbers };
    if (held === 'open' || low === null || high === null || high - low > 0.1) {
      return {
        verdict: 'inconclusive',
        because: `The interval is wider than ±5 % of a core; more rounds would narrow it.${note}`,
        numbers,
      };
    }
    return { verdict: 'reproduced', because: `The interval holds 2 % of a core.${note}`, numbers };
  },
};
