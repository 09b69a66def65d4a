import { InvalidRunError } from '../errors.ts';

/** A whole line of a journal, as JSON gave it. `lineNumber` counts from 1. */
interface RawLine {
  readonly lineNumber: number;
  readonly value: unknown;
}

export interface RawLines {
  readonly lines: readonly RawLine[];
  /** Length of the file up to the end of its last whole line; what is behind it is torn. */
  readonly wholeBytes: number;
}

const NEWLINE = 0x0a;
/** No text of JavaScript is longer than 512 MiB; the longest line so far has 300 kB. */
const MOST_LINE_BYTES = 2 ** 28;

/**
 * Bytes of a journal → its lines. Every line was on the disk before the next was begun, so a crash can only have torn the last one:
 * without its newline, or with one behind bytes that never came (zeros, after a loss of power). A broken line before that is damage of another
 * kind, and an error with its place.
 */
export function readLines(bytes: Buffer, path: string): RawLines {
  const lines: RawLine[] = [];
  let start = 0;
  for (let lineNumber = 1; start < bytes.length; lineNumber += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1) return { lines, wholeBytes: start };
    if (end - start > MOST_LINE_BYTES) throw damaged(path, lineNumber, 'is longer than a line of a run can be');
    const parsed = parseLine(bytes.toString('utf8', start, end));
    const isLast = end === bytes.length - 1;
    if (parsed === null && isLast) return { lines, wholeBytes: start };
    if (parsed === null) throw damaged(path, lineNumber, 'is not JSON');
    lines.push({ lineNumber, value: parsed.value });
    start = end + 1;
  }
  return { lines, wholeBytes: start };
}

function parseLine(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** A run whose stored data is not what was written. */
export function damaged(path: string, lineNumber: number, what: string, options?: ErrorOptions): InvalidRunError {
  return new InvalidRunError(
    `${path}:${lineNumber}: ${what}`,
    'the file was changed after it was written: take the run from a backup, or measure again',
    options,
  );
}
