import type { Claim } from './claim.ts';
import { plainNumber } from './claim.ts';
import { lackingMode } from './contestants.ts';

const SUPPLIED_BY = ['schedulers'];
const NAMED_SCHEDULERS = ['rr', 'lc', 'dh', 'sh', 'sed', 'nq'];

export const k05: Claim = {
  id: 'K5',
  origin: 'notes',
  statement: 'ipvs offers rr (default), lc, dh, sh, sed, nq (and wrr, wlc, and others); iptables only random.',
  needs:
    'ipvs under each scheduler (several ipvs modes in one scenario), with the backend that answered each connection.',
  rule: 'Reproduced when every scheduler named by the notes ran and carried connections; the shares stand beside, with a test of uniformity.',
  published2019: null,
  decide: ({ run, findings }) => {
    const modes = run.header.scenario.modes.flatMap(({ id, routing }) =>
      routing.kind === 'ipvs' ? [{ id, scheduler: routing.scheduler as string }] : [],
    );
    if (modes.length === 0) return lackingMode(run, 'ipvs', SUPPLIED_BY);
    const shares = modes.flatMap(({ id, scheduler }) =>
      findings.backends.filter(({ modeId }) => modeId === id).map((one) => ({ ...one, scheduler })),
    );
    const numbers = shares.flatMap(({ scheduler, spec, backends, uniformity }) => [
      plainNumber(
        `${scheduler}, ${spec}: largest share of a backend`,
        Math.max(...backends.map(({ share }) => share)) * 100,
        '% of connections',
      ),
      ...(uniformity === null ? [] : [plainNumber(`${scheduler}, ${spec}: p of uniformity`, uniformity.pValue, 'p')]),
    ]);
    const carried = new Set(shares.map(({ scheduler }) => scheduler));
    const missing = NAMED_SCHEDULERS.filter((name) => !carried.has(name));
    if (missing.length === 0)
      return { verdict: 'reproduced', because: 'Every scheduler named carried connections.', numbers };
    const because = `Not in this run: ${missing.join(', ')}. A run with one ipvs mode for each of them (--modes) would settle it.`;
    return { verdict: 'inconclusive', because, numbers };
  },
};
