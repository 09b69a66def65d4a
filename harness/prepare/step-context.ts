import type { GuestWish } from '../launch/place.ts';
import type { SetupWorld } from '../supply/packages/ensure.ts';
import { npmCommand } from '../system/shell-words.ts';
import type { CommandWorld } from '../system/world.ts';
import type { BenchOptions } from './bench-options.ts';
import { makeGuestWish } from './guest.ts';
import type { ScenarioOfRun } from './scenario-of-run.ts';

/** What every step may look at; what it finds it hands on. */
export interface StepContext extends ScenarioOfRun {
  readonly world: CommandWorld;
  /** This machine's tools, and whether some may be installed. */
  readonly setup: SetupWorld;
  readonly guestWish: GuestWish;
  /** What to do about modes that cannot run, where leaving them out would leave some. */
  readonly howToSkip: string;
  /** Says a line to whoever started the program. */
  readonly say: (text: string) => void;
}

export function makeStepContext(
  wanted: ScenarioOfRun,
  { overrides }: Pick<BenchOptions, 'overrides'>,
  { world, setup }: { readonly world: CommandWorld; readonly setup: SetupWorld },
): StepContext {
  const say = (text: string) => void world.streams.stderr.write(`${text}\n`);
  const isNamed = overrides.some(({ flag }) => flag === '--modes');
  return {
    ...wanted,
    world,
    setup,
    guestWish: makeGuestWish(wanted.guest, { world, say }),
    howToSkip: wanted.resumed === null ? skipThem(isNamed, world) : 'mend that: a run goes on with all of its modes',
    say,
  };
}

/** A mode that was asked for by its name is left out only when that is said too: what is typed is measured, or nothing is. */
function skipThem(isNamed: boolean, { words }: CommandWorld): string {
  const why = isNamed ? 'what --modes names must run: name others, or let these be left out' : 'let them be left out';
  return `${why}:\n    ${npmCommand([...words, '--if-unsupported', 'skip'])}`;
}
