import { type Command, Option } from 'commander';
import { type Flag, nameOfFlag } from '../model/setting.ts';
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
  return command.optionsGroup('Help:').helpOption('-h, --help', 'show this');
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
  const row = ALL_SETTINGS.find((one) => nameOfFlag(one) === flag);
  if (row === undefined) throw new Error(`no setting has the flag ${flag}`);
  return [...impliedBy(row, word), setBy(row, word)];
}

function setBy(row: KeyedSetting, word: string): Override {
  return { flag: nameOfFlag(row), path: row.path, value: readWord(row, word) };
}

function readWord({ flag, read }: KeyedSetting, word: string): unknown {
  if (!flag.includes('<')) return !flag.startsWith('--no-');
  return read === undefined ? word : read(word);
}

function impliedBy(row: KeyedSetting, word: string): readonly Override[] {
  const flag = nameOfFlag(row);
  return Object.entries(row.implies?.(word) ?? {}).map(([key, value]) => ({ flag, path: key.split('.'), value }));
}

/** What was typed, after the command has parsed its words. What flags imply comes first, so that the key's own flag can say otherwise. */
export function readOverrides(command: Command): readonly Override[] {
  const typed = ALL_SETTINGS.flatMap((row) => {
    const attribute = new Option(nameOfFlag(row)).attributeName();
    if (command.getOptionValueSource(attribute) !== 'cli') return [];
    return [{ row, word: String(command.getOptionValue(attribute)) }];
  });
  return [...typed.flatMap(({ row, word }) => impliedBy(row, word)), ...typed.map(({ row, word }) => setBy(row, word))];
}
