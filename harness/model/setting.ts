import type { z } from 'zod';
import type { TestbedName } from './scenario.ts';

export type NamedTestbed = Exclude<TestbedName, 'auto'>;

/** Where something can be used, when not everywhere. What is asked for and does nothing would be a wrong measurement that looks right. */
export interface FlagPlace {
  readonly testbeds: readonly NamedTestbed[];
  /** Why it can do nothing elsewhere, where that is not plain. */
  readonly because?: string;
  /** It says how something is had, should it be needed, and does not ask for the testbed. */
  readonly isHint?: true;
}

/** A flag of the command line. */
export interface Flag {
  /** As `--help` shows it: "--rate <rate>". Without a value it is a switch: on, or off where it begins with "--no-". */
  readonly flag: string;
  /** A few words for `--help` and every description; `code` is in backticks. */
  readonly help: string;
  /** What is so without it, where no `fallback` says that. */
  readonly otherwise?: string;
  readonly place?: FlagPlace;
}

/** One setting of a scenario: a key of its file and a flag that overrides the key. */
export interface Setting<Schema extends z.ZodType = z.ZodType> extends Flag {
  /** Of the value in a file; gives out the value in the scenario's units. */
  readonly schema: Schema;
  /** What a scenario has when its file says nothing, in the words of the file. Without one the schema says whether the key may be left out. */
  readonly fallback?: unknown;
  /** What else a reader of scenarios/README.md wants to know. */
  readonly more?: string;
  /** The word behind the flag → the value in the file's terms; the text itself unless given. */
  readonly read?: (word: string) => unknown;
  /** The flag may come more than once, and its words are one list. */
  readonly isRepeatable?: true;
  /** Other keys that the flag sets, unless their own flags do. */
  readonly implies?: (word: string) => Readonly<Record<string, unknown>>;
}

/** Settings by their keys in a file; a dot for each level: "load.rate". */
export type Settings = Readonly<Record<string, Setting>>;

/** "--rate <rate>" → "--rate". */
export function nameOfFlag({ flag }: Flag): string {
  return flag.replace(/ .*/, '');
}

/** Has it no value? */
export function isSwitch({ flag }: Flag): boolean {
  return !flag.includes('<');
}
