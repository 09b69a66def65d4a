import { CommandError, type Exec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { isOlderVersion } from '../../system/older-version.ts';
import type { Prerequisite } from './prerequisites.ts';

/** How a tool of the table was found. */
export type ToolState =
  | { readonly kind: 'fit'; readonly path: string; readonly version: string | null }
  | { readonly kind: 'missing' }
  /** It is there and does not do: too old, built without something, another maker's. `why` is a sentence. */
  | { readonly kind: 'unfit'; readonly path: string; readonly version: string | null; readonly why: string };

export interface ToolWorld {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Looks for a tool and asks it what it can. Changes nothing. */
export async function findToolState(one: Prerequisite, { exec, env }: ToolWorld): Promise<ToolState> {
  const path = findTool(one.tool, env);
  if (path === null) return { kind: 'missing' };
  const answer = await ask([path, ...one.versionArguments], exec);
  const version =
    answer.exitCode === 0
      ? (parseVersion(answer.text) ?? /\d+/.exec(answer.text)?.[0] ?? null)
      : versionBehindName(one, answer.text);
  const why = findFault(one, path, answer) ?? (await failTrial(one, path, exec));
  return why === null ? { kind: 'fit', path, version } : { kind: 'unfit', path, version, why };
}

interface Answer {
  /** `null`: it did not end in time. */
  readonly exitCode: number | null;
  readonly text: string;
}

async function ask(command: readonly string[], exec: Exec): Promise<Answer> {
  try {
    const { stdout, stderr } = await exec.run(command, { timeoutMs: 10_000, variables: 'laboratory' });
    return { exitCode: 0, text: stdout.trim() || stderr };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { exitCode: error.exitCode, text: error.stderrTail };
  }
}

/** What is wrong with a tool by what it says of itself; pure. One that may be anybody's, of any version, may say what it wants. */
function findFault(one: Prerequisite, path: string, answer: Answer): string | null {
  const { least, notBuilt } = one;
  const without = notBuilt?.exec(answer.text)?.[0];
  if (without !== undefined) return `${path} was built with ${without}, and its configuration here needs that`;
  if (least === null || answer.exitCode === null) return null;
  const wanted = `${least.maker || one.tool}${least.version === '0' ? '' : ` ${least.version} or later`} is needed`;
  if (/busybox/i.test(answer.text)) return `${path} is BusyBox's ${one.tool}, and ${wanted}`;
  const version = answer.exitCode === 0 ? parseVersion(answer.text) : versionBehindName(one, answer.text);
  if (answer.exitCode !== 0 && version === null) return `${path} says "${firstLine(answer.text)}", and ${wanted}`;
  return version !== null && isOlderVersion(version, least.version.split('.').map(Number))
    ? `${path} is ${version}, and ${wanted}`
    : null;
}

async function failTrial({ trial, tool }: Prerequisite, path: string, exec: Exec): Promise<string | null> {
  if (trial === null) return null;
  const { exitCode, text } = await ask([path, ...trial], exec);
  if (exitCode === 0 || exitCode === null) return null;
  return `${path} cannot do what is asked of ${tool} (${tool} ${trial.join(' ')}): ${lastLine(text)}`;
}

/** The first number with dots. iproute2 before 2020 has none (ss190107), and kmod one without dots. */
function parseVersion(text: string): string | null {
  return /\d+\.\d[\d.]*/.exec(text)?.[0] ?? null;
}

/**
 * Of a tool that failed and told its version all the same. ipset asks the kernel for its protocol even then, which an ordinary user may not, nor may root under a kernel
 * without it: whether the kernel does is asked elsewhere.
 */
function versionBehindName({ tool }: Prerequisite, text: string): string | null {
  return new RegExp(`^${tool} v?(\\d+\\.\\d[\\d.]*)`, 'm').exec(text)?.[1] ?? null;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() || 'nothing';
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'it fails';
}
