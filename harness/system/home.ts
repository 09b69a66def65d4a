import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/** HOME, otherwise the home of the user's account; `null` for a user without either: containers run with any number, and Node's own homedir() throws then. */
export function findHome(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env.HOME !== undefined && isAbsolute(env.HOME)) return env.HOME;
  try {
    const { homedir } = userInfo();
    return homedir !== null && isAbsolute(homedir) ? homedir : null;
  } catch {
    return null;
  }
}
