import { DARK_INK, INK } from './charts/theme.ts';
import type { ModeStyle } from './mode-style.ts';
import type { ColourVariables } from './svg.ts';

/** Colours of the page that no chart uses: focus ring, verdicts, a chosen toggle. */
const PAGE_LIGHT = { focus: '#1273d8', good: '#00614a', bad: '#b5380a', chosen: '#eef0f2' } as const;
const PAGE_DARK = { focus: '#4fa8f2', good: '#3fe0ae', bad: '#ff7a3d', chosen: '#232a30' } as const;

/** Names of the inks as CSS variables. `text` is `--ink`. */
const INK_VARIABLES = { text: 'ink', quiet: 'quiet', axis: 'axis', grid: 'grid', paper: 'paper' } as const;
const INK_NAMES = ['text', 'quiet', 'axis', 'grid', 'paper'] as const;

/** Which variable stands for which colour of a specification. */
export function colourVariables(styles: ReadonlyMap<string, ModeStyle>): ColourVariables {
  const variables = new Map<string, string>(INK_NAMES.map((name) => [INK[name], INK_VARIABLES[name]]));
  [...styles.values()].forEach((style, index) => {
    if (!variables.has(style.lightInk)) variables.set(style.lightInk, `m${index}i`);
    if (!variables.has(style.lightColour) || style.lightColour === style.lightInk)
      variables.set(style.lightColour, `m${index}`);
  });
  return variables;
}

function declarations(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `--${name}:${value}`).join(';');
}

/** The style sheet's variables for light, dark and print (which is light, whatever the screen was). */
export function themeCss(styles: ReadonlyMap<string, ModeStyle>): string {
  const modes = [...styles.values()];
  const light = declarations([
    ...INK_NAMES.map((name) => [INK_VARIABLES[name], INK[name]] as const),
    ...Object.entries(PAGE_LIGHT),
    ...modes.flatMap(
      (style, index) =>
        [
          [`m${index}`, style.lightColour],
          [`m${index}i`, style.lightInk],
        ] as const,
    ),
  ]);
  const dark = declarations([
    ...INK_NAMES.map((name) => [INK_VARIABLES[name], DARK_INK[name]] as const),
    ...Object.entries(PAGE_DARK),
    ...modes.flatMap(
      (style, index) =>
        [
          [`m${index}`, style.darkColour],
          [`m${index}i`, style.darkInk],
        ] as const,
    ),
  ]);
  return `:root{${light}}@media screen and (prefers-color-scheme:dark){:root{${dark}}}`;
}
