import { limitsOfLoad } from '../experiment/load/limits.ts';
import { listLosses } from '../experiment/load/losses.ts';
import { LOAD } from '../experiment/load/quantities.ts';
import { listSpecs } from '../experiment/quantities.ts';
import { isFloor } from '../mode/table.ts';
import type { Findings, InvalidTrial } from '../model/findings.ts';
import type { Reason } from '../model/reason.ts';
import { MINIMUM_ROUNDS } from '../model/rounds.ts';
import type { Run } from '../model/run.ts';
import type { Scenario } from '../model/scenario.ts';
import { npmCommand } from '../system/shell-words.ts';
import type { Cells } from './cells.ts';

/** Trials that enter no finding, with why. */
export function listInvalidTrials(run: Run): InvalidTrial[] {
  return run.trials
    .filter((trial) => !trial.valid || trial.load === null)
    .map(({ plan, invalid }) => ({
      trialIndex: plan.index,
      round: plan.round,
      sizeServices: plan.sizeServices,
      modeId: plan.modeId,
      experiment: LOAD,
      spec: plan.policyId,
      reasons: invalid,
    }));
}

/** Warnings of the run and of its trials, the same one once. Messages with other numbers are other warnings; codes group them. */
export function countWarnings(run: Run): Findings['warnings'] {
  const all = [...run.header.warnings, ...run.trials.filter(({ valid }) => valid).flatMap(({ warnings }) => warnings)];
  const groups = Map.groupBy(all, ({ code, message }) => JSON.stringify([code, message]));
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    return first === undefined ? [] : [{ ...first, count: group.length }];
  });
}

/** Rounds that have a valid trial, and rounds in which every mode and spec has one. */
export function countRounds(run: Run, cells: Cells): Findings['rounds'] {
  const { sizesServices, modes } = run.header.scenario;
  const repeated = cells.all.filter(({ repetition }) => repetition === 'round');
  const specs = listSpecs(run.header.scenario).filter(({ experiment }) => experiment === LOAD);
  const perRound = modes.length * specs.length;
  return sizesServices.map((sizeServices) => {
    const rounds = repeated
      .filter((cell) => cell.sizeServices === sizeServices)
      .flatMap(({ observations }) => observations.map(({ round }) => round));
    const byRound = Map.groupBy(rounds, (round) => round);
    const complete = [...byRound.values()].filter((trials) => trials.length >= perRound).length;
    return { sizeServices, started: byRound.size, complete };
  });
}

function limitOfRounds(run: Run, rounds: Findings['rounds']): Reason[] {
  const short = rounds.filter(({ complete }) => complete < MINIMUM_ROUNDS);
  if (short.length === 0) return [];
  const least = Math.min(...short.map(({ complete }) => complete));
  const where = rounds.length === 1 ? 'there is' : 'at least one size has';
  const count = least === 0 ? 'no complete round' : `only ${least} complete round${least === 1 ? '' : 's'}`;
  const invalid = run.trials.filter((trial) => !trial.valid).length;
  const lost = invalid === 0 ? '' : `; ${invalid} of ${run.trials.length} trials are invalid`;
  const message = `${rounds.length === 1 && least > 1 ? 'there are' : where} ${count}, and intervals need ${MINIMUM_ROUNDS}${lost}`;
  return [{ code: 'few-rounds', message, remedy: remedyOfRounds(run, short) }];
}

/** What would bring more complete rounds: mended trials where enough rounds were taken, more rounds where they were not. */
function remedyOfRounds(run: Run, short: Findings['rounds']): string {
  const taken = (sizeServices: number) =>
    new Set(run.trials.filter(({ plan }) => plan.sizeServices === sizeServices).map(({ plan }) => plan.round)).size;
  const isMending = short.some(({ sizeServices }) =>
    run.trials.some((trial) => trial.plan.sizeServices === sizeServices && !trial.valid),
  );
  const mend = 'see why trials are invalid (report.html lists them)';
  if (short.every(({ sizeServices }) => taken(sizeServices) >= MINIMUM_ROUNDS)) return `${mend}, and run again`;
  const isFixed = run.header.scenario.stop.maxRounds < MINIMUM_ROUNDS;
  const more = isFixed ? `run with --rounds ${MINIMUM_ROUNDS} or more` : 'run with a larger --budget';
  return isMending ? `${mend}, then ${more}` : more;
}

/** What a run of this scenario cannot say however well it goes, known before it starts. One size is what most first runs have, and is not told. */
export function foreseeLimits(scenario: Scenario): Reason[] {
  const ofScenario = limitsOfScenario({ scenario }).filter(({ code }) => code !== 'one-size');
  const { maxRounds } = scenario.stop;
  if (maxRounds >= MINIMUM_ROUNDS) return ofScenario;
  const message = `${maxRounds} round${maxRounds === 1 ? '' : 's'} for each size give numbers without intervals, and compare nothing`;
  return [
    ...ofScenario,
    { code: 'few-rounds', message, remedy: `${MINIMUM_ROUNDS} rounds or more do (--rounds ${MINIMUM_ROUNDS})` },
  ];
}

function limitsOfScenario({ scenario }: Pick<Run['header'], 'scenario'>): Reason[] {
  const limits: Reason[] = [];
  if (scenario.modes.filter((mode) => !isFloor(mode)).length < 2) {
    limits.push({
      code: 'one-mode',
      message: 'one mode alone: nothing is compared',
      remedy: 'name two modes or more with --modes',
    });
  }
  if (scenario.sizesServices.length < 2) {
    const remedy = 'give several numbers of Services with --services, the smallest first';
    limits.push({ code: 'one-size', message: 'one number of Services: no growth, slope or cross-over', remedy });
  }
  return limits;
}

/** The command that goes on with the run, with the place of its runs as it was typed: the analysis knows no other. */
function resumeCommand({ id, command }: Run['header']): string {
  const at = command.findIndex((word) => word === '--runs-dir' || word.startsWith('--runs-dir='));
  const place = at < 0 ? [] : command.slice(at, command[at] === '--runs-dir' ? at + 2 : at + 1);
  return npmCommand(['bench', ...place, '--resume', id]);
}

function limitsOfStatus({ header, trials, tornLine }: Run): Reason[] {
  const limits: Reason[] = [];
  if (header.status !== 'complete' && header.status !== 'budget-spent') {
    const message = `the run is not whole: ${header.status}${header.statusReason === null ? '' : ` (${header.statusReason})`}`;
    limits.push({ code: 'not-whole', message, remedy: `go on with it: ${resumeCommand(header)}` });
  }
  if (tornLine) {
    const message = 'the journal’s last line was torn and is left out';
    limits.push({ code: 'torn-line', message, remedy: `go on with it: ${resumeCommand(header)}` });
  }
  if (!trials.some((trial) => trial.valid)) {
    const remedy = 'read the reasons of the invalid trials, then run again';
    limits.push({ code: 'no-valid-trial', message: 'no trial is valid, so nothing is found', remedy });
  }
  for (const { mode, reason } of header.refusedModes)
    limits.push({ ...reason, message: `mode ${mode.id} was asked for and not measured: ${reason.message}` });
  return limits;
}

/** What this run cannot say by its shape, most severe first. */
export function listLimits(run: Run, rounds: Findings['rounds']): Reason[] {
  return [
    ...limitsOfStatus(run),
    ...listLosses(run),
    ...limitOfRounds(run, rounds),
    ...limitsOfScenario(run.header),
    ...limitsOfLoad(run),
  ];
}
