import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';

const SUPPLIED_BY = ['smoke', '1k', '10k'];

export const s14: Claim = {
  id: 'S14',
  origin: 'study',
  statement: 'Established connections skip the rules.',
  needs: 'Rule counters around connections that carried several requests each.',
  rule: 'The rule that matched counted each connection once, whatever the number of requests on it.',
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
    const grown = telling.filter(({ matchedPackets, connections }) => matchedPackets > connections);
    return grown.length === 0
      ? { verdict: 'reproduced', because: 'No matching rule counted more than one packet per connection.', numbers }
      : {
          verdict: 'not reproduced',
          because: `${grown.length} of ${telling.length} matching rules counted more packets than connections.`,
          numbers,
        };
  },
};
