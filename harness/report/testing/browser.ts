import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** The first Chromium on the PATH; null when there is none. */
export async function findChromium(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const directories = (env.PATH ?? '').split(':').filter((directory) => directory !== '');
  const candidates = directories.flatMap((directory) =>
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(directory, name)),
  );
  for (const candidate of candidates) {
    const there = await access(candidate).then(
      () => true,
      () => false,
    );
    if (there) return candidate;
  }
  return null;
}

/** Headless, and without Chromium's own sandbox, which root does not get. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
