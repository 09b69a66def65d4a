import { html, type Html, type HtmlPart } from '../html.ts';

export interface TableColumn {
  readonly label: string;
  readonly numeric: boolean;
}

/** A table in a box of its own that scrolls when it is wider than the page. Box and table are named for those who do not see them. */
export function renderTable(table: {
  caption: string;
  columns: readonly TableColumn[];
  rows: readonly (readonly HtmlPart[])[];
}): Html {
  const head = table.columns.map(
    (column) => html`<th scope="col"${column.numeric ? html` class="number"` : null}>${column.label}</th>`,
  );
  const rows = table.rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) => html`<td${table.columns[index]?.numeric ? html` class="number"` : null}>${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="${table.caption}" tabindex="0"><table><caption>${table.caption}</caption><thead><tr>${head}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}
