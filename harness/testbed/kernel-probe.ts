import type { KernelProbe } from '../mode/mode.ts';
import { CommandError, type Exec } from '../system/exec.ts';
import { formatCommand } from '../system/shell-words.ts';
import { OWN_RUN_SCRIPT } from './own-run.ts';

/** What came back. `output` is standard output and error together. */
export interface KernelAnswer {
  readonly exitCode: number;
  readonly output: string;
}

/** `no-namespaces`: the throw-away namespaces themselves could not be made; `why` is what unshare said. */
export type KernelAnswers =
  | { readonly kind: 'answered'; readonly answers: ReadonlyMap<string, KernelAnswer> }
  | { readonly kind: 'no-namespaces'; readonly why: string };

/** Who asks, and how much longer than on bare metal a program takes there (model/slowness.ts). */
export interface ProbePlace {
  readonly user: 'root' | 'ordinary';
  readonly slowness: number;
}

const MARK = '=probe=';

/**
 * Asks all probes in one throw-away network and mount namespace (with a user namespace around it when not root), which the kernel removes with
 * everything in it when the shell ends. /run is a file system of its own in there (own-run.ts).
 */
export async function askKernel(
  exec: Exec,
  probes: readonly KernelProbe[],
  { user, slowness }: ProbePlace,
): Promise<KernelAnswers> {
  const users = user === 'root' ? [] : ['--user', '--map-root-user'];
  const command = ['unshare', ...users, '--net', '--mount', 'sh'];
  try {
    const { stdout } = await exec.run(command, {
      input: probeScript(probes),
      timeoutMs: 20_000 * slowness,
      variables: 'laboratory',
    });
    return { kind: 'answered', answers: parseProbeOutput(stdout) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { kind: 'no-namespaces', why: error.stderrTail || error.message };
  }
}

/** A shell script that runs every probe, whatever became of the others, and marks where each one's output ends. */
function probeScript(probes: readonly KernelProbe[]): string {
  const set = [`${OWN_RUN_SCRIPT} || exit`];
  const asks = probes.map(({ id, command, input }) => {
    const line = formatCommand(command);
    const from = input === undefined ? '</dev/null' : `<<'END-OF-INPUT'\n${input}\nEND-OF-INPUT`;
    return `${line} 2>&1 ${from}\necho "${MARK} ${id} $?"`;
  });
  return `${[...set, ...asks].join('\n')}\nexit 0\n`;
}

export function parseProbeOutput(stdout: string): ReadonlyMap<string, KernelAnswer> {
  const answers = new Map<string, KernelAnswer>();
  let output: string[] = [];
  for (const line of stdout.split('\n')) {
    const mark = new RegExp(`^(.*)${MARK} (\\S+) (\\d+)$`).exec(line);
    if (mark === null) {
      output.push(line);
      continue;
    }
    const [, rest = '', id = '', exitCode = ''] = mark;
    answers.set(id, { exitCode: Number(exitCode), output: [...output, rest].join('\n').trim() });
    output = [];
  }
  return answers;
}
