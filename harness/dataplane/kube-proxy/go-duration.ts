const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Go prints the micro sign (U+00B5) and also reads the Greek mu (U+03BC).
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy;

/** Text of Go's time.Duration ("1m2.5s", "33.571µs", "0s") → ms; `null` when it is none. https://pkg.go.dev/time#ParseDuration */
export function parseGoDurationMs(text: string): number | null {
  const negative = text.startsWith('-');
  const body = text.replace(/^[-+]/, '');
  if (body === '0') return 0;
  PART.lastIndex = 0;
  let totalMs = 0;
  let end = 0;
  for (let part = PART.exec(body); part !== null; part = PART.exec(body)) {
    totalMs += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? 0);
    end = PART.lastIndex;
  }
  if (end === 0 || end !== body.length) return null;
  return negative ? -totalMs : totalMs;
}
