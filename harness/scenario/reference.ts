import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Flag } from '../model/setting.ts';
import { writeFileAtomically } from '../system/atomic-file.ts';
import { SCENARIOS_DIRECTORY } from './directory.ts';
import { GUEST_FLAGS, RUN_FLAGS } from './run-flags.ts';
import { describeFlag, describeSetting } from './setting-text.ts';
import { type KeyedSetting, keyed, SECTIONS } from './settings.ts';

/** Where a person reads about scenarios; between the two lines stands what this file makes. */
export const REFERENCE_FILE = join(SCENARIOS_DIRECTORY, 'README.md');
const BEGINNING = '<!-- from the table of settings, by npm run schema -->';
const END = '<!-- end of the table -->';

/** The tables of scenarios/README.md: every key with its flag and default, then the flags that are no key. */
function renderReference(): string {
  const sections = SECTIONS.map(({ title, settings }) =>
    renderTable(title, ['key', 'flag', 'default', 'meaning'], keyed(settings).map(settingCells)),
  );
  const flags = renderTable(
    'Flags that are no settings',
    ['flag', 'default', 'meaning'],
    [...RUN_FLAGS, ...GUEST_FLAGS].map(flagCells),
  );
  return [...sections, flags].join('\n\n');
}

function settingCells(row: KeyedSetting): readonly string[] {
  return [code(row.key), code(row.flag), defaultOf(row), describeSetting(row)];
}

function flagCells(flag: Flag): readonly string[] {
  return [code(flag.flag), flag.otherwise ?? '', describeFlag(flag)];
}

/** As a file writes it. */
function defaultOf({ fallback, otherwise, schema }: KeyedSetting): string {
  if (otherwise !== undefined) return otherwise;
  if (fallback === undefined) return schema.safeParse(undefined).success ? '' : 'needed';
  return fallback === '' ? '' : code(spell(fallback));
}

function spell(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false }).trim();
}

function code(text: string): string {
  return `\`${text}\``;
}

function renderTable(title: string, heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replaceAll('|  |', '| |');
  return [`### ${title}`, '', line(heads), `${'|---'.repeat(heads.length)}|`, ...rows.map(line)].join('\n');
}

/** The text of scenarios/README.md with its tables as they are now. */
export function withReference(readme: string): string {
  const [before, rest = ''] = readme.split(BEGINNING);
  const after = rest.split(END)[1];
  if (after === undefined) throw new Error(`${REFERENCE_FILE} has no place for the table: ${BEGINNING} … ${END}`);
  return `${before}${BEGINNING}\n\n${renderReference()}\n\n${END}${after}`;
}

/** Writes it, unless the file holds it already. Returns whether it wrote. */
export async function writeReference(): Promise<boolean> {
  const before = await readFile(REFERENCE_FILE, 'utf8');
  const after = withReference(before);
  if (before === after) return false;
  await writeFileAtomically(REFERENCE_FILE, after);
  return true;
}
