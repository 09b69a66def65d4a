import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';
import { flavourNote, iptablesOf, lackingMode } from './contestants.ts';

const SUPPLIED_BY = ['smoke', '1', '10k'];
/** One true claim in a hundred fails here by chance alone. */
const LEVEL = 0.01;
/** With fewer connections a share of 12 % instead of 10 would pass unseen. */
const LEAST_CONNECTIONS = 2000;

export const k06: Claim = {
  id: 'K6',
  origin: 'notes',
  statement: 'iptables picks a backend uniformly at random.',
  needs: 'The backend that answered each new connection in iptables mode, a new connection per request.',
  rule: 'Chi-square of the backend shares: reproduced when p is at least 0.01 over 2,000 connections or more; not reproduced below 0.01.',
  published2019: null,
  decide: ({ run, findings }) => {
    const { mode, others } = iptablesOf(run);
    if (mode === undefined) return lackingMode(run, 'iptables', SUPPLIED_BY);
    const sharesOf = (id: string) =>
      findings.backends.find(({ modeId, spec }) => modeId === id && spec === 'per-request');
    const shares = sharesOf(mode.id);
    if (shares?.uniformity == null) return lacking('Too few connections were told apart by backend.', SUPPLIED_BY);
    const numbers = [mode, ...others].flatMap(({ id }) => {
      const one = sharesOf(id);
      if (one?.uniformity == null) return [];
      const { chiSquare, degreesOfFreedom, pValue } = one.uniformity;
      return [
        plainNumber(`${id}: connections`, one.connections, 'connections'),
        plainNumber(`${id}: chi-square, ${degreesOfFreedom} degrees of freedom`, chiSquare, ''),
        plainNumber(`${id}: p`, pValue, 'p'),
      ];
    });
    const note = flavourNote(run);
    if (shares.uniformity.pValue < LEVEL)
      return { verdict: 'not reproduced', because: `The shares are not uniform (p below ${LEVEL}).${note}`, numbers };
    if (shares.connections < LEAST_CONNECTIONS) {
      return {
        verdict: 'inconclusive',
        because: `Nothing speaks against it, but ${shares.connections} connections are few; ${LEAST_CONNECTIONS} would settle it.${note}`,
        numbers,
      };
    }
    return { verdict: 'reproduced', because: `The shares are as uniform chance would have them.${note}`, numbers };
  },
};
