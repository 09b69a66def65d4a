import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** This program's own directory under the XDG cache (basedir specification 0.8: a relative XDG_CACHE_HOME is to be ignored). It may not exist yet. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const set = env.XDG_CACHE_HOME;
  const base = set !== undefined && isAbsolute(set) ? set : join(env.HOME || homedir(), '.cache');
  return join(base, 'service-routing-bench');
}
