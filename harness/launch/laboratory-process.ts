import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { EnvironmentError, type ExitCode } from '../errors.ts';
import { programVariables } from '../system/laboratory-variables.ts';
import { type EndOfProcess, readMemoryKills } from '../system/memory-kills.ts';
import { laboratoryExit, STOP_SIGNALS } from './laboratory-exit.ts';
import { laboratoryCommand } from './namespaces.ts';

/**
 * Runs `program` in the laboratory with this terminal; resolves with its exit code. SIGINT, SIGTERM and SIGHUP are passed on to it, and after STOP_GRACE_MS it is ended.
 * Rejects with a BenchError when the end is none that the program chose: it was killed, or a wrapper around it could not start it.
 */
export async function runInLaboratory(program: readonly string[]): Promise<ExitCode> {
  const user = process.getuid?.() === 0 ? 'root' : 'ordinary';
  const [file = '', ...args] = laboratoryCommand({ user, program: [...APART, ...program] });
  const killsBefore = readMemoryKills();
  const child = spawn(file, args, { stdio: ['inherit', 'inherit', 'pipe', 2], env: programVariables(process.env) });
  const words = collectWords(child);
  const stopping = new Stopping(child);
  try {
    const end = await new Promise<EndOfProcess>((resolve, reject) => {
      child.once('error', (error) => reject(explainStart(error, file)));
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    });
    return laboratoryExit(end, { words: words(), stopped: stopping.asked, killsBefore });
  } finally {
    stopping[Symbol.dispose]();
  }
}

/**
 * The wrappers' own words go into a pipe, to be translated; the program's go where ours go, which may be a terminal. When memory ends, the kernel shall take something of the laboratory, which
 * is large, and not the program out here, which has to tell of it.
 */
const APART = ['sh', '-c', 'echo 500 >/proc/self/oom_score_adj; exec "$@" 2>&3 3>&-', 'sh'];

/** The end of what the wrappers say. */
function collectWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2000);
  });
  return () => words.trim();
}

function explainStart(error: Error, file: string): Error {
  if (!('code' in error) || (error.code !== 'ENOENT' && error.code !== 'EACCES')) return error;
  return new EnvironmentError(`${file} cannot be started (${error.code})`, 'install util-linux: npm run doctor', {
    cause: error,
  });
}

/** The program promises to end within 5 s of Ctrl-C. The namespaces need no tidying: they go with their last process. */
const STOP_GRACE_MS = 4500;
/** As the first process of its namespace it does not even hear a signal before it has asked for it: it is told again. */
const STOP_AGAIN_MS = 500;

/** Passes the wish to stop on, and sees to it. unshare's own end takes everything in the laboratory with it. */
class Stopping implements Disposable {
  asked = false;
  readonly #child: ChildProcess;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const signal of STOP_SIGNALS) process.on(signal, this.#stop);
  }

  [Symbol.dispose](): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.#stop);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  readonly #stop = (signal: NodeJS.Signals): void => {
    const { pid } = this.#child;
    if (pid === undefined) return;
    void signalInside(pid, signal);
    if (this.asked) return;
    this.asked = true;
    this.#timers.push(
      setInterval(() => void signalInside(pid, signal), STOP_AGAIN_MS),
      setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS),
    );
  };
}

/** unshare itself ignores SIGINT and SIGTERM while it waits (util-linux 2.38); its child is process 1 inside and takes them. */
async function signalInside(unsharePid: number, signal: NodeJS.Signals): Promise<void> {
  const children = await readFile(`/proc/${unsharePid}/task/${unsharePid}/children`, 'utf8').catch(() => '');
  for (const pid of children.split(' ').filter(Boolean).map(Number)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}
