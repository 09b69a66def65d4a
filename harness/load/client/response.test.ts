import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { ResponseParser, type Verdict } from './response.ts';

const BODY = '<p>Grüße</p>\n';
const LENGTH = Buffer.byteLength(BODY);

function answer(parts: { status?: string; fields?: readonly string[]; body?: string }): Buffer {
  const { status = 'HTTP/1.1 200 OK', fields = [`Content-Length: ${LENGTH}`, 'X-Backend: pod-3'], body = BODY } = parts;
  return Buffer.from(`${[status, ...fields].join('\r\n')}\r\n\r\n${body}`);
}

interface Judged {
  readonly verdict: Verdict;
  readonly reusable: boolean;
  readonly backend: string | null;
}

/** Feeds pieces from one shared buffer that is overwritten each time, as the connection does; stops at the first final verdict. */
function judge(pieces: readonly Buffer[], parser = new ResponseParser(BODY)): Judged {
  const shared = Buffer.alloc(65_536);
  let verdict: Verdict = 'more';
  for (const piece of pieces) {
    if (verdict !== 'more') break;
    shared.fill(0x5a);
    piece.copy(shared);
    verdict = parser.feed(shared, piece.length);
  }
  return { verdict, reusable: parser.reusable, backend: parser.backend };
}

const RIGHT: Judged = { verdict: 'ok', reusable: true, backend: 'pod-3' };

describe('an answer', () => {
  test('that is right and whole is ok, its connection reusable, its backend known', () => {
    expect(judge([answer({})])).toEqual(RIGHT);
  });

  test('is judged the same wherever it is cut in two', () => {
    const bytes = answer({});
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(judge([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(RIGHT);
      expect(judge([bytes.subarray(0, cut)]).verdict, `only ${cut} bytes`).toBe('more');
    }
  });

  test('is judged the same byte by byte', () => {
    expect(judge([...answer({})].map((byte) => Buffer.from([byte])))).toEqual(RIGHT);
  });

  test('can be followed by another on the same parser, whatever the first was', () => {
    const parser = new ResponseParser(BODY);
    expect(
      judge([answer({ fields: [`Content-Length: ${LENGTH}`, 'X-Backend: other', 'Connection: close'] })], parser)
        .reusable,
    ).toBe(false);
    parser.reset();
    expect(judge([answer({}).subarray(0, 30)], parser).verdict).toBe('more');
    parser.reset();
    expect(judge([answer({})], parser)).toEqual(RIGHT);
  });

  test.each([
    ['field names in any case', { fields: [`CONTENT-length:${LENGTH}`, 'x-BACKEND:  pod-3 '] }],
    [
      'fields of the same length as those that count',
      {
        fields: ['Connectiom: close', `Content-Length: ${LENGTH}`, 'X-Bockend: no', 'X-Backend: pod-3', 'Etag: "a:b"'],
      },
    ],
    ['a status without a reason', { status: 'HTTP/1.1 200' }],
  ])('with %s is ok', (_, parts) => {
    expect(judge([answer(parts)])).toEqual(RIGHT);
  });

  test.each([
    ['Connection: close', { fields: [`Content-Length: ${LENGTH}`, 'Connection: close'] }],
    ['HTTP/1.0', { status: 'HTTP/1.0 200 OK' }],
  ])('of %s is ok, but its connection is over', (_, parts) => {
    expect(judge([answer(parts)])).toMatchObject({ verdict: 'ok', reusable: false });
  });

  test.each([
    ['another text of the same length', { body: BODY.replace('p', 'q') }, true],
    ['another length', { fields: ['Content-Length: 2'], body: 'no' }, true],
    ['no body', { fields: ['Content-Length: 0'], body: '' }, true],
    ['more than its length', { body: `${BODY}!` }, false],
    [
      'chunks',
      { fields: ['Transfer-Encoding: chunked'], body: `${LENGTH.toString(16)}\r\n${BODY}\r\n0\r\n\r\n` },
      false,
    ],
    ['chunks and a length', { fields: [`Content-Length: ${LENGTH}`, 'Transfer-Encoding: chunked'] }, false],
    ['no length', { fields: ['X-Backend: pod-3'] }, false],
    ['two lengths', { fields: [`Content-Length: ${LENGTH}`, `Content-Length: ${LENGTH}`] }, false],
    ['a length that is no number', { fields: ['Content-Length: 0x9'] }, false],
    ['a length beyond all reason', { fields: ['Content-Length: 9999999'] }, false],
    ['a field that is none', { fields: ['garbage', `Content-Length: ${LENGTH}`] }, false],
  ])('with %s is a wrong body', (_, parts, reusable) => {
    expect(judge([answer(parts)])).toMatchObject({ verdict: 'wrongBody', reusable });
  });

  test.each([
    ['500 with a length', { status: 'HTTP/1.1 500 Oops' }, true],
    ['204', { status: 'HTTP/1.1 204 No Content', fields: [], body: '' }, false],
    ['an interim 100', { status: 'HTTP/1.1 100 Continue', fields: [], body: '' }, false],
    ['a chunked 502', { status: 'HTTP/1.1 502 Bad', fields: ['Transfer-Encoding: chunked'] }, false],
    ['a status of 4 digits', { status: 'HTTP/1.1 2000 OK' }, false],
    ['HTTP/1.7', { status: 'HTTP/1.7 200 OK' }, false],
  ])('of %s is a bad status', (_, parts, reusable) => {
    expect(judge([answer(parts)])).toMatchObject({ verdict: 'badStatus', reusable: reusable });
  });

  test('that does not begin as HTTP does is judged at its first wrong byte', () => {
    expect(judge([Buffer.from('HTTP')]).verdict).toBe('more');
    expect(judge([Buffer.from('HTTQ')])).toMatchObject({ verdict: 'badStatus', reusable: false });
    expect(judge([Buffer.from('\x15\x03\x01')])).toMatchObject({ verdict: 'badStatus', reusable: false });
  });

  test('whose head has no end is judged after 16 KiB', () => {
    const endless = Buffer.from(`HTTP/1.1 200 OK\r\nX: ${'a'.repeat(17_000)}`);
    expect(judge([endless])).toMatchObject({ verdict: 'badStatus', reusable: false });
  });

  test('of 1 MiB that is wrong is read to its end, so that the connection can go on', () => {
    const body = 'x'.repeat(1024 * 1024);
    const bytes = answer({ fields: [`Content-Length: ${body.length}`], body });
    const pieces = Array.from({ length: Math.ceil(bytes.length / 60_000) }, (_, index) =>
      bytes.subarray(index * 60_000, (index + 1) * 60_000),
    );
    expect(judge(pieces)).toMatchObject({ verdict: 'wrongBody', reusable: true });
  });
});
