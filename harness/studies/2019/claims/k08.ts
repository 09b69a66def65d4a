import { LOAD } from '../../../experiment/load/quantities.ts';
import { specsOf } from '../../../model/estimate-lookup.ts';
import type { ClaimNumber } from '../../../model/study.ts';
import type { DeadEndpoint } from '../../../model/target.ts';
import type { Claim, ClaimContext } from './claim.ts';
import { numberOf, plainNumber } from './claim.ts';
import { iptablesOf, lackingMode } from './contestants.ts';
import { differencesBetween, settledBy, TOTAL_P50 } from './lookup.ts';

const SUPPLIED_BY = ['history'];

/** One half of the claim, as it came out. */
interface Half {
  readonly outcome: 'holds' | 'fails' | 'open';
  readonly words: string;
  readonly numbers: readonly ClaimNumber[];
}

export const k08: Claim = {
  id: 'K8',
  origin: 'notes',
  statement:
    'userspace mode (kube-proxy up to 1.25) is slower, and retries another pod when the first does not answer; iptables does not.',
  needs: 'A kube-proxy of 1.25 or older in userspace mode beside iptables, and one dead endpoint that is still listed.',
  rule: 'Slower: every interval of the paired difference of the median total time lies above 0. Retries: with one dead endpoint among two, userspace mode answers every connection and iptables mode not.',
  published2019: null,
  decide: (context) => {
    const { run } = context;
    const userspace = run.header.scenario.modes.find(({ routing }) => routing.kind === 'userspace');
    const iptables = iptablesOf(run).mode;
    if (userspace === undefined) return lackingMode(run, 'userspace', SUPPLIED_BY);
    if (iptables === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const ids = { userspace: userspace.id, iptables: iptables.id };
    const halves = [compareTimes(context, ids), compareRetries(context, ids)];
    const because = halves.map(({ words }) => words).join(' ');
    const numbers = halves.flatMap((half) => half.numbers);
    if (halves.some(({ outcome }) => outcome === 'fails')) return { verdict: 'not reproduced', because, numbers };
    const verdict = halves.every(({ outcome }) => outcome === 'holds') ? 'reproduced' : 'inconclusive';
    return { verdict, because, numbers };
  },
};

interface Ids {
  readonly userspace: string;
  readonly iptables: string;
}

function compareTimes({ findings }: ClaimContext, ids: Ids): Half {
  const differences = specsOf(findings, LOAD).flatMap((policyId) =>
    differencesBetween(findings, {
      modeId: ids.userspace,
      referenceModeId: ids.iptables,
      policyId,
      quantity: TOTAL_P50,
    }),
  );
  const numbers = differences.map((one) =>
    numberOf(`${ids.userspace} − ${ids.iptables} at ${one.sizeServices} Services, ${one.spec}`, one.adjusted, 'us'),
  );
  const slower = differences.filter(({ excludesZero, adjusted }) => excludesZero && adjusted.value > 0);
  const faster = differences.filter(({ excludesZero, adjusted }) => excludesZero && adjusted.value < 0);
  if (faster.length > 0) return { outcome: 'fails', words: 'userspace is faster somewhere.', numbers };
  if (differences.length > 0 && slower.length === differences.length)
    return { outcome: 'holds', words: 'userspace is slower everywhere.', numbers };
  return { outcome: 'open', words: `It is not decided whether userspace is slower.${settledBy(differences)}`, numbers };
}

function compareRetries({ run }: ClaimContext, ids: Ids): Half {
  const of = (id: string) => run.nodes.find((node) => node.modeId === id && node.deadEndpoint != null)?.deadEndpoint;
  const [userspace, iptables] = [of(ids.userspace), of(ids.iptables)];
  if (userspace == null || iptables == null)
    return { outcome: 'open', words: 'A dead endpoint was not tried in both modes.', numbers: [] };
  const numbers = [countAnswers(ids.userspace, userspace), countAnswers(ids.iptables, iptables)];
  const all = ({ answered, connections }: DeadEndpoint) => answered === connections;
  if (all(userspace) && !all(iptables))
    return {
      outcome: 'holds',
      words: 'With a dead endpoint userspace answers every connection, iptables does not.',
      numbers,
    };
  const wrong = all(userspace) ? 'iptables lost no connection either.' : 'userspace lost connections too.';
  return { outcome: 'fails', words: `With a dead endpoint ${wrong}`, numbers };
}

function countAnswers(modeId: string, { answered, connections, dead, listed }: DeadEndpoint): ClaimNumber {
  return plainNumber(`${modeId}: answered with ${dead} of ${listed} endpoints dead`, answered, `of ${connections}`);
}
