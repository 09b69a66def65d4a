import type { Slope } from '../../../model/findings.ts';
import type { ClaimNumber } from '../../../model/study.ts';
import type { Claim, ClaimContext } from './claim.ts';
import { lacking, numberOf } from './claim.ts';
import { flavourNote, type Pair, studyPair } from './contestants.ts';
import { HANDSHAKE_P50 } from './lookup.ts';

const SUPPLIED_BY = ['study', '10k'];

/** The sharpest slopes that the run has: the wire's, else the client's connect. */
function slopesOf(
  { findings }: ClaimContext,
  modeId: string,
): { byRule: Slope | undefined; byServices: Slope | undefined } {
  const ofMode = findings.slopes.filter(
    ({ modeId: id, spec, quantity }) =>
      id === modeId && spec === 'per-request' && (quantity === HANDSHAKE_P50 || quantity === 'connect.p50'),
  );
  const onWireFirst = (slopes: readonly Slope[]) =>
    slopes.find(({ quantity }) => quantity === HANDSHAKE_P50) ?? slopes[0];
  return {
    byRule: onWireFirst(ofMode.filter(({ axis }) => axis === 'rule-index').reverse()),
    byServices: onWireFirst(ofMode.filter(({ axis }) => axis === 'services')),
  };
}

function describeSlope({ modeId, axis }: Slope): string {
  return `${modeId}, over the ${axis === 'services' ? 'number of Services' : 'rule index'}`;
}

function decidePair(
  context: ClaimContext,
  { iptables, ipvs }: Extract<Pair, { kind: 'pair' }>,
): ReturnType<Claim['decide']> {
  const [ofIptables, ofIpvs] = [slopesOf(context, iptables.id), slopesOf(context, ipvs.id)];
  const linear = ofIptables.byRule ?? ofIptables.byServices;
  const flat = ofIpvs.byServices;
  if (linear === undefined || flat === undefined) {
    return lacking(
      'This run has not the slopes of both modes: several sizes, a new connection per request.',
      SUPPLIED_BY,
    );
  }
  const numbers = [ofIptables.byRule, ofIptables.byServices, flat].flatMap((slope) =>
    slope === undefined ? [] : [numberOf(describeSlope(slope), slope.slope, slope.unit)],
  );
  const note = flavourNote(context.run);
  if (linear.verdict === 'grows' && flat.verdict === 'constant') {
    return {
      verdict: 'reproduced',
      because: `iptables’ slope lies above 0; ipvs’ holds 0 and is known to within ±${flat.threshold} ns per Service.${note}`,
      numbers,
    };
  }
  if (linear.verdict === 'constant' || linear.verdict === 'falls' || flat.verdict === 'grows') {
    const because = flat.verdict === 'grows' ? 'ipvs grows with the number of Services, too' : 'iptables does not grow';
    return { verdict: 'not reproduced', because: `${because}.${note}`, numbers };
  }
  return {
    verdict: 'inconclusive',
    because: `A slope’s interval is too wide for O(n) or O(1); more rounds would narrow it.${note}`,
    numbers,
  };
}

/** Where ipvs cannot run: the slopes that the run has, told beside and deciding nothing. */
function numbersBeside(context: ClaimContext): ClaimNumber[] {
  return context.run.header.scenario.modes.flatMap(({ id }) =>
    Object.values(slopesOf(context, id)).flatMap((slope) =>
      slope === undefined ? [] : [numberOf(`beside, not the claim: ${describeSlope(slope)}`, slope.slope, slope.unit)],
    ),
  );
}

export const s13: Claim = {
  id: 'S13',
  origin: 'study',
  statement: 'iptables is O(n) per new connection, IPVS O(1).',
  needs: 'The handshake on the wire against the rule index and against the number of Services, for iptables and ipvs.',
  rule: 'iptables’ slope has its interval above 0; ipvs’ interval over the number of Services holds 0 and lies inside ±1 ns per Service.',
  published2019: null,
  decide: (context) => {
    const pair = studyPair(context.run, SUPPLIED_BY);
    return pair.kind === 'lacking' ? { ...pair.decision, numbers: numbersBeside(context) } : decidePair(context, pair);
  },
};
