import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { EnvironmentError } from '../errors.ts';

/**
 * Holds an exclusive flock(2) on a file until disposed of. Node has no flock of its own, so util-linux' flock holds it, and ends when this process
 * does, however it ends: its standard input is a pipe from here. No stale lock can be left behind, also not across process namespaces.
 * `onWait` is called once when somebody else holds it;
 * `signal` ends the waiting.
 */
export async function acquireFileLock(
  path: string,
  onWait: () => void,
  signal?: AbortSignal,
): Promise<AsyncDisposable> {
  const first = await tryFileLock(path);
  if (first !== null) return first;
  signal?.throwIfAborted();
  onWait();
  const second = await holdLock(path, [], signal);
  signal?.throwIfAborted();
  if (second !== null) return second;
  throw new EnvironmentError(`cannot lock ${path}`, 'check that its file system takes locks (flock) and is writable');
}

/** As acquireFileLock, but gives `null` at once when somebody else holds it. */
export function tryFileLock(path: string): Promise<AsyncDisposable | null> {
  return holdLock(path, ['--nonblock']);
}

/** `null` when the lock is held elsewhere (flock's exit code 1). */
async function holdLock(
  path: string,
  options: readonly string[],
  signal?: AbortSignal,
): Promise<AsyncDisposable | null> {
  const script = 'echo locked; exec cat >/dev/null';
  // Detached: a Ctrl-C in the terminal must not release the lock while this process still cleans up under it.
  const holder = spawn('flock', ['--exclusive', ...options, path, 'sh', '-c', script], {
    // What it says when a file system takes no locks is for nobody: it is as good as held.
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', resolve);
  });
  const giveUp = () => holder.kill('SIGKILL');
  signal?.addEventListener('abort', giveUp);
  const outcome = await Promise.race([once(holder.stdout, 'data').then(() => 'locked' as const), ended]);
  signal?.removeEventListener('abort', giveUp);
  if (outcome !== 'locked') return null;
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}
