import { z } from 'zod';
import { EnvironmentError } from '../../errors.ts';
import { CommandError, type Exec } from '../../system/exec.ts';

/** A container engine that answers, and the program that speaks with it. */
export interface Engine {
  readonly program: 'docker' | 'podman';
  readonly version: string;
  /** Where it keeps images and containers; `null` when that is not on this machine. */
  readonly directory: string | null;
  /** For the kind program, which takes docker unless told otherwise. */
  readonly env: Readonly<Record<string, string>>;
}

const PROGRAMS = ['docker', 'podman'] as const;
const infoSchema = z.looseObject({
  ServerVersion: z.string().optional(),
  DockerRootDir: z.string().optional(),
  store: z.looseObject({ graphRoot: z.string() }).optional(),
  version: z.looseObject({ Version: z.string() }).optional(),
});

/** The engine that kind will use. Rejects with EnvironmentError that says what each one answered. */
export async function findEngine(exec: Exec): Promise<Engine> {
  const answers: string[] = [];
  for (const program of PROGRAMS) {
    try {
      const { stdout } = await exec.run([program, 'info', '--format', '{{json .}}'], { timeoutMs: 20_000 });
      const info = infoSchema.parse(JSON.parse(stdout));
      const version = info.ServerVersion ?? info.version?.Version ?? '';
      // docker info without a daemon exits 0 in some versions, and then has no ServerVersion.
      if (version === '') throw new Error('its daemon does not answer');
      const directory = info.DockerRootDir ?? info.store?.graphRoot ?? null;
      const env: Record<string, string> = program === 'podman' ? { KIND_EXPERIMENTAL_PROVIDER: 'podman' } : {};
      return { program, version, directory, env };
    } catch (error) {
      answers.push(`${program}: ${describe(error)}`);
    }
  }
  throw new EnvironmentError(
    `testbed kind needs a container engine, and none answers: ${answers.join('; ')}`,
    'install Docker or Podman and start it (apt-get install docker.io), or take --testbed netns, which needs neither',
  );
}

function describe(error: unknown): string {
  if (error instanceof CommandError) {
    if (error.notFound) return 'not installed';
    return error.stderrTail.trim().split('\n').at(-1) ?? `exit code ${error.exitCode}`;
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
