/** One entry's head line of a log in klog's text format. */
export interface KlogLine {
  readonly severity: 'I' | 'W' | 'E' | 'F';
  readonly atMs: number;
  readonly source: string;
  /** Without quotes when the entry is structured. */
  readonly message: string;
  /** key=value pairs of a structured entry; values without their quotes. Multi-line values (`key=<`) are empty. */
  readonly fields: Readonly<Record<string, string>>;
}

const HEAD = /^([IWEF])(\d\d)(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{6})\s+\d+ ([^\]\s]+)\] (.*)$/;
const STRUCTURED = /^"((?:[^"\\]|\\.)*)"(.*)$/;
const FIELD = /([\w.\-/ ]+?)=("(?:[^"\\]|\\.)*"|\S*)/g;

/** klog writes no year and no zone: every kube-proxy is started with TZ=UTC, and `nearMs` (Unix ms) picks the year that comes closest. */
export interface KlogClock {
  readonly nearMs: number;
}

const HALF_YEAR_MS = 183 * 86_400_000;

function unixMs(fields: readonly number[], clock: KlogClock): number {
  const [month = 1, day = 1, hour = 0, minute = 0, second = 0, micros = 0] = fields;
  const inYear = (year: number) => Date.UTC(year, month - 1, day, hour, minute, second) + micros / 1000;
  const year = new Date(clock.nearMs).getUTCFullYear();
  const first = inYear(year);
  if (first - clock.nearMs > HALF_YEAR_MS) return inYear(year - 1);
  return clock.nearMs - first > HALF_YEAR_MS ? inYear(year + 1) : first;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    // Go's %q has escapes that JSON has not (\x00, \a): the raw text tells enough.
    return text.slice(1, -1);
  }
}

function parseBody(body: string): Pick<KlogLine, 'message' | 'fields'> {
  const structured = STRUCTURED.exec(body);
  if (structured === null) return { message: body, fields: {} };
  const fields: Record<string, string> = {};
  for (const [, key = '', value = ''] of (structured[2] ?? '').matchAll(FIELD)) {
    fields[key.trim()] = value === '<' ? '' : unquote(value);
  }
  return { message: unquote(`"${structured[1] ?? ''}"`), fields };
}

/** A line → its entry; `null` when it is not the head of one (continuations, stack traces, other writers). */
export function parseKlogLine(line: string, clock: KlogClock): KlogLine | null {
  const head = HEAD.exec(line);
  if (head === null) return null;
  const [, severity, month, day, hour, minute, second, micros, source = '', body = ''] = head;
  const atMs = unixMs([month, day, hour, minute, second, micros].map(Number), clock);
  return { severity: severity as KlogLine['severity'], atMs, source, ...parseBody(body) };
}
