import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../cli.ts', import.meta.url));
const DEADLINE_MS = 60_000;

/** A command of this program as a message prints it: with words behind `--` it ends its line, or three spaces or a closing bracket follow. */
export function findCommands(output: string): readonly string[] {
  const found = output.split('\n').flatMap((line) =>
    [...line.matchAll(/(\(?)(?:sudo )?npm run ([a-z]+)( -- .*?)?(?=$| {3}|(?<=npm run [a-z]+)(?! -- ))/g)].map(
      ([, bracket, command = '', words = '']) => {
        const whole = words.replace(/^ -- /, '');
        return [command, bracket === '' ? whole : whole.replace(/\).*$/, '')].join(' ').trim();
      },
    ),
  );
  // RUN, NAME: for the reader to fill in.
  return [...new Set(found)].filter((command) => !/ [A-Z]{2,}\b|…|\.\.\./.test(command));
}

/** How a command that was printed ends when it is typed. */
export interface TypedRemedy {
  readonly command: string;
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * Types a printed command into a shell, where it was printed. What would measure or fetch is stopped at the first thing that it writes, by a cache where nothing can be made: whatever is wrong with
 * its words is told before (exit code 2).
 */
export function typeRemedy(
  command: string,
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<TypedRemedy> {
  const isStopped = /^(bench|kernels)\b/.test(command) && !command.includes('--help');
  const words = isStopped ? `${command} --no-install` : command;
  const child = spawn('sh', ['-c', `exec "$0" "$1" ${words}`, process.execPath, PROGRAM], {
    cwd: place.cwd,
    env: isStopped ? { ...place.env, XDG_CACHE_HOME: '/proc/nowhere' } : place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ command, exitCode, output }));
  });
}
