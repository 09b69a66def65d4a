import { describe, expect, it } from 'vitest';
import { CommandError, type Exec } from '../../system/exec.ts';
import { findEngine, findKind } from './engine.ts';

/** What the programs of a machine answer to `info` and `version`, by their names. */
function machine(
  answers: Readonly<Record<string, string | { readonly exitCode: number; readonly stderr: string }>>,
): Exec {
  return {
    async run([program = '']) {
      const answer = answers[program];
      if (typeof answer === 'string') return { stdout: answer, stderr: '', exitCode: 0 };
      throw new CommandError({
        command: program,
        exitCode: answer?.exitCode ?? null,
        signal: null,
        stderr: answer?.stderr ?? '',
        durationMs: 1,
        cwd: '/',
        timedOut: false,
        notFound: answer === undefined,
        cause: null,
      });
    },
  };
}

const DOCKER_DOWN =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n';

describe('before anything is created', () => {
  it('the engine is found, and its kind', async () => {
    const docker = machine({ docker: '{"ServerVersion":"20.10.24+dfsg1","DockerRootDir":"/var/lib/docker"}' });
    const found = await findEngine(docker);
    expect(found).toMatchObject({ program: 'docker', version: '20.10.24+dfsg1' });
    expect(found.env).toEqual({});
    const podman = machine({ podman: '{"version":{"Version":"5.4.2"},"store":{"graphRoot":"/var/lib/containers"}}' });
    expect(await findEngine(podman)).toMatchObject({
      program: 'podman',
      directory: '/var/lib/containers',
      env: { KIND_EXPERIMENTAL_PROVIDER: 'podman' },
    });
  });

  it('a machine without one is refused with what each said, and told what needs none', async () => {
    const error = await findEngine(machine({ docker: { exitCode: 1, stderr: DOCKER_DOWN } })).catch((one) => one);
    expect(error.message).toContain('docker: Cannot connect to the Docker daemon');
    expect(error.message).toContain('podman: not installed');
    expect(error.remedy).toContain('--testbed netns');
    expect(error.exitCode).toBe(3);
  });

  it('a docker client that answers without a daemon is no engine', async () => {
    await expect(findEngine(machine({ docker: '{"ServerVersion":""}' }))).rejects.toThrow(/daemon does not answer/);
  });

  it('a machine without the program kind is told how to get it', async () => {
    await expect(findKind(machine({}))).rejects.toThrow(/needs the program kind: not installed/);
    expect(await findKind(machine({ kind: 'kind v0.27.0 go1.24.4 linux/amd64\n' }))).toBe('0.27.0');
  });
});
