import type { ModeColours } from '../mode/mode.ts';
import { modeOf } from '../mode/table.ts';
import type { Mode, Routing } from '../model/mode.ts';

/** How one mode looks on every chart and in every table of a page. Colours as #rrggbb. */
export interface ModeStyle {
  readonly modeId: string;
  /** For lines and areas. */
  readonly lightColour: string;
  readonly darkColour: string;
  /** For the mode's name as text: at least 4.5 to 1 against the page. */
  readonly lightInk: string;
  readonly darkInk: string;
  readonly dash: readonly number[];
  readonly shape: string;
}

/** Colours of a mode that the run does not know any more. */
const UNKNOWN: Routing = { kind: 'as-found', name: 'unknown' };

function mix(colour: string, towards: string, share: number): string {
  const channels = [1, 3, 5].map((at) => {
    const from = Number.parseInt(colour.slice(at, at + 2), 16);
    const to = Number.parseInt(towards.slice(at, at + 2), 16);
    return Math.round(from + (to - from) * share)
      .toString(16)
      .padStart(2, '0');
  });
  return `#${channels.join('')}`;
}

const SPARE_DASHES = [
  [5, 3],
  [2, 2],
  [9, 2, 2, 2, 2, 2],
  [1, 1],
] as const;
const SPARE_SHAPES = ['triangle-right', 'cross', 'square', 'diamond', 'triangle-down'] as const;

/** The second, third … mode of one family: another shade, dash and shape of the same hue. */
function shadeOf(family: ModeColours, nth: number): ModeColours {
  if (nth === 0) return family;
  const share = Math.min(0.6, 0.3 * Math.ceil(nth / 2) + 0.02 * nth);
  const towards = nth % 2 === 1 ? '#000000' : '#ffffff';
  return {
    light: mix(family.light, towards, nth % 2 === 1 ? share : share * 0.6),
    dark: mix(family.dark, nth % 2 === 1 ? '#ffffff' : '#14171a', nth % 2 === 1 ? share : share * 0.6),
    lightInk: mix(family.lightInk, '#000000', nth % 2 === 1 ? share : 0.02 * nth),
    dash: SPARE_DASHES[(nth - 1) % SPARE_DASHES.length] ?? [5, 3],
    shape: SPARE_SHAPES[(nth - 1) % SPARE_SHAPES.length] ?? 'square',
  };
}

/**
 * Hues are after Okabe and Ito (Color Universal Design, 2008), moved in lightness so that any two modes stay apart also under deuteranopia
 * and protanopia and in grey print (mode-style.test.ts keeps that). Styles by mode id, in the order of the ids given; the same scenario gives the same styles.
 */
export function assignModeStyles(modeIds: readonly string[], modes: readonly Mode[]): Map<string, ModeStyle> {
  const seen = new Map<string, number>();
  const styles = new Map<string, ModeStyle>();
  for (const modeId of modeIds) {
    const family = modeOf(modes.find((mode) => mode.id === modeId) ?? { routing: UNKNOWN }).colours;
    const nth = seen.get(family.light) ?? 0;
    seen.set(family.light, nth + 1);
    const shade = shadeOf(family, nth);
    styles.set(modeId, {
      modeId,
      lightColour: shade.light,
      darkColour: shade.dark,
      lightInk: shade.lightInk,
      darkInk: shade.dark,
      dash: shade.dash,
      shape: shade.shape,
    });
  }
  return styles;
}
