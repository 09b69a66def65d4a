import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Hex colour → CSS custom property (without the dashes) that carries it in light, dark and print. */
export type ColourVariables = ReadonlyMap<string, string>;

/** What vega-lite says of a specification that it had to bend; goes nowhere unless somebody listens (the tests do). */
export type WarningListener = (warning: string) => void;

/** A Vega-Lite specification → standalone SVG text, as vega writes it. */
export async function renderRawSvg(spec: TopLevelSpec, onWarning: WarningListener = () => {}): Promise<string> {
  const logger = {
    level: () => logger,
    warn: (...texts: readonly unknown[]) => {
      onWarning(texts.join(' '));
      return logger;
    },
    info: () => logger,
    debug: () => logger,
    error: (...texts: readonly unknown[]): never => {
      throw new Error(texts.join(' '));
    },
  };
  const view = new View(parse(compile(spec, { logger: logger as never }).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/**
 * Vega's SVG made fit for the page: colours as CSS variables (with the plain colour behind, for whoever saves the file), numbers
 * cut to a tenth of a pixel, the label of each mark as its <title> (a tooltip without JavaScript), and nothing invisible.
 * Marks' labels are attributes that vega escapes (`<`, `>`, `&`, `"`), so a pattern over tags sees no text from a run.
 */
export function tidySvg(svg: string, colours: ColourVariables): string {
  return svg
    .replace(/<path class="(?:background|foreground)"[^>]*\/>/g, '')
    .replace(/ (?:role|aria-roledescription)="graphics-[^"]*"/g, '')
    .replace(/ aria-roledescription="[^"]*"/g, '')
    .replace(
      / aria-hidden="true"| pointer-events="none"| xmlns:xlink="[^"]*"| version="1\.1"| stroke-miterlimit="4"/g,
      '',
    )
    .replace(/ font-family="[^"]*"/g, '')
    .replace(/<(path|text|line|rect)([^>]*?) aria-label="([^"]*)"([^>]*?)\/>/g, '<$1$2$4><title>$3</title></$1>')
    .replace(/<[^>]+>/g, (tag) => tidyTag(tag, colours));
}

function tidyTag(tag: string, colours: ColourVariables): string {
  return tag
    .replace(
      / (d|transform|x|y|x1|x2|y1|y2|width|height|stroke-width)="([^"]*)"/g,
      (_, name: string, value: string) => {
        return ` ${name}="${value.replace(/-?\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1))))}"`;
      },
    )
    .replace(/ (fill|stroke)="(#[0-9a-fA-F]{6})"/g, (whole, name: string, colour: string) => {
      const variable = colours.get(colour.toLowerCase());
      return variable === undefined ? whole : ` ${name}="var(--${variable},${colour})"`;
    });
}
