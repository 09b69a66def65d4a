import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DownloadError, downloadText, downloadToFile } from './download.ts';
import { sha256Hex } from './exec.ts';

const servers: Server[] = [];
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'download-test-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(directory, { recursive: true });
});

/** A server on loopback; gives its address. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function download(url: string, signal?: AbortSignal): Promise<string> {
  const file = await open(join(directory, 'file'), 'w');
  try {
    return await downloadToFile({ url, silenceMs: 300, ...(signal === undefined ? {} : { signal }) }, file);
  } finally {
    await file.close();
  }
}

function troubleOf(error: unknown): string {
  if (error instanceof DownloadError) return error.trouble;
  throw error;
}

describe('a download', () => {
  test('arrives whole, follows redirects, and is summed as it comes', async () => {
    const body = Buffer.alloc(3_000_000, 'kube-proxy');
    const base = await serve((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/file' }).end();
      else response.writeHead(200, { 'content-length': body.length }).end(body);
    });
    expect(await download(`${base}/moved`)).toBe(sha256Hex(body));
    expect((await readFile(join(directory, 'file'))).equals(body)).toBe(true);
  });

  test('that stops short of its announced length is broken, not short', async () => {
    const base = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => response.destroy());
    });
    expect(await download(base).catch(troubleOf)).toBe('broken');
  });

  test('of which the server has no file is absent; one that is forbidden, or refused, is unreachable', async () => {
    const absent = await serve((_request, response) => response.writeHead(404).end());
    const forbidden = await serve((_request, response) => response.writeHead(403).end('no'));
    expect(await download(absent).catch(troubleOf)).toBe('absent');
    expect(await download(forbidden).catch(troubleOf)).toBe('unreachable');
    expect(await download('http://127.0.0.1:1/').catch(troubleOf)).toBe('unreachable');
    expect(await download('http://name.invalid/').catch(troubleOf)).toBe('unreachable');
  });

  test('from a server that says nothing ends after the silence allowed, before the answer and inside it', async () => {
    const silent = await serve(() => {});
    const stalls = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half');
    });
    const started = performance.now();
    expect(await download(silent).catch(troubleOf)).toBe('unreachable');
    expect(await download(stalls).catch(troubleOf)).toBe('broken');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('ends at once, with the reason of the one who ended it, when it is aborted', async () => {
    const base = await serve(() => {});
    const reason = new Error('Ctrl-C');
    const aborter = new AbortController();
    const going = download(base, aborter.signal);
    setImmediate(() => aborter.abort(reason));
    await expect(going).rejects.toBe(reason);
  });

  test('that goes round in circles is given up', async () => {
    const base = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
    expect(await download(base).catch(troubleOf)).toBe('unreachable');
  });

  test('of a small text does not swallow a whole page of something else', async () => {
    const base = await serve((_request, response) => response.end('x'.repeat(100_000)));
    expect(await downloadText({ url: base, silenceMs: 300 }).catch(troubleOf)).toBe('unreachable');
  });
});
