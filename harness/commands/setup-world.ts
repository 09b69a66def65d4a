import { createInterface } from 'node:readline/promises';
import { InterruptedError } from '../errors.ts';
import { readMachine, type SetupWorld } from '../supply/packages/ensure.ts';
import type { CommandWorld } from '../system/world.ts';

/** How a command looks at this machine's tools, and whether it may install some: never with --no-install; where somebody sits at a terminal, as they answer. */
export function makeSetup({ install }: { readonly install: boolean }, world: CommandWorld): SetupWorld {
  const { exec, env, streams } = world;
  // Asked once: `auto` looks at several places, and a no is one for all of them.
  let declined = false;
  const ask = async (packages: readonly string[]) => {
    declined ||= !(await askOnTerminal(packages, world));
    return !declined;
  };
  return {
    exec,
    env,
    machine: readMachine(),
    onProgress: (text) => void streams.stderr.write(`${text}\n`),
    mayInstall: install ? ask : null,
  };
}

/** Yes where nobody can answer: a script that runs this as root wants it to go on (npm run bench -- --no-install is the way to say no there). */
async function askOnTerminal(packages: readonly string[], { streams, signal }: CommandWorld): Promise<boolean> {
  if (streams.stdin?.isTTY !== true) return true;
  const terminal = createInterface({ input: streams.stdin, output: streams.stderr });
  const question = `install the packages ${packages.join(' ')}? nothing that is here is upgraded [Y/n] `;
  try {
    // Ctrl-C ends the program, Ctrl-D is a no.
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.once('SIGINT', () => reject(new InterruptedError()));
      terminal.once('close', () => resolve('no'));
      terminal.question(question, { signal }).then(resolve, () => reject(new InterruptedError()));
    });
    return /^(y|yes|)$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
