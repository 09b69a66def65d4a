import { EnvironmentError } from '../errors.ts';
import { errorCode } from './atomic-file.ts';

/** Failures to read that a user can fix become EnvironmentErrors; anything else is handed back as it is. */
export function explainReadError(error: unknown, path: string): unknown {
  const code = errorCode(error);
  const options = { cause: error };
  if (code === 'EACCES' || code === 'EPERM')
    return new EnvironmentError(
      `may not read ${path} (${code})`,
      'make it readable for this user, or read a copy of it that is',
      options,
    );
  if (code === 'ELOOP' || code === 'ENAMETOOLONG')
    return new EnvironmentError(`cannot read ${path} (${code})`, 'name another path', options);
  if (code === 'EIO' || code === 'ESTALE')
    return new EnvironmentError(
      `cannot read ${path}: the file system failed (${code})`,
      'look at the disk or the network share, then type the same command again',
      options,
    );
  return error;
}
