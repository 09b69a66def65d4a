import { type Html, type HtmlPart, html } from '../html.ts';

export interface TableColumn {
  readonly label: string;
  readonly numeric: boolean;
}

/** A table in a box of its own that scrolls when it is wider than the page. Box and table are named for those who do not see them. */
export function renderTable(table: {
  caption: string;
  columns: readonly TableColumn[];
  rows: readonly (readonly HtmlPart[])[];
  /** The last column holds sentences, which wrap; all other cells keep to one line. */
  lastIsProse?: boolean;
}): Html {
  const head = table.columns.map(
    (column) => html`<th scope="col"${column.numeric ? html` class="number"` : null}>${column.label}</th>`,
  );
  const rows = table.rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) => html`<td${table.columns[index]?.numeric ? html` class="number"` : null}>${cell}</td>`)}</tr>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="${table.caption}" tabindex="0"><table${table.lastIsProse === true ? html` class="prose"` : null}><caption><span>${table.caption}</span></caption><thead><tr>${head}</tr></thead><tbody>
${rows}</tbody></table></div>`;
}
