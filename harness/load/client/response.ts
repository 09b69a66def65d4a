import { Buffer } from 'node:buffer';

/**
 * What the bytes of an answer amount to so far. `more`: not whole yet. Everything else is final for this request.
 */
export type Verdict = 'more' | 'ok' | 'badStatus' | 'wrongBody';

const MAX_HEAD_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 1024 * 1024;
const START = 'HTTP/1.';

/**
 * Reads one answer at a time, minimal and strict: a status line of HTTP/1.x, a Content-Length, the expected body, nothing behind it.
 * An answer whose end it cannot know (chunked, no length, two lengths, an interim 1xx, garbage, longer than 1 MiB) is judged at once,
 * `badStatus` unless its status is 200, else `wrongBody`, and its connection must not be used again: it never waits for an end that might not come.
 * node:http is not used because it costs more CPU than the whole request here.
 */
export class ResponseParser {
  /** Who answered, by its header `X-Backend`; `null` when the answer does not say. Valid after a final verdict. */
  backend: string | null = null;
  /** May the connection carry another request? Valid after a final verdict. */
  reusable = false;
  /** The body's bytes as latin1 text: one character a byte, so that comparing and counting are cheap and exact. */
  readonly #expected: string;
  /** What has come of an answer that was not whole; empty nearly always, because an answer mostly comes in one piece. */
  #held = '';
  #length = -1;
  #close = false;

  constructor(expectedBody: string) {
    this.#expected = Buffer.from(expectedBody, 'utf8').toString('latin1');
  }

  /** Forgets everything: the next byte begins an answer. */
  reset(): void {
    this.#held = '';
    this.backend = null;
    this.reusable = false;
  }

  /** Takes the next `count` bytes, from the start of `bytes`. The bytes may be overwritten afterwards. */
  feed(bytes: Buffer, count: number): Verdict {
    const chunk = bytes.toString('latin1', 0, count);
    const text = this.#held === '' ? chunk : this.#held + chunk;
    const verdict = this.#judge(text);
    this.#held = verdict === 'more' ? text : '';
    return verdict;
  }

  #judge(text: string): Verdict {
    this.reusable = false;
    this.backend = null;
    if (!text.startsWith(START.slice(0, text.length))) return 'badStatus';
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd === -1) return text.length > MAX_HEAD_BYTES ? 'badStatus' : 'more';
    const status = readStatus(text);
    const framed = this.#readFields(text, headEnd);
    if (!framed || status < 200) return status === 200 ? 'wrongBody' : 'badStatus';
    return this.#judgeBody(text, headEnd + 4, status);
  }

  #judgeBody(text: string, bodyStart: number, status: number): Verdict {
    const whole = bodyStart + this.#length;
    if (text.length < whole) return 'more';
    const exact = text.length === whole;
    this.reusable = exact && !this.#close;
    if (status !== 200) return 'badStatus';
    const right = exact && this.#length === this.#expected.length && text.startsWith(this.#expected, bodyStart);
    return right ? 'ok' : 'wrongBody';
  }

  /** Walks the header fields once; false when they do not tell where the body ends. */
  #readFields(text: string, headEnd: number): boolean {
    this.#length = -1;
    this.#close = text.charCodeAt(START.length) === 48; // HTTP/1.0 closes
    let line = text.indexOf('\r\n') + 2;
    while (line < headEnd + 2) {
      const end = text.indexOf('\r\n', line);
      if (!this.#readField(text, line, end)) return false;
      line = end + 2;
    }
    return this.#length >= 0;
  }

  /** The length of a name tells most fields apart without touching them: this runs for every field of every answer. */
  #readField(text: string, start: number, end: number): boolean {
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon > end) return false;
    switch (colon - start) {
      case 9:
        if (hasName(text, start, 'x-backend')) this.backend = text.slice(colon + 1, end).trim();
        return true;
      case 10:
        if (hasName(text, start, 'connection') && /close/i.test(text.slice(colon + 1, end))) this.#close = true;
        return true;
      case 14:
        return !hasName(text, start, 'content-length') || this.#readLength(text.slice(colon + 1, end).trim());
      case 17:
        return !hasName(text, start, 'transfer-encoding');
      default:
        return true;
    }
  }

  #readLength(value: string): boolean {
    if (this.#length !== -1 || !/^\d{1,7}$/.test(value)) return false;
    this.#length = Number(value);
    return this.#length <= MAX_BODY_BYTES;
  }
}

function hasName(text: string, start: number, lowerCaseName: string): boolean {
  return text.slice(start, start + lowerCaseName.length).toLowerCase() === lowerCaseName;
}

/** The status of "HTTP/1.x NNN …"; 0 when the line is none. */
function readStatus(text: string): number {
  const match = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |\r)/.exec(text);
  return match === null ? 0 : Number(match[1]);
}
