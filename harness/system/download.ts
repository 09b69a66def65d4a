import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { get as getHttp, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { get as getHttps, Agent as HttpsAgent } from 'node:https';
import { findDownloadProxy } from './download-proxy.ts';
import { withoutSecrets } from './secrets.ts';

/** `unreachable`: no answer, or one from something in between. `absent`: the server has no such file. `broken`: the answer stopped short. */
export type DownloadTrouble = 'unreachable' | 'absent' | 'broken';

/** A file could not be had; nothing of it is kept. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly trouble: DownloadTrouble;

  constructor(trouble: DownloadTrouble, url: string, why: string, options?: ErrorOptions) {
    super(withoutSecrets(`${url}: ${why}`), options);
    this.trouble = trouble;
  }
}

export interface DownloadOptions {
  readonly url: string;
  /** Longest silence of the server: before its answer, and inside it. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
  /** Called as bytes come; `totalBytes` is null when the server does not say. */
  readonly onProgress?: (bytes: number, totalBytes: number | null) => void;
}

/** A small text, at most 64 KiB. */
export async function downloadText(options: DownloadOptions): Promise<string> {
  const parts: Buffer[] = [];
  await receive(options, async (part) => {
    parts.push(part);
    if (parts.reduce((sum, one) => sum + one.length, 0) > 65536)
      throw new DownloadError('unreachable', options.url, 'the answer is far longer than what was asked for');
  });
  return Buffer.concat(parts).toString('utf8');
}

/** Writes a download into an open file and gives its sha256 in hex. Rejects with DownloadError, or with what writing threw (a full disk). */
export async function downloadToFile(options: DownloadOptions, file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  await receive(options, async (part) => {
    hash.update(part);
    await file.writeFile(part);
  });
  return hash.digest('hex');
}

async function receive(options: DownloadOptions, take: (part: Buffer) => Promise<void>): Promise<void> {
  const response = await request(options, options.url, 5);
  const said = response.headers['content-length'];
  const totalBytes = said === undefined ? null : Number(said);
  let bytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      await take(part);
      options.onProgress?.(bytes, totalBytes);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isNetworkError(error)) throw error;
    throw new DownloadError('broken', options.url, `broke off after ${bytes} of ${totalBytes ?? 'unknown'} bytes`, {
      cause: error,
    });
  }
}

/** What a response stream itself fails with, as against what the taker of its parts threw. */
function isNetworkError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ETIMEDOUT' || code === 'EPIPE';
}

/** GET with redirects followed (dl.k8s.io answers with one). A proxy named by https_proxy and its like is used, as every other tool here does. */
async function request(options: DownloadOptions, url: string, redirectsLeft: number): Promise<IncomingMessage> {
  const response = await connect(options, url);
  const { statusCode = 0, headers } = response;
  if (statusCode === 200) return response;
  response.destroy();
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
    if (redirectsLeft === 0) throw new DownloadError('unreachable', options.url, 'too many redirects');
    return request(options, new URL(headers.location, url).href, redirectsLeft - 1);
  }
  const trouble = statusCode === 404 || statusCode === 410 ? 'absent' : 'unreachable';
  const answer = `the server answers ${statusCode} ${response.statusMessage ?? ''}`.trim();
  throw new DownloadError(trouble, options.url, trouble === 'absent' ? answer : withRemark(answer, url));
}

/** With what the environment's proxy may have to do with it. */
function withRemark(why: string, url: string): string {
  const { remark } = findDownloadProxy(url, process.env);
  return remark === null ? why : `${why} (${remark})`;
}

function connect(options: DownloadOptions, url: string): Promise<IncomingMessage> {
  const agentOptions = { proxyEnv: findDownloadProxy(url, process.env).variables };
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const agent = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
    const settings = { agent, ...(options.signal === undefined ? {} : { signal: options.signal }) };
    const call = secure ? getHttps(url, settings, resolve) : getHttp(url, settings, resolve);
    // Counts as a broken-off answer once the response has begun, as no answer before.
    call.setTimeout(options.silenceMs, () =>
      call.destroy(Object.assign(new Error(`silent for ${options.silenceMs / 1000} s`), { code: 'ETIMEDOUT' })),
    );
    call.once('error', (error) => {
      if (options.signal?.aborted) reject(options.signal.reason);
      else reject(new DownloadError('unreachable', options.url, withRemark(error.message, url), { cause: error }));
    });
  });
}
