import { describe, expect, test } from 'vitest';
import { LEGACY, makeSyntheticRun } from '../../../analysis/testing/synthetic-run.ts';
import type { Mode } from '../../../model/mode.ts';
import type { Run } from '../../../model/run.ts';
import { claimsOf } from '../testing/claims-of.ts';

const USERSPACE: Mode = { id: 'userspace', routing: { kind: 'userspace' }, proxyVersion: null };

function runWith(options: { userspaceUs: number; answered?: { userspace: number; iptables: number } }): Run {
  const run = makeSyntheticRun({
    sizesServices: [1, 100],
    modes: [LEGACY, USERSPACE],
    policies: [{ kind: 'per-request' }],
    requests: 400,
    rounds: 6,
    handshakeUs: (mode) => (mode === USERSPACE ? options.userspaceUs : 20),
  });
  const { answered } = options;
  if (answered === undefined) return run;
  const nodes = run.nodes.map((node) => {
    const mine = node.modeId === 'userspace' ? answered.userspace : answered.iptables;
    return { ...node, deadEndpoint: { listed: 2, dead: 1, connections: 20, answered: mine } };
  });
  return { ...run, nodes };
}

const decide = (run: Run) => claimsOf(run).find(({ id }) => id === 'K8');

describe('K8', () => {
  test('is reproduced when userspace is slower everywhere and answers all with a dead endpoint, and iptables does not', () => {
    const claim = decide(runWith({ userspaceUs: 300, answered: { userspace: 20, iptables: 9 } }));
    expect(claim).toMatchObject({ verdict: 'reproduced' });
    expect(claim?.numbers.filter(({ label }) => label.includes('dead')).map(({ value }) => value)).toEqual([20, 9]);
  });

  test('is inconclusive when nobody tried a dead endpoint, as in runs stored before it was tried', () => {
    expect(decide(runWith({ userspaceUs: 300 }))).toMatchObject({ verdict: 'inconclusive' });
  });

  test.each([
    [{ userspace: 12, iptables: 9 }, 'userspace lost connections too'],
    [{ userspace: 20, iptables: 20 }, 'iptables lost no connection either'],
  ])('is not reproduced when %o connections were answered', (answered, words) => {
    const claim = decide(runWith({ userspaceUs: 300, answered }));
    expect(claim).toMatchObject({ verdict: 'not reproduced', because: expect.stringContaining(words) });
  });

  test('is not reproduced when userspace is faster', () => {
    expect(decide(runWith({ userspaceUs: 5, answered: { userspace: 20, iptables: 9 } }))).toMatchObject({
      verdict: 'not reproduced',
    });
  });
});
