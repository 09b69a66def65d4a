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

/** Template tag: what stands in the template is markup, what is put in is text and comes out escaped (quotes too). */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(
    strings.map((text, index) => text + (index < parts.length ? toMarkup(parts[index] ?? null) : '')).join(''),
  );
}

/** Takes markup of our own (SVG from vega, a style sheet) as it is. Never for text that came from a run. */
export function trustedMarkup(markup: string): Html {
  return new Html(markup);
}

/**
 * JSON for a script element: `<` becomes an escape, so that no string can end the element or open a comment
 * (HTML standard, "Restrictions for contents of script elements").
 */
export function jsonForScript(value: unknown): Html {
  return new Html(
    JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029'),
  );
}
