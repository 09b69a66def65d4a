import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { studyPair } from './contestants.ts';

const SUPPLIED_BY = ['1', '10k', 'study'];

/** Seen with 1.36.3: pkg/proxy/ipvs/proxier.go writes the chain against kubernetes/kubernetes#72236. */
const NO_ANSWER =
  'no answer in ipvs mode (newer kube-proxy rejects whatever is no Service’s port on these addresses: chain KUBE-IPVS-FILTER)';

export const k03: Claim = {
  id: 'K3',
  origin: 'notes',
  statement:
    'ipvs binds every ClusterIP to the dummy device kube-ipvs0, so the VIP answers ping; in iptables mode it does not.',
  needs: 'A ping of a ClusterIP and the addresses of kube-ipvs0, in both modes.',
  rule: 'Observed: in ipvs mode as many addresses as Services and an answer, in iptables mode no answer.',
  published2019: null,
  decide: ({ run }) => {
    const pair = studyPair(run, SUPPLIED_BY);
    if (pair.kind === 'lacking') return pair.decision;
    const ofMode = (id: string) =>
      run.nodes.filter(({ modeId, vipAnswersPing }) => modeId === id && vipAnswersPing !== null);
    const [ipvs, iptables] = [ofMode(pair.ipvs.id), ofMode(pair.iptables.id)];
    if (ipvs.length === 0 || iptables.length === 0) return lacking('No ping was tried in both modes.', SUPPLIED_BY);
    const numbers = ipvs.flatMap(({ sizeServices, kernelObjects: { dummyAddresses } }) =>
      dummyAddresses === null
        ? []
        : [plainNumber(`addresses of kube-ipvs0 at ${sizeServices} Services`, dummyAddresses, 'addresses')],
    );
    if (numbers.length === 0) return lacking('The addresses of kube-ipvs0 were not counted.', SUPPLIED_BY);
    const bound = ipvs.every(
      ({ sizeServices, kernelObjects: { dummyAddresses } }) =>
        dummyAddresses === null || dummyAddresses >= sizeServices,
    );
    const answers = ipvs.every(({ vipAnswersPing }) => vipAnswersPing === true);
    const silent = iptables.every(({ vipAnswersPing }) => vipAnswersPing === false);
    if (bound && answers && silent)
      return {
        verdict: 'reproduced',
        because: 'Every ClusterIP is bound and answers in ipvs mode; in iptables mode it is silent.',
        numbers,
      };
    const wrong = [
      bound ? '' : 'fewer addresses than Services',
      answers ? '' : NO_ANSWER,
      silent ? '' : 'an answer in iptables mode',
    ];
    return { verdict: 'not reproduced', because: `Seen: ${wrong.filter((text) => text !== '').join(', ')}.`, numbers };
  },
};
