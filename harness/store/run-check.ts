import { policyId } from '../experiment/load/policy.ts';
import { findRoutingProblem } from '../mode/table.ts';
import type { JournalLine, RunHeader } from '../model/run.ts';
import { damaged } from './journal-lines.ts';

/** A journal as it was read: its lines with their places, and whether bytes behind them are torn. */
export interface JournalText {
  readonly path: string;
  readonly isThere: boolean;
  readonly torn: boolean;
  readonly lineNumbers: readonly number[];
}

/** Header and journal each fit the schema; here they are checked against each other. Throws InvalidRunError (exit 4) with file and line. */
export function requireOneRun(header: RunHeader, lines: readonly JournalLine[], journal: JournalText): void {
  const fail = (position: number, what: string): never => {
    throw damaged(journal.path, journal.lineNumbers[position] ?? position + 1, what);
  };
  const known = namesOf(header);
  const seen = new Set<number>();
  for (const [position, line] of lines.entries()) {
    const stranger = findStranger(line, known) ?? findBelowZero(line);
    if (stranger !== null) fail(position, stranger);
    if (line.type !== 'trial') continue;
    if (seen.has(line.plan.index)) fail(position, `trial ${line.plan.index} comes twice`);
    seen.add(line.plan.index);
  }
  requireWhole(header, seen.size, journal);
}

/** A run of a later program may have modes that this one does not know. */
export function requireKnownModes({ scenario, refusedModes }: RunHeader, headerPath: string): void {
  for (const { id, routing } of [...scenario.modes, ...refusedModes.map(({ mode }) => mode)]) {
    const problem = findRoutingProblem(routing);
    if (problem !== null) throw damaged(headerPath, 1, `has a mode ${JSON.stringify(id)} that cannot be: ${problem}`);
  }
}

/** A run that came to its end has trials, and every line of them: nobody writes into it any more. */
function requireWhole({ status, timing }: RunHeader, trials: number, journal: JournalText): void {
  const says = `though run.json says that the run is ${status}`;
  if (trials === 0 && (status === 'complete' || timing.loadMs > 0)) {
    throw damaged(journal.path, 1, journal.isThere ? `holds no trial, ${says}` : `is not there, ${says}`);
  }
  if (journal.torn && status === 'complete')
    throw damaged(journal.path, (journal.lineNumbers.at(-1) ?? 0) + 1, `is torn, ${says}`);
}

interface Names {
  readonly modes: ReadonlySet<string>;
  readonly sizes: ReadonlySet<number>;
  readonly policies: ReadonlySet<string>;
}

function namesOf({ scenario, plan }: RunHeader): Names {
  const planned = plan.blocks.flatMap(({ rounds }) => rounds.flatMap(({ trials }) => trials));
  return {
    modes: new Set([...scenario.modes.map(({ id }) => id), ...planned.map(({ modeId }) => modeId)]),
    sizes: new Set([...scenario.sizesServices, ...plan.blocks.map(({ sizeServices }) => sizeServices)]),
    policies: new Set([...scenario.load.policies.map(policyId), ...planned.map((trial) => trial.policyId)]),
  };
}

function findStranger(line: JournalLine, { modes, sizes, policies }: Names): string | null {
  const at = line.type === 'trial' ? line.plan : line;
  const what = line.type === 'trial' ? `trial ${line.plan.index}` : 'a node';
  if (!modes.has(at.modeId)) return `${what} is of mode ${JSON.stringify(at.modeId)}, which run.json does not have`;
  if (!sizes.has(at.sizeServices)) return `${what} is of ${at.sizeServices} Services, which run.json does not have`;
  if (line.type === 'trial' && !policies.has(line.plan.policyId))
    return `${what} is of policy ${JSON.stringify(line.plan.policyId)}, which run.json does not have`;
  if (line.type === 'trial' && line.valid && line.load === null) return `${what} is valid, and has no load`;
  return null;
}

/** Times that cannot be below 0, whoever's clock they are of. */
function findBelowZero(line: JournalLine): string | null {
  const durations =
    line.type === 'trial'
      ? { cpuIdle: line.cpuIdle?.durationMs, cpuLoad: line.cpuLoad?.durationMs, load: line.load?.durationMs }
      : {
          settled: line.programming.settledMs,
          loadObjects: line.programming.loadObjectsMs,
          sync: line.programming.syncMs,
        };
  const found = Object.entries(durations).find(([, durationMs]) => durationMs !== undefined && durationMs < 0);
  return found === undefined ? null : `a duration is below 0: ${found[0]}, ${found[1]} ms`;
}
