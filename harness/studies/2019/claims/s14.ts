import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';

/** A SYN that was sent twice matches twice; were requests to match, there would be one match for each. */
const REPEATED_SYNS = 0.1;

const SUPPLIED_BY = ['smoke', '1k', '10k'];

export const s14: Claim = {
  id: 'S14',
  origin: 'study',
  statement: 'Established connections skip the rules.',
  needs: 'Rule counters around connections that carried several requests each.',
  rule: 'The rule that matched counted each connection once, whatever the number of requests on it; repeated SYNs (at most a tenth of the further requests) are no requests.',
  published2019: null,
  decide: ({ run }) => {
    const walks = run.nodes.flatMap((node) =>
      node.ruleWalks.map((walk) => ({ ...walk, modeId: node.modeId, sizeServices: node.sizeServices })),
    );
    const telling = walks.filter(({ requests, connections }) => connections > 0 && requests > connections);
    if (telling.length === 0)
      return lacking('No rule counters were read around connections with several requests each.', SUPPLIED_BY);
    const sum = (pick: (walk: (typeof telling)[number]) => number) =>
      telling.reduce((total, walk) => total + pick(walk), 0);
    const numbers = [
      plainNumber(
        'new connections',
        sum(({ connections }) => connections),
        'connections',
      ),
      plainNumber(
        'requests on them',
        sum(({ requests }) => requests),
        'requests',
      ),
      plainNumber(
        'packets that the matching rules counted',
        sum(({ matchedPackets }) => matchedPackets),
        'packets',
      ),
    ];
    const grown = telling.filter(
      ({ matchedPackets, connections, requests }) =>
        matchedPackets - connections > REPEATED_SYNS * (requests - connections),
    );
    return grown.length === 0
      ? {
          verdict: 'reproduced',
          because:
            'Requests on an open connection moved no counter: the matching rules counted about one packet per connection.',
          numbers,
        }
      : {
          verdict: 'not reproduced',
          because: `${grown.length} of ${telling.length} matching rules counted more packets than connections.`,
          numbers,
        };
  },
};
