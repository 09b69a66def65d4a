import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { ipvsOf, lackingMode } from './contestants.ts';

const SUPPLIED_BY = ['1k', '10k', 'study'];

export const k04: Claim = {
  id: 'K4',
  origin: 'notes',
  statement:
    'ipvs: one virtual server per ClusterIP:port and per NodePort, forwarding by masquerade (NAT); real servers = endpoints.',
  needs: 'The ipvs tables at two sizes or more, so that what other Services add cancels.',
  rule: 'Between two sizes virtual servers grow by the number of Services added, and real servers by that times the endpoints per Service.',
  published2019: null,
  decide: ({ run, findings }) => {
    const ipvs = ipvsOf(run);
    if (ipvs === undefined) return lackingMode(run, 'ipvs', SUPPLIED_BY);
    const counts = findings.nodes.flatMap(
      ({ modeId, sizeServices, kernelObjects: { ipvsServices, ipvsDestinations } }) =>
        modeId !== ipvs.id || ipvsServices === null || ipvsDestinations === null
          ? []
          : [{ sizeServices, ipvsServices, ipvsDestinations }],
    );
    const [first, last] = [counts[0], counts.at(-1)];
    if (first === undefined || last === undefined || first === last)
      return lacking('The ipvs tables were not counted at two sizes.', SUPPLIED_BY);
    const added = last.sizeServices - first.sizeServices;
    const servers = last.ipvsServices - first.ipvsServices;
    const destinations = last.ipvsDestinations - first.ipvsDestinations;
    const numbers = [
      plainNumber('Services added', added, 'Services'),
      plainNumber('virtual servers added', servers, 'virtual servers'),
      plainNumber('real servers added', destinations, 'real servers'),
    ];
    const isEqual = servers === added && destinations === added * run.header.scenario.endpointsPerService;
    return isEqual
      ? {
          verdict: 'reproduced',
          because:
            'The tables grow by exactly the Services and endpoints added. (Masquerading is what the forwarded connections rely on; it is not counted.)',
          numbers,
        }
      : { verdict: 'not reproduced', because: 'The tables do not grow by the Services and endpoints added.', numbers };
  },
};
