import type { NodeFacts } from '../../../model/findings.ts';
import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { flavourNote, iptablesOf, lackingMode } from './contestants.ts';

const SUPPLIED_BY = ['5k', 'study', '10k'];
const SERVICES = 2000;
const PUBLISHED_RULES = 20_000;

/** Rules at 2,000 Services by a straight line between two counted sizes around it: the count is linear in the size. */
function rulesAt2000(counted: readonly NodeFacts[]): number | null {
  const rules = counted.flatMap(({ sizeServices, kernelObjects }) =>
    kernelObjects.natRules === null ? [] : [{ sizeServices, rules: kernelObjects.natRules }],
  );
  const exact = rules.find(({ sizeServices }) => sizeServices === SERVICES);
  if (exact !== undefined) return exact.rules;
  const below = rules.filter(({ sizeServices }) => sizeServices < SERVICES).at(-1);
  const above = rules.find(({ sizeServices }) => sizeServices > SERVICES);
  if (below === undefined || above === undefined) return null;
  const share = (SERVICES - below.sizeServices) / (above.sizeServices - below.sizeServices);
  return below.rules + share * (above.rules - below.rules);
}

export const k01: Claim = {
  id: 'K1',
  origin: 'notes',
  statement: '2,000 Services x 10 pods put at least 20,000 iptables rules on each node.',
  needs: 'The kernel’s rule count in iptables mode at 2,000 Services with 10 endpoints each, or at sizes around it.',
  rule: 'Counted (or on the straight line between two counted sizes): at least 20,000 nat rules at 2,000 Services.',
  published2019: 'at least 20,000 rules',
  decide: ({ run, findings }) => {
    const { mode } = iptablesOf(run);
    if (mode === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    if (run.header.scenario.endpointsPerService !== 10)
      return lacking('The Services of this run have not 10 endpoints each.', SUPPLIED_BY);
    const rules = rulesAt2000(findings.nodes.filter(({ modeId }) => modeId === mode.id));
    if (rules === null) return lacking('Rules were not counted at sizes around 2,000 Services.', SUPPLIED_BY);
    const numbers = [
      plainNumber(`nat rules at 2,000 Services, ${mode.id}`, rules, 'rules'),
      plainNumber('published', PUBLISHED_RULES, 'rules, at least'),
    ];
    const note = flavourNote(run);
    return rules >= PUBLISHED_RULES
      ? { verdict: 'reproduced', because: `As many or more.${note}`, numbers }
      : { verdict: 'not reproduced', because: `Fewer than published.${note}`, numbers };
  },
};
