/** A linear or logarithmic axis from data to pixels. The same arithmetic as vega's, so that labels can be placed before drawing. */
export interface PixelScale {
  readonly kind: 'linear' | 'log';
  readonly domain: readonly [number, number];
  /** Length in px; y grows upwards from 0. */
  readonly lengthPx: number;
}

function forward(scale: PixelScale, value: number): number {
  return scale.kind === 'log' ? Math.log10(value) : value;
}

/** Data → px from the axis's start. */
export function toPx(scale: PixelScale, value: number): number {
  const [from, to] = [forward(scale, scale.domain[0]), forward(scale, scale.domain[1])];
  return ((forward(scale, value) - from) / (to - from)) * scale.lengthPx;
}

/** Px → data. */
export function fromPx(scale: PixelScale, px: number): number {
  const [from, to] = [forward(scale, scale.domain[0]), forward(scale, scale.domain[1])];
  const value = from + (px / scale.lengthPx) * (to - from);
  return scale.kind === 'log' ? 10 ** value : value;
}

const STEPS = [1, 2, 2.5, 5, 10] as const;

/** The nice step that cuts `span` into about `count` parts. */
export function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * power >= rough * 0.999) ?? 10) * power;
}

/** From 0 (or a nice value below) to a nice value above, whatever the values. */
export function linearDomain(values: readonly number[]): [number, number] {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  if (low === high) return [0, 1];
  const step = niceStep(high - low, 5);
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** Powers of ten, or 2 and 5 of them, around the positive values; at least a factor of two apart. */
export function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  if (positive.length === 0) return [1, 10];
  const low = roundLog(Math.min(...positive), 'down');
  const high = roundLog(Math.max(...positive), 'up');
  return high > low ? [low, high] : [low, low * 2];
}

function roundLog(value: number, direction: 'up' | 'down'): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10].map((step) => Number((step * power).toPrecision(3)));
  const found = direction === 'up' ? steps.find((step) => step >= value) : steps.findLast((step) => step <= value);
  return found ?? value;
}

/** Nice values inside a linear domain, about `count` steps apart. */
export function linearTicks(domain: readonly [number, number], count = 5): number[] {
  const step = niceStep(domain[1] - domain[0], count);
  const first = Math.ceil(domain[0] / step - 1e-9);
  const last = Math.floor(domain[1] / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** The finest regular ticks of a linear scale whose labels do not meet. */
export function fittingTicks(scale: PixelScale, widthOfPx: (value: number) => number): number[] {
  for (const count of [5, 4, 3, 2]) {
    const ticks = linearTicks(scale.domain, count);
    const widest = Math.max(...ticks.map(widthOfPx));
    const gap = scale.lengthPx / Math.max(1, ticks.length - 1);
    if (gap >= widest + 8) return ticks;
  }
  return [scale.domain[0], scale.domain[1]];
}

/** 1, 2 and 5 of each decade inside a log domain; only the powers of ten when there are many. */
export function logTicks(domain: readonly [number, number]): number[] {
  const decades = Math.log10(domain[1] / domain[0]);
  const steps = decades > 2.5 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(domain[0])); power <= Math.ceil(Math.log10(domain[1])); power += 1) {
    for (const step of steps) ticks.push(Number((step * 10 ** power).toPrecision(6)));
  }
  return ticks.filter((tick) => tick >= domain[0] * 0.999 && tick <= domain[1] * 1.001);
}

/**
 * Moves positions apart until neighbours are `gapPx` from each other, keeping their order and staying inside 0 … `lengthPx`
 * where there is room; each cluster sits as near to its wishes as it can (pool adjacent violators on the wishes less
 * their place in the row).
 */
export function spreadLabels(wishesPx: readonly number[], gapPx: number, lengthPx: number): number[] {
  const order = wishesPx.map((_, index) => index).sort((a, b) => (wishesPx[a] ?? 0) - (wishesPx[b] ?? 0));
  const clusters: { sum: number; count: number }[] = [];
  order.forEach((item, place) => {
    clusters.push({ sum: (wishesPx[item] ?? 0) - place * gapPx, count: 1 });
    for (;;) {
      const last = clusters.at(-1);
      const before = clusters.at(-2);
      if (last === undefined || before === undefined || before.sum / before.count <= last.sum / last.count) break;
      clusters.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  });
  const highestStart = lengthPx - (order.length - 1) * gapPx;
  const starts = clusters.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  const placed = new Array<number>(wishesPx.length).fill(0);
  order.forEach((item, place) => {
    const start = Math.max(0, Math.min(highestStart, starts[place] ?? 0));
    placed[item] = start + place * gapPx;
  });
  return placed;
}

/** Tick values whose labels do not meet; the largest always keeps its label, the smallest too when there is room. */
export function thinTicks(
  values: readonly number[],
  scale: PixelScale,
  widthOfPx: (value: number) => number,
): number[] {
  const ascending = [...values].sort((a, b) => a - b);
  const [smallest, largest] = [ascending[0], ascending.at(-1)];
  if (smallest === undefined || largest === undefined) return [];
  const kept = [largest];
  const fits = (value: number, other: number): boolean =>
    Math.abs(toPx(scale, value) - toPx(scale, other)) >= (widthOfPx(value) + widthOfPx(other)) / 2 + 6;
  for (const value of [smallest, ...ascending.toReversed()]) {
    if (kept.every((other) => fits(value, other))) kept.push(value);
  }
  return kept.sort((a, b) => a - b);
}

/** Shortens labels to `limit` characters and keeps them apart from each other. */
export function shortLabels(labels: readonly string[], limit: number): string[] {
  const cut = labels.map((label) => (label.length <= limit ? label : `${label.slice(0, limit - 1)}…`));
  return cut.map((label, index) => {
    if (cut.indexOf(label) === cut.lastIndexOf(label)) return label;
    return `${(labels[index] ?? '').slice(0, limit - 4)}… ${index + 1}`;
  });
}
