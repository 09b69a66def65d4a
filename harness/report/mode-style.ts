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

interface Family {
  readonly light: string;
  readonly dark: string;
  readonly lightInk: string;
  readonly dash: readonly number[];
  readonly shape: string;
}

/**
 * Hues after Okabe and Ito (Color Universal Design, 2008), moved in lightness so that any two stay apart also under deuteranopia
 * and protanopia and in grey print (mode-style.test.ts keeps that). The two iptables flavours are neighbours in hue;
 * `none`, the floor, is grey.
 */
const FAMILIES = {
  'iptables-legacy': { light: '#b5380a', dark: '#ff7a3d', lightInk: '#b5380a', dash: [1, 0], shape: 'circle' },
  'iptables-nft': { light: '#cb8600', dark: '#ffcb57', lightInk: '#8a5a00', dash: [7, 2], shape: 'square' },
  ipvs: { light: '#1273d8', dark: '#4fa8f2', lightInk: '#0d62bb', dash: [3, 2], shape: 'diamond' },
  nftables: { light: '#00614a', dark: '#3fe0ae', lightInk: '#00614a', dash: [8, 2, 2, 2], shape: 'triangle-up' },
  userspace: { light: '#c2569b', dark: '#e58ac4', lightInk: '#a23b7d', dash: [4, 2, 1, 2], shape: 'cross' },
  none: { light: '#858585', dark: '#8c8c8c', lightInk: '#666666', dash: [1, 2], shape: 'triangle-down' },
  'as-found': { light: '#2e1f45', dark: '#d9d0ff', lightInk: '#2e1f45', dash: [10, 3], shape: 'triangle-left' },
} as const satisfies Record<string, Family>;

function familyOf(routing: Routing): Family {
  if (routing.kind === 'iptables') return FAMILIES[`iptables-${routing.backend}`];
  return FAMILIES[routing.kind];
}

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
function shadeOf(family: Family, nth: number): Family {
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

const UNKNOWN: Routing = { kind: 'as-found', name: 'unknown' };

/** Styles by mode id, in the order of the ids given; the same scenario gives the same styles. */
export function assignModeStyles(modeIds: readonly string[], modes: readonly Mode[]): Map<string, ModeStyle> {
  const seen = new Map<Family, number>();
  const styles = new Map<string, ModeStyle>();
  for (const modeId of modeIds) {
    const family = familyOf(modes.find((mode) => mode.id === modeId)?.routing ?? UNKNOWN);
    const nth = seen.get(family) ?? 0;
    seen.set(family, nth + 1);
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
