import { z } from 'zod';

/** A kind of quantity that a scenario file writes as text with its unit: how it looks and what its units are worth. */
interface QuantityKind {
  /** For messages: "duration". */
  readonly noun: string;
  readonly example: string;
  /** Factor to the unit that the schema gives out, by the unit written. */
  readonly units: Readonly<Record<string, number>>;
}

const DURATION_MS: QuantityKind = {
  noun: 'duration',
  example: '10s',
  units: { ms: 1, s: 1000, m: 60_000, h: 3_600_000 },
};
const TIME_US: QuantityKind = { noun: 'time', example: '50us', units: { us: 1, µs: 1, ms: 1000, s: 1_000_000 } };
const RATE_PER_S: QuantityKind = { noun: 'rate', example: '1000/s', units: { '/s': 1, '/m': 1 / 60 } };
const SHARE: QuantityKind = { noun: 'share', example: '5%', units: { '%': 1 / 100 } };

/** Bounds in the words of the file, so that messages can repeat them. */
interface Bounds {
  readonly atLeast?: string;
  readonly above?: string;
  readonly atMost?: string;
  readonly below?: string;
}

/** Text such as "10s" → ms. */
export const durationMs = (bounds: Bounds = {}) => quantitySchema(DURATION_MS, bounds);
/** Text such as "50us" → µs. */
export const timeUs = (bounds: Bounds = {}) => quantitySchema(TIME_US, bounds);
/** Text such as "1000/s" → events per second. */
export const ratePerSecond = (bounds: Bounds = {}) => quantitySchema(RATE_PER_S, bounds);
/** Text such as "5%" → 0.05. */
export const share = (bounds: Bounds = {}) => quantitySchema(SHARE, bounds);

function quantitySchema(kind: QuantityKind, bounds: Bounds) {
  const pattern = new RegExp(`^[0-9]+(\\.[0-9]+)?(${Object.keys(kind.units).join('|')})$`);
  return z
    .string({ error: (issue) => describeWrongType(issue.input, kind) })
    .regex(pattern, { error: (issue) => describeWrongText(String(issue.input), kind) })
    .transform((text) => toNumber(text, kind))
    .superRefine((value, context) => {
      const message = describeBreach(value, kind, bounds);
      if (message !== null) context.addIssue({ code: 'custom', message });
    });
}

function toNumber(text: string, kind: QuantityKind): number {
  const unit = text.replace(/^[0-9.]+/, '');
  // 12 digits: enough for any of these, and 95 % comes out as 0.95 and not as 0.9500000000000001.
  return Number((Number.parseFloat(text) * (kind.units[unit] ?? Number.NaN)).toPrecision(12));
}

function unitList(kind: QuantityKind): string {
  return Object.keys(kind.units)
    .filter((unit) => unit !== 'µs')
    .join(', ');
}

function describeWrongType(input: unknown, kind: QuantityKind): string {
  if (typeof input === 'number') return `${input} needs a unit: one of ${unitList(kind)}, as in "${kind.example}"`;
  return `must be a ${kind.noun} such as "${kind.example}"`;
}

function describeWrongText(text: string, kind: QuantityKind): string {
  if (/^[0-9]+(\.[0-9]+)?$/.test(text))
    return `"${text}" needs a unit: one of ${unitList(kind)}, as in "${kind.example}"`;
  return `"${text}" is no ${kind.noun}: write a number and one of ${unitList(kind)}, as in "${kind.example}"`;
}

function describeBreach(value: number, kind: QuantityKind, bounds: Bounds): string | null {
  const limit = (text: string | undefined) => (text === undefined ? null : toNumber(text, kind));
  const { atLeast, above, atMost, below } = bounds;
  if (!Number.isFinite(value)) return `is no ${kind.noun}`;
  if (atLeast !== undefined && value < Number(limit(atLeast))) return `must be at least ${atLeast}`;
  if (above !== undefined && value <= Number(limit(above))) return `must be above ${above}`;
  if (atMost !== undefined && value > Number(limit(atMost))) return `must be at most ${atMost}`;
  if (below !== undefined && value >= Number(limit(below))) return `must be below ${below}`;
  return null;
}

/** "10k", as the command line has it for Services, and digits in quotes or in groups: the number that is meant is told. */
function describeNoCount(input: unknown, atMost: string): string {
  if (Number.isInteger(input)) return atMost;
  const [, digits, thousands] =
    /^([0-9]{1,3}(?:[_,.' ][0-9]{3})+|[0-9]+)(k?)$/i.exec(typeof input === 'string' ? input : '') ?? [];
  if (digits === undefined) return 'must be a whole number, without a unit';
  return `must be a whole number in digits, such as ${digits.replaceAll(/\D/g, '')}${thousands === '' ? '' : '000'}`;
}

/** A whole number from 1 on. */
export function count(most: number) {
  const atMost = `must be at most ${most.toLocaleString('en')}`;
  return z
    .int({ error: ({ input }) => describeNoCount(input, atMost) })
    .min(1, 'must be at least 1')
    .max(most, atMost);
}
