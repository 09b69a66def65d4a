import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { CommandError, type Exec } from '../../system/exec.ts';
import { loadImages } from './images.ts';
import type { KindProgram } from './kind-cluster.ts';

/** Programs that fail where their command line matches, with these words; what was run is written down. */
function world(program: 'docker' | 'podman', fails: Readonly<Record<string, string>>) {
  const ran: string[] = [];
  const exec: Exec = {
    async run(words) {
      const command = words.join(' ');
      ran.push(command);
      const stderr = Object.entries(fails).find(([part]) => command.includes(part))?.[1];
      if (stderr === undefined) return { stdout: '', stderr: '', exitCode: 0 };
      const end = { exitCode: 1, signal: null, durationMs: 1, cwd: '/', timedOut: false, notFound: false, cause: null };
      throw new CommandError({ command, stderr, ...end });
    },
  };
  const kind: KindProgram = { exec, engine: { program, version: '29', directory: null, env: {} } };
  const load = () =>
    loadImages(kind, { name: 'srb', reused: false } as Parameters<typeof loadImages>[1], {
      images: ['kp-nginx:local', 'quay.io/a/client:1'],
      directory: tmpdir(),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
  return { ran, load };
}

const NOT_FOUND = 'ERROR: failed to load image\nctr: content digest sha256:0000: not found';

it('images go in by kind alone where that works', async () => {
  const { ran, load } = world('docker', {});
  await load();
  expect(ran.filter((one) => !one.includes('inspect'))).toEqual([
    'kind load docker-image kp-nginx:local quay.io/a/client:1 --name srb',
  ]);
});

it('where the engine keeps images by containerd, an archive of one platform goes in', async () => {
  const { ran, load } = world('docker', { 'load docker-image': NOT_FOUND });
  await load();
  expect(ran.at(-2)).toMatch(/^docker save --platform linux\/\w+ --output \S+ kp-nginx:local quay\.io\/a\/client:1$/);
  expect(ran.at(-1)).toMatch(/^kind load image-archive \S+ --name srb$/);
});

it('a Docker that cannot save one platform saves what it has', async () => {
  const { ran, load } = world('docker', {
    'load docker-image': NOT_FOUND,
    'save --platform': 'unknown flag: --platform',
  });
  await load();
  expect(ran.at(-2)).toMatch(/^docker save --output /);
  expect(ran.at(-1)).toContain('kind load image-archive');
});

it('with podman kind is never asked for docker, and images have the names that the nodes look for', async () => {
  const { ran, load } = world('podman', {});
  await load();
  expect(ran.join('\n')).not.toContain('docker-image');
  expect(ran).toContain('podman tag kp-nginx:local docker.io/library/kp-nginx:local');
  expect(ran.at(-2)).toMatch(/^podman save --format docker-archive .* docker\.io\/library\/kp-nginx:local quay\.io/);
});

it('when nothing goes, both reasons are told, with what to do', async () => {
  const { load } = world('docker', { 'load docker-image': NOT_FOUND, 'load image-archive': 'no space left on device' });
  const error = await load().catch((one) => one);
  expect(error.exitCode).toBe(3);
  expect(error.message).toContain('no space left on device');
  expect(error.message).toContain('content digest sha256:0000: not found');
  expect(error.remedy).toContain('docker pull --platform linux/');
});
