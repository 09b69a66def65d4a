import { describe, expect, test } from 'vitest';
import type { Mode, Routing } from '../model/mode.ts';
import { DARK_INK, INK } from './charts/theme.ts';
import { assignModeStyles } from './mode-style.ts';

const ROUTINGS: readonly Routing[] = [
  { kind: 'iptables', backend: 'legacy' },
  { kind: 'iptables', backend: 'nft' },
  { kind: 'ipvs', scheduler: 'rr' },
  { kind: 'nftables' },
  { kind: 'userspace' },
  { kind: 'none' },
  { kind: 'as-found', name: 'Cilium' },
];

function modesOf(routings: readonly Routing[]): Mode[] {
  return routings.map((routing, index) => ({ id: `mode ${index}`, routing, proxyVersion: null }));
}

function stylesOf(routings: readonly Routing[]) {
  const modes = modesOf(routings);
  return [
    ...assignModeStyles(
      modes.map((mode) => mode.id),
      modes,
    ).values(),
  ];
}

function linearRgb(hex: string): [number, number, number] {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** WCAG 2.2, "contrast ratio". */
function contrast(one: string, other: string): number {
  const luminance = (hex: string): number => {
    const [red, green, blue] = linearRgb(hex);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** Full dichromacy after Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009). */
const VISIONS = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
} as const;

/** CIELAB (D65) of a colour as one vision sees it. */
function labOf(hex: string, vision: keyof typeof VISIONS): [number, number, number] {
  const rgb = linearRgb(hex);
  const seen = VISIONS[vision].map((row) => {
    const value = row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2];
    return Math.min(1, Math.max(0, value));
  });
  const [red = 0, green = 0, blue = 0] = seen;
  const root = (value: number): number => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const x = root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
  const z = root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(one: string, other: string, vision: keyof typeof VISIONS): number {
  const [a, b] = [labOf(one, vision), labOf(other, vision)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

describe("modes' looks", () => {
  test.each(['full', 'deuteranopia', 'protanopia'] as const)(
    'any two routings stay apart under %s vision, light and dark',
    (vision) => {
      const styles = stylesOf(ROUTINGS);
      for (const [index, one] of styles.entries()) {
        for (const other of styles.slice(index + 1)) {
          expect(distance(one.lightColour, other.lightColour, vision)).toBeGreaterThan(11);
          expect(distance(one.darkColour, other.darkColour, vision)).toBeGreaterThan(11);
        }
      }
    },
  );

  test('lines stand out at 2.9 to 1 or more, names at 4.5 to 1, on both papers', () => {
    for (const style of stylesOf(ROUTINGS)) {
      expect(contrast(style.lightColour, INK.paper)).toBeGreaterThan(2.85);
      expect(contrast(style.lightInk, INK.paper)).toBeGreaterThan(4.5);
      expect(contrast(style.darkColour, DARK_INK.paper)).toBeGreaterThan(4.5);
      expect(contrast(style.darkInk, DARK_INK.paper)).toBeGreaterThan(4.5);
    }
  });

  test('differ in dash and shape too, for print without colour', () => {
    const styles = stylesOf(ROUTINGS);
    expect(new Set(styles.map((style) => style.dash.join())).size).toBe(styles.length);
    expect(new Set(styles.map((style) => style.shape)).size).toBe(styles.length);
  });

  test('two contestants of one routing differ in colour, dash and shape', () => {
    const nftables: Routing = { kind: 'nftables' };
    const styles = stylesOf([nftables, nftables, nftables, nftables]);
    expect(new Set(styles.map((style) => style.lightColour)).size).toBe(4);
    expect(new Set(styles.map((style) => style.dash.join())).size).toBe(4);
    expect(new Set(styles.map((style) => style.shape)).size).toBe(4);
  });

  test('are the same for a mode whichever others stand beside it', () => {
    const alone = stylesOf([{ kind: 'nftables' }])[0];
    const among = stylesOf(ROUTINGS)[3];
    expect(among?.lightColour).toBe(alone?.lightColour);
    expect(among?.shape).toBe(alone?.shape);
  });
});
