import { isAbsolute, join } from 'node:path';
import { EnvironmentError } from '../errors.ts';
import { findHome } from './home.ts';

/** What moves the cache elsewhere; for remedies. */
export const CACHE_MOVED_BY = 'XDG_CACHE_HOME=/some/folder';

/**
 * This program's own directory under the XDG cache (basedir specification 0.8: a relative XDG_CACHE_HOME is to be ignored). It may not exist yet.
 * Throws an EnvironmentError when there is no place for it.
 */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const found = findCacheDirectory(env);
  if (found !== null) return found;
  throw new EnvironmentError(
    'there is no place for the cache: HOME is not set to an absolute path, and this user has no account with a home',
    `name a folder that this user may write to: export ${CACHE_MOVED_BY}`,
  );
}

/** The same; `null` when there is no place for it. */
export function findCacheDirectory(env: Readonly<Record<string, string | undefined>>): string | null {
  const set = env.XDG_CACHE_HOME;
  const home = findHome(env);
  const base = set !== undefined && isAbsolute(set) ? set : home === null ? null : join(home, '.cache');
  return base === null ? null : join(base, 'service-routing-bench');
}
