import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian leaves these out of an ordinary user's PATH, and iptables, nft, nginx and their like are in them. */
export const ADMINISTRATORS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Absolute path of an executable file of that name on PATH, or in the administrators' directories; `null` when there is none. Starts nothing. */
export function findTool(name: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const directories = [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...ADMINISTRATORS];
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
