import { mean } from 'simple-statistics';
import type { Trial } from '../../../model/trial.ts';
import type { Claim } from './claim.ts';
import { lacking, plainNumber } from './claim.ts';

const SUPPLIED_BY = ['study', '10k'];
/** A period this close to 30 s is the one that the study meant. */
const EARLIEST_MS = 25_000;
const LATEST_MS = 35_000;

/** Times between full syncs of one mode that fell into the same trial; the gaps between trials say nothing. */
function fullSyncGapsMs(trials: readonly Trial[]): number[] {
  return trials.flatMap(({ syncs }) => {
    const ends = syncs.filter(({ kind }) => kind !== 'partial').map(({ atMs }) => atMs);
    return ends.slice(1).map((atMs, index) => atMs - (ends[index] ?? atMs));
  });
}

export const s10: Claim = {
  id: 'S10',
  origin: 'study',
  statement: 'A full reprogramming every 30 s is part of the CPU cost.',
  needs:
    'Trials of more than 60 s without any change of Services, with every sync recorded. Today only ipvs has the 30 s pass; iptables and nftables run it hourly.',
  rule: 'Reproduced when syncs that nobody asked for come 25 to 35 s apart; not reproduced when 60 s of load pass without one; otherwise inconclusive.',
  published2019: 'every 30 s',
  decide: ({ run }) => {
    const trials = run.trials.filter(
      ({ load, plan }) =>
        load !== null &&
        run.header.scenario.modes.some(({ id, routing }) => id === plan.modeId && routing.kind !== 'none'),
    );
    if (trials.length === 0) return lacking('This run has no trial with a kube-proxy under load.', SUPPLIED_BY);
    const byMode = Map.groupBy(trials, ({ plan }) => plan.modeId);
    const syncs = [...byMode].map(([modeId, ofMode]) => {
      const loadS = ofMode.reduce((sum, { load }) => sum + (load?.durationMs ?? 0), 0) / 1000;
      const count = ofMode.reduce((sum, one) => sum + one.syncs.length, 0);
      const cores = ofMode.flatMap(({ groups }) => groups['kube-proxy']?.loadCores ?? []);
      return { modeId, loadS, count, cores: cores.length === 0 ? null : mean(cores) };
    });
    const numbers = syncs.flatMap(({ modeId, loadS, count, cores }) => [
      plainNumber(`${modeId}: syncs in ${Math.round(loadS)} s of load`, count, 'syncs'),
      ...(cores === null
        ? []
        : [plainNumber(`${modeId}: kube-proxy and its children under load`, cores * 100, '% of a core')]),
    ]);
    const periodic = fullSyncGapsMs(trials).filter((gapMs) => gapMs >= EARLIEST_MS && gapMs <= LATEST_MS).length;
    if (periodic > 0)
      return { verdict: 'reproduced', because: `${periodic} syncs came 25 to 35 s after the one before.`, numbers };
    const longest = Math.max(...trials.map(({ load }) => load?.durationMs ?? 0));
    if (longest >= 60_000 && syncs.every(({ count }) => count === 0)) {
      return {
        verdict: 'not reproduced',
        because: 'No sync fell into more than 60 s of load without changes.',
        numbers,
      };
    }
    const because = `Trials of ${Math.round(longest / 1000)} s are too short to see two passes 30 s apart; trials of more than 60 s (--duration 70s) would settle it.`;
    return { verdict: 'inconclusive', because, numbers };
  },
};
