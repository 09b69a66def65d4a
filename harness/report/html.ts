import { escape as escapeText } from 'html-escaper';

/** Markup that is safe to put into a page as it stands. Everything else that reaches a page is text and gets escaped. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

function toMarkup(part: HtmlPart): string {
  if (part === null) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'object') return part.map(toMarkup).join('');
  return escapeText(String(part));
}

/** Template tag: what is in the template is markup, what is put in is text and comes out escaped (quotes too). */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(
    strings.map((text, index) => text + (index < parts.length ? toMarkup(parts[index] ?? null) : '')).join(''),
  );
}

/** Text with `words` in backticks → the same with code elements; everything is escaped all the same. */
export function codeWords(text: string): Html {
  const parts = text.split('`');
  const last = parts.length - 1;
  // An odd backtick at the end opens nothing.
  return html`${parts.map((part, at) => (at % 2 === 1 && at < last ? html`<code>${part}</code>` : at % 2 === 1 ? `\`${part}` : part))}`;
}

/** Takes markup of our own (SVG from vega, a style sheet) as it is. Never for text that came from a run. */
export function trustedMarkup(markup: string): Html {
  return new Html(markup);
}
