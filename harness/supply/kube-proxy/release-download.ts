import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { DownloadError, downloadText, downloadToFile } from '../../system/download.ts';

export const RELEASE_BASE = 'https://dl.k8s.io';

export interface ReleaseDownload {
  readonly version: string;
  readonly architecture: string;
  /** "https://dl.k8s.io", or a mirror of it. */
  readonly base: string;
  readonly directory: string;
  readonly silenceMs: number;
  readonly onProgress: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts the official release of kube-proxy into `directory`, checked against its published sha256; gives its address. Rejects with DownloadError when it
 * cannot be had, and with EnvironmentError when what came is not what was published: that must never be papered over by another source.
 */
export async function downloadRelease(options: ReleaseDownload): Promise<string> {
  const { version, architecture, base } = options;
  const url = `${base.replace(/\/+$/, '')}/release/v${version}/bin/linux/${architecture}/kube-proxy`;
  const common = { silenceMs: options.silenceMs, ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const published = parseSha256(url, await downloadText({ ...common, url: `${url}.sha256` }));
  options.onProgress(`downloading ${url}`);
  const file = await open(join(options.directory, 'kube-proxy'), 'wx', 0o755);
  try {
    const onProgress = percentages(options.onProgress);
    const sha256 = await downloadToFile({ ...common, url, onProgress }, file);
    if (sha256 !== published) throw mismatch(url, published, sha256);
    await file.sync();
  } finally {
    await file.close();
  }
  return url;
}

/** The published file holds the sum alone; other tools write the file's name behind it. A page of a portal that is in between has neither. */
function parseSha256(url: string, text: string): string {
  const sum = /^([0-9a-f]{64})(\s|$)/i.exec(text)?.[1];
  if (sum === undefined) throw new DownloadError('unreachable', `${url}.sha256`, 'the answer is no sha256');
  return sum.toLowerCase();
}

function mismatch(url: string, published: string, found: string): EnvironmentError {
  return new EnvironmentError(
    `${url} does not have its published checksum: it should be sha256 ${published} and is ${found}`,
    'try again; if it stays so, the server or a mirror in between gives out a changed file: take another one with BENCH_RELEASE_BASE, or give a binary that you trust with --kube-proxy PATH',
  );
}

/** A line at every tenth of the way. */
function percentages(onProgress: (text: string) => void): (bytes: number, totalBytes: number | null) => void {
  let told = 0;
  return (bytes, totalBytes) => {
    if (totalBytes === null || totalBytes === 0) return;
    const tenths = Math.floor((bytes / totalBytes) * 10);
    if (tenths <= told) return;
    told = tenths;
    onProgress(`downloaded ${tenths * 10} % of ${Math.round(totalBytes / 1e6)} MB`);
  };
}
