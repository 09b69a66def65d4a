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

/** Nobody has set a variable that says where an engine is. */
const LAPTOP = { env: {}, kernelRelease: '6.1.0', hostName: 'laptop' };

const DOCKER_DOWN =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n';

describe('before anything is created', () => {
  it('the engine is found, and its kind', async () => {
    const docker = machine({ docker: '{"ServerVersion":"20.10.24+dfsg1","DockerRootDir":"/var/lib/docker"}' });
    const found = await findEngine(docker);
    expect(found).toMatchObject({ program: 'docker', version: '20.10.24+dfsg1' });
    expect(found.env).toEqual({});
    const podman = machine({ podman: '{"version":{"Version":"5.4.2"},"store":{"graphRoot":"/var/lib/containers"}}' });
    expect(await findEngine(podman, LAPTOP)).toMatchObject({
      program: 'podman',
      directory: '/var/lib/containers',
      env: { KIND_EXPERIMENTAL_PROVIDER: 'podman' },
    });
  });

  it('a machine without one is refused with what each said, and told what needs none', async () => {
    const error = await findEngine(machine({ docker: { exitCode: 1, stderr: DOCKER_DOWN } }), LAPTOP).catch(
      (one) => one,
    );
    expect(error.message).toContain('docker: Cannot connect to the Docker daemon');
    expect(error.message).toContain('podman: not installed');
    expect(error.remedy).toContain('--testbed netns');
    expect(error.exitCode).toBe(3);
  });

  it('a docker client that answers without a daemon is no engine', async () => {
    await expect(findEngine(machine({ docker: '{"ServerVersion":""}' }), LAPTOP)).rejects.toThrow(
      /daemon does not answer/,
    );
  });

  it.each([
    [
      'Docker Desktop',
      { OperatingSystem: 'Docker Desktop' },
      {},
      /Docker Desktop, whose engine runs in a virtual machine/,
    ],
    [
      'a kernel of its own',
      { KernelVersion: '5.15.0-colima' },
      {},
      /kernel 5\.15\.0-colima, and this machine's is 6\.1\.0/,
    ],
    [
      'another machine of the same kernel',
      { Name: 'build-7' },
      { DOCKER_HOST: 'ssh://me:secret@build-7' },
      /build-7, and this machine is laptop \(DOCKER_HOST=ssh:\/\/build-7\)/,
    ],
  ])('an engine on %s is refused, and the address without its secrets', async (_where, told, env, message) => {
    const info = { ServerVersion: '29.1.3', KernelVersion: '6.1.0', Name: 'laptop', ...told };
    const asker = { env, kernelRelease: '6.1.0', hostName: 'laptop' };
    const error = await findEngine(machine({ docker: JSON.stringify(info) }), asker).catch((one) => one);
    expect(error.message).toMatch(message);
    expect(error.remedy).toContain('--testbed cluster');
    expect(error.exitCode).toBe(3);
  });

  it('an engine of this kernel is taken, whatever its name for the machine and however it is reached', async () => {
    const info = (Name: string) => JSON.stringify({ ServerVersion: '29.1.3', KernelVersion: '6.1.0', Name });
    const asker = (DOCKER_HOST: string) => ({ env: { DOCKER_HOST }, kernelRelease: '6.1.0', hostName: 'laptop' });
    const docker = (name: string) => machine({ docker: info(name) });
    expect((await findEngine(docker('0a1b2c'), asker('unix:///run/user/1000/docker.sock'))).program).toBe('docker');
    expect((await findEngine(docker('laptop'), asker('tcp://127.0.0.1:2375'))).program).toBe('docker');
  });

  it.each([
    ['nerdctl', 'nerdctl version 2.0.2', /docker: is nerdctl under its name/],
    ['podman', 'podman version 5.4.2', /docker: is podman under its name/],
  ])('%s under the name docker is no Docker', async (_program, version, message) => {
    await expect(findEngine(machine({ docker: version }), LAPTOP)).rejects.toThrow(message);
  });

  it("kind's own variable decides which engine is asked, and a provider that is not for this testbed is refused by name", async () => {
    const both = machine({ docker: '{"ServerVersion":"29.1.3"}', podman: '{"version":{"Version":"5.4.2"}}' });
    const asker = (provider: string) => ({
      env: { KIND_EXPERIMENTAL_PROVIDER: provider },
      kernelRelease: '6.1.0',
      hostName: 'laptop',
    });
    expect((await findEngine(both, asker(''))).program).toBe('docker');
    expect((await findEngine(both, asker('podman'))).program).toBe('podman');
    await expect(findEngine(both, asker('nerdctl'))).rejects.toThrow(/KIND_EXPERIMENTAL_PROVIDER asks for nerdctl/);
  });

  it('a user who may not speak with the engine is told how to', async () => {
    const stderr =
      'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock';
    const error = await findEngine(machine({ docker: { exitCode: 1, stderr } }), LAPTOP).catch((one) => one);
    expect(error.remedy).toContain('usermod -aG docker');
  });

  it('a machine without the program kind is told how to get it', async () => {
    await expect(findKind(machine({}))).rejects.toThrow(/needs the program kind: not installed/);
    expect(await findKind(machine({ kind: 'kind v0.27.0 go1.24.4 linux/amd64\n' }))).toBe('0.27.0');
  });
});
