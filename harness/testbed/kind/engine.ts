import { EnvironmentError } from '../../errors.ts';
import { CommandError, type Exec } from '../../system/exec.ts';
import { type EngineInfo, type EngineProgram, parseInfo } from './engine-info.ts';
import {
  askedPrograms,
  type EngineAsker,
  noEngine,
  requireOwnKernel,
  thisAsker,
  withoutSecrets,
} from './engine-place.ts';

/** A container engine that answers, and the program that speaks with it. */
export interface Engine {
  readonly program: EngineProgram;
  readonly version: string;
  /** Where it keeps images and containers; `null` when that is not on this machine. */
  readonly directory: string | null;
  /** For the kind program, which takes docker unless told otherwise. */
  readonly env: Readonly<Record<string, string>>;
}

const ASK_DEADLINE_MS = 20_000;

/** The engine that kind will use. Rejects with EnvironmentError that says what each one answered, or why the one that answers cannot be measured. */
export async function findEngine(exec: Exec, asker: EngineAsker = thisAsker()): Promise<Engine> {
  const answers: string[] = [];
  for (const program of askedPrograms(asker.env)) {
    const info = await askEngine(exec, program).catch((error: unknown) => describe(error));
    if (typeof info === 'string') {
      answers.push(`${program}: ${info}`);
      continue;
    }
    requireOwnKernel(program, info, asker);
    const version = info.ServerVersion ?? info.version?.Version ?? '';
    const directory = info.DockerRootDir ?? info.store?.graphRoot ?? null;
    const env: Record<string, string> = program === 'podman' ? { KIND_EXPERIMENTAL_PROVIDER: 'podman' } : {};
    return { program, version, directory, env };
  }
  if (await isThere(exec, 'nerdctl')) answers.push('nerdctl: cannot be used here');
  throw noEngine(answers, asker.env);
}

/** What the engine says of itself. Throws why it cannot be used. */
async function askEngine(exec: Exec, program: EngineProgram): Promise<EngineInfo> {
  const said = await exec.run([program, '--version'], { timeoutMs: ASK_DEADLINE_MS });
  const other = program === 'docker' ? /nerdctl|podman/i.exec(said.stdout)?.[0]?.toLowerCase() : undefined;
  // kind speaks docker to a program of that name, and the other one has not all of it.
  if (other !== undefined) throw new Error(`is ${other} under its name`);
  const { stdout } = await exec.run([program, 'info', '--format', '{{json .}}'], { timeoutMs: ASK_DEADLINE_MS });
  const info = parseInfo(stdout);
  // docker info without a daemon exits 0 in some versions, and then has no ServerVersion.
  if ((info.ServerVersion ?? info.version?.Version ?? '') === '') throw new Error('its daemon does not answer');
  return info;
}

async function isThere(exec: Exec, program: string): Promise<boolean> {
  return await exec.run([program, '--version'], { timeoutMs: ASK_DEADLINE_MS }).then(
    () => true,
    () => false,
  );
}

function describe(error: unknown): string {
  if (error instanceof CommandError) {
    if (error.notFound) return 'not installed';
    const said = error.stderrTail.trim().split('\n').at(-1) ?? '';
    if (said !== '') return withoutSecrets(said);
    return error.exitCode === null ? `no answer within ${ASK_DEADLINE_MS / 1000} s` : `exit code ${error.exitCode}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The version of the kind program. Rejects with EnvironmentError when there is none. */
export async function findKind(exec: Exec): Promise<string> {
  try {
    const { stdout } = await exec.run(['kind', 'version'], { timeoutMs: 20_000 });
    return /v(\d[\w.+-]*)/.exec(stdout)?.[1] ?? stdout.trim();
  } catch (error) {
    throw new EnvironmentError(
      `testbed kind needs the program kind: ${describe(error)}`,
      'install it (go install sigs.k8s.io/kind@latest; Debian 13 and later: apt-get install kind) and have it on PATH',
    );
  }
}

/**
 * The flavour of iptables that the engine writes its own rules with (those of its name server stand in every node's namespace): kind's node images count the rules
 * that they find and take the same (images/base/files/usr/local/bin/entrypoint, select_iptables). `null` when the engine's rules are not found on this machine.
 */
export async function findEngineFlavour(exec: Exec): Promise<'legacy' | 'nft' | null> {
  const hasRules = async (command: readonly string[]) => {
    const said = await exec.run(command, { timeoutMs: 20_000 }).catch(() => null);
    return said !== null && /^:(DOCKER|NETAVARK)/m.test(said.stdout);
  };
  if (await hasRules(['iptables-nft-save', '-t', 'nat'])) return 'nft';
  // Asking the legacy tool alone would create its tables: only where there are some.
  const tables = await exec.run(['cat', '/proc/net/ip_tables_names']).catch(() => null);
  if (tables === null || !tables.stdout.includes('nat')) return null;
  return (await hasRules(['iptables-legacy-save', '-t', 'nat'])) ? 'legacy' : null;
}
