/** Text → Markdown that shows it as text: one line, no markup, no table cell ended early, no mention of a person. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_[\]|~#]/g, (sign) => `\\${sign}`)
    .replaceAll('@', '&#64;');
}

/** A Markdown table; cells are text. Numeric columns are set right. */
export function markdownTable(
  columns: readonly { readonly label: string; readonly numeric: boolean }[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const rule = `|${columns.map((column) => (column.numeric ? '---:' : '---')).join('|')}|`;
  return `${[line(columns.map((column) => column.label)), rule, ...rows.map(line)].join('\n')}\n`;
}

/**
 * Joins blocks (most important first) up to a number of bytes; what does not fit is left out, and a last line says so.
 * GitHub cuts a comment at 65,536 characters and a job summary at 1 MiB.
 */
export function joinWithin(blocks: readonly string[], mostBytes: number): string {
  const note = 'The rest did not fit here; the report has it.\n';
  const kept: string[] = [];
  let bytes = Buffer.byteLength(note);
  for (const block of blocks) {
    bytes += Buffer.byteLength(block) + 1;
    if (bytes > mostBytes) return [...kept, note].join('\n');
    kept.push(block);
  }
  return kept.join('\n');
}
