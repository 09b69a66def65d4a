import { createInterface } from 'node:readline/promises';
import { readMachine, type SetupWorld } from '../setup/preflight.ts';
import type { CommandWorld } from './world.ts';

/** How a command looks at this machine's tools, and whether it may install some: never with --no-install; where somebody sits at a terminal, as they answer. */
export function makeSetup({ install }: { readonly install: boolean }, world: CommandWorld): SetupWorld {
  const { exec, env, streams } = world;
  return {
    exec,
    env,
    machine: readMachine(),
    onProgress: (text) => void streams.stderr.write(`${text}\n`),
    mayInstall: async (packages) => install && (await askOnTerminal(packages, world)),
  };
}

/** Yes where nobody can answer: a script that runs this as root wants it to go on (npm run bench -- --no-install is the way to say no there). */
async function askOnTerminal(packages: readonly string[], { streams, signal }: CommandWorld): Promise<boolean> {
  if (streams.stdin?.isTTY !== true) return true;
  const terminal = createInterface({ input: streams.stdin, output: streams.stderr });
  try {
    const question = `install the packages ${packages.join(' ')}? nothing that is here is upgraded [Y/n] `;
    return /^(y|yes|)$/i.test((await terminal.question(question, { signal })).trim());
  } finally {
    terminal.close();
  }
}
