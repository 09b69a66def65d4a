import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { ipvsOf, lackingMode } from './contestants.ts';

const SUPPLIED_BY = ['1k', '10k', 'study'];

export const k02: Claim = {
  id: 'K2',
  origin: 'notes',
  statement: 'In ipvs mode the number of iptables rules does not grow with Services (ipset does).',
  needs: 'Rule and ipset counts in ipvs mode at two sizes or more.',
  rule: 'Counted at every size: the same number of nat rules, and more ipset entries at a larger size.',
  published2019: null,
  decide: ({ run, findings }) => {
    const ipvs = ipvsOf(run);
    if (ipvs === undefined) return lackingMode(run, 'ipvs', SUPPLIED_BY);
    const counts = findings.nodes.flatMap(({ modeId, sizeServices, kernelObjects: { natRules, ipsetEntries } }) =>
      modeId !== ipvs.id || natRules === null || ipsetEntries === null
        ? []
        : [{ sizeServices, natRules, ipsetEntries }],
    );
    const [first, last] = [counts[0], counts.at(-1)];
    if (first === undefined || last === undefined || first === last)
      return lacking('ipvs was not counted at two sizes.', SUPPLIED_BY);
    const numbers = counts.flatMap(({ sizeServices, natRules, ipsetEntries }) => [
      plainNumber(`nat rules at ${sizeServices} Services`, natRules, 'rules'),
      plainNumber(`ipset entries at ${sizeServices} Services`, ipsetEntries, 'entries'),
    ]);
    const isConstant = counts.every(({ natRules }) => natRules === first.natRules);
    const ipsetGrows = last.ipsetEntries > first.ipsetEntries;
    if (isConstant && ipsetGrows)
      return {
        verdict: 'reproduced',
        because: 'The same number of rules at every size, and more ipset entries.',
        numbers,
      };
    const because = isConstant
      ? 'The rules do not grow, but neither does ipset.'
      : 'The number of rules changes with the size.';
    return { verdict: 'not reproduced', because, numbers };
  },
};
