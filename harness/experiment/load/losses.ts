import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Run } from '../../model/run.ts';
import type { Trial } from '../../model/trial.ts';

interface Loss {
  /** Connections that sent their SYN more than once or got no answer. */
  readonly lost: number;
  readonly connections: number;
}

/** On the wire where it was captured, else as the client's kernel counts. */
function lossOf({ load, wire }: Trial): Loss {
  if (wire !== null) {
    const lost = wire.targets.reduce((sum, one) => sum + one.retransmitted.count + one.unanswered, 0);
    return { lost, connections: lost + wire.targets.reduce((sum, one) => sum + one.handshake.count, 0) };
  }
  const connections = load?.targets.reduce((sum, one) => sum + one.connections, 0) ?? 0;
  return { lost: load?.synRetransmits ?? 0, connections };
}

function sumLosses(trials: readonly Trial[]): Loss {
  return trials
    .map(lossOf)
    .reduce((sum, one) => ({ lost: sum.lost + one.lost, connections: sum.connections + one.connections }), {
      lost: 0,
      connections: 0,
    });
}

const formatLoss = ({ lost, connections }: Loss) => `${lost} of ${connections}`;

/**
 * Lost connections are a result of their mode. Its times are of the connections that were answered at once, and trials that lost too many are left out: so they are counted here over all
 * trials, invalid ones too, and said beside what the other modes lost. Pure.
 */
export function listLosses({ header, trials }: Pick<Run, 'header' | 'trials'>): Reason[] {
  const modes = header.scenario.modes.map((mode) => ({ mode, loss: sumLosses(trialsOf(trials, mode)) }));
  return modes.flatMap(({ mode, loss }) => {
    if (loss.lost === 0) return [];
    const others = modes.filter((one) => one.mode.id !== mode.id && one.loss.connections > 0);
    const beside = others.map((one) => `${one.mode.id}: ${formatLoss(one.loss)}`).join(', ');
    const left = trialsOf(trials, mode).filter(({ invalid }) => invalid.some(({ code }) => code === 'syn-lost')).length;
    const leftOut = left === 0 ? '' : `; ${left} of its trials ${left === 1 ? 'is' : 'are'} left out for it`;
    return [
      {
        code: 'connections-lost',
        message: `${mode.id}: ${formatLoss(loss)} connections sent their SYN more than once or got no answer${beside === '' ? '' : ` (${beside})`}${leftOut}: its times are of the others`,
        remedy:
          'a lost SYN costs its request a second or more: look for drops on the way, and for two connections that race for one conntrack entry',
      },
    ];
  });
}

function trialsOf(trials: readonly Trial[], mode: Mode): readonly Trial[] {
  return trials.filter(({ plan }) => plan.modeId === mode.id);
}
