import { type Command, Option } from 'commander';
import { text } from '../model/flag-words.ts';
import { type Flag, isSwitch, nameOfFlag } from '../model/setting.ts';
import type { Override } from './overrides.ts';
import { GUEST_FLAGS, RUN_FLAGS } from './run-flags.ts';
import { describeFlag, plain, typedDefault } from './setting-text.ts';
import { ALL_SETTINGS, type KeyedSetting, keyed, SECTIONS } from './settings.ts';

/** Flags of `bench` under the headings of its help. */
export const FLAG_GROUPS: readonly { readonly title: string; readonly flags: readonly Flag[] }[] = [
  { title: 'The run', flags: RUN_FLAGS },
  ...SECTIONS.map(({ title, settings }) => ({ title, flags: keyed(settings) })),
  { title: 'The guest', flags: GUEST_FLAGS },
];

/** Gives a command every flag of `bench`. */
export function addBenchFlags(command: Command): Command {
  for (const { title, flags } of FLAG_GROUPS)
    for (const flag of flags) command.addOption(makeOption(flag).helpGroup(`${title}:`));
  for (const row of ALL_SETTINGS.filter(isSwitch)) command.addOption(new Option(oppositeOf(row)).hideHelp());
  return command.optionsGroup('Help:').helpOption('-h, --help', 'show this');
}

/** "--no-wire" → "--wire", for a file that says what the program would not. */
function oppositeOf({ flag }: Flag): string {
  return flag.startsWith('--no-') ? flag.replace('--no-', '--') : flag.replace('--', '--no-');
}

function makeOption(flag: Flag & Partial<KeyedSetting>): Option {
  const option = new Option(flag.flag, describeInHelp(flag));
  if (flag.isRepeatable !== true) return option;
  return option.argParser((word: string, before: string | undefined) =>
    before === undefined ? word : `${before},${word}`,
  );
}

function describeInHelp(flag: Flag & Partial<KeyedSetting>): string {
  const said = plain(flag.flag.startsWith('--no-') && flag.key !== undefined ? `no ${flag.help}` : describeFlag(flag));
  const usual = typedDefault(flag);
  return usual === null ? said : `${said} (default: ${usual})`;
}

/** One flag as typed → what it says instead of the file; what it implies stands before it. */
export function parseOverride(flag: string, word: string): readonly Override[] {
  const row = ALL_SETTINGS.find((one) => nameOfFlag(one) === flag || (isSwitch(one) && oppositeOf(one) === flag));
  if (row === undefined) throw new Error(`no setting has the flag ${flag}`);
  const implied = Object.entries(row.implies?.(word) ?? {});
  return [
    ...implied.map(([key, value]) => ({ flag, path: key.split('.'), value })),
    { flag, path: row.path, value: isSwitch(row) ? !flag.startsWith('--no-') : (row.read ?? text)(word) },
  ];
}

/** What was typed, after the command has parsed its words. What flags imply comes first, so that the key's own flag can say otherwise. */
export function readOverrides(command: Command): readonly Override[] {
  const typed = ALL_SETTINGS.flatMap((row) => {
    const attribute = new Option(row.flag).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') return [];
    const value: unknown = command.getOptionValue(attribute);
    return [parseOverride(isSwitch(row) ? nameOfSwitch(row, value) : nameOfFlag(row), String(value))];
  });
  return [
    ...typed.flatMap((overrides) => overrides.slice(0, -1)),
    ...typed.flatMap((overrides) => overrides.slice(-1)),
  ];
}

function nameOfSwitch(row: KeyedSetting, value: unknown): string {
  return [row.flag, oppositeOf(row)].find((name) => name.startsWith('--no-') !== value) ?? row.flag;
}
