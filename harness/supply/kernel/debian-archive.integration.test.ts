import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { EnvironmentError } from '../../errors.ts';
import { sha256Hex, systemExec } from '../../system/exec.ts';
import { findTool } from '../../system/find-tool.ts';
import { type ArchiveWorld, listKernel } from './debian-archive.ts';
import { findCachedKernel, findKernel } from './find-kernel.ts';

/** A small index, signed with a key made for this test (gpg 2.2.40); the private key is thrown away. */
const FIXTURES = join(import.meta.dirname, 'testing');
const fixture = (name: string) => readFileSync(join(FIXTURES, name));
const lacks = ['gpgv', 'dpkg-deb', 'depmod'].filter((tool) => findTool(tool, process.env) === null);
const skip = lacks.length > 0 && process.env.CI !== 'true';

type Answer = Uint8Array | ((response: ServerResponse) => void);

async function startArchive(files: Readonly<Record<string, Answer>>) {
  const server = createServer((request, response) => {
    const answer = files[request.url ?? ''];
    if (answer === undefined) response.writeHead(404).end();
    else if (typeof answer === 'function') answer(response);
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}/debian`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const newDirectory = () => mkdtempSync(join(tmpdir(), 'bench-archive-'));
const world = (base: string, keyring: string | null): ArchiveWorld => ({
  exec: systemExec,
  base,
  onProgress: () => {},
  keyrings: keyring === null ? [] : [join(FIXTURES, keyring)],
});
const list = (base: string, keyring: string | null) =>
  listKernel('bookworm', { architecture: 'amd64', directory: newDirectory() }, world(base, keyring));
const INDEX = {
  '/debian/dists/bookworm/InRelease': fixture('InRelease'),
  '/debian/dists/bookworm/main/binary-amd64/Packages.gz': fixture('Packages.gz'),
};

test.skipIf(skip)('an index with a good signature is believed, and lists the kernel', async () => {
  await using archive = await startArchive(INDEX);
  const { packages, trust } = await list(archive.base, 'keyring.gpg');
  expect(trust).toEqual({ kind: 'signed' });
  expect(packages.map((one) => one.name)).toEqual(['linux-image-amd64', 'linux-image-6.1.0-50-amd64']);
});

test.skipIf(skip)('an index that was changed after it was signed is refused', async () => {
  const changed = fixture('InRelease').toString().replace('Suite: bookworm', 'Suite: bookwurm');
  await using archive = await startArchive({ ...INDEX, '/debian/dists/bookworm/InRelease': Buffer.from(changed) });
  await expect(list(archive.base, 'keyring.gpg')).rejects.toThrow(/bad signature/);
});

test.skipIf(skip)('without its key the index is read and marked as unchecked, with the remedy', async () => {
  await using archive = await startArchive(INDEX);
  for (const keyring of ['other-keyring.gpg', null])
    expect((await list(archive.base, keyring)).trust).toMatchObject({
      kind: 'unchecked',
      remedy: expect.stringContaining('debian-archive-keyring'),
    });
});

test.skipIf(skip)('a list of packages that is not the one that was signed is refused', async () => {
  const other = gzipSync('Package: linux-image-amd64\n');
  await using archive = await startArchive({
    ...INDEX,
    '/debian/dists/bookworm/main/binary-amd64/Packages.gz': other,
  });
  await expect(list(archive.base, 'keyring.gpg')).rejects.toThrow(/is not what the index says/);
});

test.skipIf(skip)(
  'an archive without the suite, and one that does not answer, end in an error with a remedy',
  async () => {
    await using archive = await startArchive({});
    await expect(list(archive.base, 'keyring.gpg')).rejects.toMatchObject({
      exitCode: 3,
      remedy: expect.stringContaining('another suite'),
    });
    await expect(list('http://127.0.0.1:9/debian', 'keyring.gpg')).rejects.toMatchObject({
      remedy: expect.stringContaining('--debian-archive'),
    });
  },
);

/** A kernel package in small: an image, a configuration and one real module's place. */
async function makeDeb(release: string): Promise<Uint8Array> {
  const root = newDirectory();
  chmodSync(root, 0o755);
  for (const path of ['DEBIAN', 'boot', `lib/modules/${release}/kernel/sound`, `lib/modules/${release}/kernel/net`])
    mkdirSync(join(root, path), { recursive: true });
  writeFileSync(
    join(root, 'DEBIAN/control'),
    `Package: linux-image-${release}\nVersion: 1\nArchitecture: all\nMaintainer: a test <a@example.org>\nDescription: test\n`,
  );
  writeFileSync(join(root, `boot/vmlinuz-${release}`), 'kernel');
  writeFileSync(join(root, `boot/config-${release}`), 'CONFIG_VETH=m\n');
  for (const name of ['modules.order', 'modules.builtin'])
    writeFileSync(join(root, `lib/modules/${release}`, name), '');
  writeFileSync(join(root, `lib/modules/${release}/kernel/sound/snd.txt`), 'x');
  const deb = join(newDirectory(), 'image.deb');
  await systemExec.run(['dpkg-deb', '--root-owner-group', '-b', root, deb]);
  return readFileSync(deb);
}

function archiveOf(deb: Uint8Array, given: { readonly deb?: Answer } = {}): Record<string, Answer> {
  const index = gzipSync(
    `Package: linux-image-amd64\nVersion: 1\nDepends: linux-image-1.2-amd64 (= 1)\nFilename: pool/image.deb\nSize: 1\nSHA256: ${sha256Hex(deb)}\n\nPackage: linux-image-1.2-amd64\nVersion: 1\nFilename: pool/image.deb\nSize: 2000000\nSHA256: ${sha256Hex(deb)}\n`,
  );
  const release = `Suite: sid\nSHA256:\n ${sha256Hex(index)} ${index.length} main/binary-amd64/Packages.gz\n`;
  return {
    '/debian/dists/sid/InRelease': Buffer.from(release),
    '/debian/dists/sid/main/binary-amd64/Packages.gz': index,
    '/debian/pool/image.deb': given.deb ?? deb,
  };
}

const onlyAmd64 = process.arch !== 'x64';

/** gpgv says "no valid OpenPGP data found" of an unsigned file: these tests take the keyrings away by pointing at a machine without gpgv. */
const withoutGpgv = {
  run: (command: readonly string[], options?: Parameters<typeof systemExec.run>[1]) =>
    systemExec.run(command[0] === 'gpgv' ? ['/nonexistent/gpgv'] : command, options),
};
const find = (base: string, env: Record<string, string>) =>
  findKernel({ kind: 'debian', suite: 'sid' }, { exec: withoutGpgv, env, archive: base, onProgress: () => {} });

test.skipIf(skip || onlyAmd64)(
  'a kernel comes into the cache whole, without what no guest needs, and is fetched once',
  async () => {
    const env = { PATH: process.env.PATH ?? '', XDG_CACHE_HOME: newDirectory() };
    const deb = await makeDeb('1.2-amd64');
    await using archive = await startArchive(archiveOf(deb));
    const kernel = await find(archive.base, env);
    expect(kernel.release).toBe('1.2-amd64');
    expect(existsSync(kernel.imagePath)).toBe(true);
    expect(existsSync(join(kernel.modulesPath ?? '', 'modules.dep'))).toBe(true);
    expect(existsSync(join(kernel.modulesPath ?? '', 'kernel/sound'))).toBe(false);
    expect((await findCachedKernel('sid', env))?.cached.signature).toContain('gpgv');
    // The archive is gone: what is in the cache needs none.
    expect((await find('http://127.0.0.1:9/', env)).imagePath).toBe(kernel.imagePath);
  },
);

test.skipIf(skip || onlyAmd64)(
  'a download that breaks off, and one that is not what was promised, leave nothing behind',
  async () => {
    const env = { PATH: process.env.PATH ?? '', XDG_CACHE_HOME: newDirectory() };
    const deb = await makeDeb('1.2-amd64');
    const broken: Answer = (response) => {
      response.writeHead(200, { 'content-length': String(deb.length) });
      response.write(deb.subarray(0, 100), () => response.destroy());
    };
    for (const answer of [broken, Buffer.from('something else')]) {
      await using archive = await startArchive(archiveOf(deb, { deb: answer }));
      await expect(find(archive.base, env)).rejects.toBeInstanceOf(EnvironmentError);
      const left = readdirSync(join(env.XDG_CACHE_HOME, 'service-routing-bench/kernels'));
      expect(left.filter((name) => !name.endsWith('.lock'))).toEqual([]);
    }
  },
);

test.skipIf(skip)('a path without modules beside it is refused, and one with them is taken', async () => {
  const root = newDirectory();
  mkdirSync(join(root, 'boot'));
  writeFileSync(join(root, 'boot/vmlinuz-9.9'), '');
  const spec = { kind: 'path', path: join(root, 'boot/vmlinuz-9.9') } as const;
  const options = { exec: systemExec, env: {}, onProgress: () => {} };
  await expect(findKernel(spec, options)).rejects.toMatchObject({ exitCode: 2 });
  mkdirSync(join(root, 'lib/modules/9.9'), { recursive: true });
  cpSync(join(FIXTURES, 'keyring.gpg'), join(root, 'lib/modules/9.9/modules.dep'));
  expect(await findKernel(spec, options)).toMatchObject({ release: '9.9' });
});
