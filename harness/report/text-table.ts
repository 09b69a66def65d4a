import Table from 'cli-table3';

/** A column; `joined`: it stays beside the one before it, wherever a table is cut. */
interface TextColumn {
  readonly label: string;
  readonly numeric: boolean;
  readonly joined?: true;
}

/** A table as text, for whoever sets it: Markdown or a terminal. The first column says what a row is about. */
export interface TextTable {
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly string[])[];
}

/** No frame, two spaces between columns: it can be read, and pasted into a mail. */
const PLAIN = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((place) =>
    ['', '-mid', '-left', '-right'].map((part) => [`${place}${part}`, '']),
  ),
);
const GAP = '  ';

/**
 * A table in so many columns of a terminal: as it is where it fits. Otherwise rows of the same kind under their common first cell, then several tables one
 * below the other that all begin with the first column, and where even that is too wide a line for each cell.
 */
export function formatTextTable(table: TextTable, widthColumns: number): string {
  const fits = (one: TextTable) => widthOf(one) <= widthColumns;
  if (fits(table)) return setTable(table);
  const sections = toSections(table);
  if (sections.length < table.rows.length && sections.every(({ rest }) => fits(rest)))
    return sections.map(({ title, rest }) => `${wrapText(title, widthColumns)}\n${setTable(rest)}`).join('\n\n');
  const parts = splitColumns(table, widthColumns);
  return parts.every(fits) ? parts.map(setTable).join('\n\n') : listCells(table, widthColumns);
}

/** Breaks text at its spaces into lines of at most so many columns. What is longer without a space stays whole: a path must be copied in one piece. */
export function wrapText(text: string, widthColumns: number): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > widthColumns) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}

function columnWidths({ columns, rows }: TextTable): readonly number[] {
  return columns.map(({ label }, at) => Math.max(label.length, ...rows.map((row) => (row[at] ?? '').length)));
}

function widthOf(table: TextTable): number {
  const widths = columnWidths(table);
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

function setTable({ columns, rows }: TextTable): string {
  const table = new Table({
    head: columns.map((column) => column.label),
    colAligns: columns.map((column) => (column.numeric ? 'right' : 'left')),
    chars: { ...PLAIN, middle: GAP },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

function toSections({ columns, rows }: TextTable): readonly { title: string; rest: TextTable }[] {
  return [...Map.groupBy(rows, (row) => row[0] ?? '')].map(([title, ofTitle]) => ({
    title,
    rest: { columns: columns.slice(1), rows: ofTitle.map((row) => row.slice(1)) },
  }));
}

/** As many columns in each part as fit; those that belong together stay together. */
function splitColumns(table: TextTable, widthColumns: number): readonly TextTable[] {
  const groups: number[][] = [];
  for (const [at, column] of table.columns.entries()) {
    if (at === 0) continue;
    if (column.joined === true) groups.at(-1)?.push(at);
    else groups.push([at]);
  }
  const parts: number[][] = [];
  for (const group of groups) {
    const last = parts.at(-1);
    if (last !== undefined && widthOf(pick(table, [0, ...last, ...group])) <= widthColumns) last.push(...group);
    else parts.push([...group]);
  }
  return parts.map((part) => pick(table, [0, ...part]));
}

function pick({ columns, rows }: TextTable, places: readonly number[]): TextTable {
  return {
    columns: places.flatMap((at) => columns[at] ?? []),
    rows: rows.map((row) => places.map((at) => row[at] ?? '')),
  };
}

function listCells({ columns, rows }: TextTable, widthColumns: number): string {
  const lines = rows.map(([title = '', ...cells]) => [
    wrapText(title, widthColumns),
    ...cells.map((cell, at) => wrapText(`- ${columns[at + 1]?.label ?? ''}: ${cell}`, widthColumns)),
  ]);
  return lines.map((ofRow) => ofRow.join('\n')).join('\n');
}
