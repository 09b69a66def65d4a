import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { systemExec } from '../../system/exec.ts';
import { tryFileLock } from '../../system/file-lock.ts';
import { findKubeProxy } from './binary.ts';
import { goArchitecture, DEFAULT_KUBE_PROXY_VERSION as VERSION } from './version.ts';

/** A real kube-proxy, from the real cache (built once when it is not there). */
const REAL = await findKubeProxy(VERSION, { exec: systemExec, env: process.env, onProgress: () => {} });
const ARCHITECTURE = goArchitecture(process.arch);
const FILE = `/release/v${VERSION}/bin/linux/${ARCHITECTURE}/kube-proxy`;

const servers: Server[] = [];
let directory = '';
let said: string[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kube-proxy-test-'));
  await mkdir(join(directory, 'bin'));
  await writeFile(join(directory, 'bin', 'go'), GO, { mode: 0o755 });
  said = [];
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  await rm(directory, { recursive: true });
});

async function serve(files: Readonly<Record<string, RequestListener>>): Promise<string> {
  const server = createServer((request, response) => {
    const listener = files[request.url ?? ''];
    if (listener === undefined) response.writeHead(404).end();
    else listener(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const text =
  (body: string): RequestListener =>
  (_request, response) =>
    response.end(body);
const realFile: RequestListener = async (_request, response) => {
  response.end(await readFile(REAL.path));
};

/** Stands for a Go that may fetch nothing, also on a machine without one: what is not in its own empty cache cannot be built. */
const GO = `#!/bin/sh
[ "$1" = version ] && exec echo go version go1.26.1 linux/amd64
sleep 0.1
echo "module lookup disabled by GOPROXY=off" >&2
exit 1
`;

function find(base: string, what: string = VERSION, signal?: AbortSignal) {
  const env = {
    PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
    HOME: directory,
    XDG_CACHE_HOME: join(directory, 'cache'),
    GOPROXY: 'off',
  };
  return findKubeProxy(what, {
    exec: systemExec,
    env,
    releaseBase: base,
    silenceMs: 400,
    ...(signal === undefined ? {} : { signal }),
    onProgress: (line) => said.push(line),
  });
}

const cacheRoot = () => join(directory, 'cache', 'service-routing-bench', 'kube-proxy');
/** Everything in the cache but locks. */
const cached = async () => (await readdir(cacheRoot())).filter((name) => !name.endsWith('.lock'));

describe('a release that can be downloaded', () => {
  test('is checked, cached, and found there the next time without a word', async () => {
    const base = await serve({ [FILE]: realFile, [`${FILE}.sha256`]: text(REAL.sha256) });
    const first = await find(base);
    expect(first).toMatchObject({ version: VERSION, sha256: REAL.sha256, origin: 'download' });
    expect(await cached()).toEqual([`${VERSION}-${ARCHITECTURE}`]);
    said = [];
    expect(await find('http://127.0.0.1:1')).toEqual({ ...first, origin: 'cache' });
    expect(said).toEqual([]);
  });

  test('with another checksum than the published one is refused, and not replaced by a build', async () => {
    const base = await serve({ [FILE]: text('something else'), [`${FILE}.sha256`]: text(REAL.sha256) });
    await expect(find(base)).rejects.toThrow(/does not have its published checksum/);
    await expect(find(base)).rejects.toBeInstanceOf(EnvironmentError);
    expect(said.join('\n')).not.toContain('building');
    expect(await cached()).toEqual([]);
  });

  test('is asked for by two at once, and fetched once', async () => {
    let fetched = 0;
    const counted: RequestListener = (request, response) => {
      fetched += 1;
      realFile(request, response);
    };
    const base = await serve({ [FILE]: counted, [`${FILE}.sha256`]: text(REAL.sha256) });
    const both = await Promise.all([find(base), find(base)]);
    expect(both.map((one) => one.origin).sort()).toEqual(['cache', 'download']);
    expect(fetched).toBe(1);
  });

  test('that is damaged in the cache is fetched again', async () => {
    const base = await serve({ [FILE]: realFile, [`${FILE}.sha256`]: text(REAL.sha256) });
    const { path } = await find(base);
    await writeFile(path, 'overwritten');
    expect(await find(base)).toMatchObject({ sha256: REAL.sha256, origin: 'download' });
    expect(said.join('\n')).toContain('is damaged');
  });
});

describe('a release that cannot be downloaded', () => {
  const troubles: Readonly<Record<string, Readonly<Record<string, RequestListener>>>> = {
    'is not there': {},
    'comes from a portal that knows no checksum': { [FILE]: realFile, [`${FILE}.sha256`]: text('<html>log in</html>') },
    'stops half way': {
      [FILE]: (_request, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write('half', () => response.destroy());
      },
      [`${FILE}.sha256`]: text(REAL.sha256),
    },
    hangs: { [FILE]: () => {}, [`${FILE}.sha256`]: text(REAL.sha256) },
  };
  for (const [trouble, files] of Object.entries(troubles))
    test(`because it ${trouble} is built, and when that fails too both reasons are told and nothing is left`, async () => {
      const failure = await find(await serve(files)).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(EnvironmentError);
      expect(String(failure)).toMatch(/download: .*\n {2}build: .*GOPROXY=off/);
      expect(said.join('\n')).toContain(`building kube-proxy ${VERSION}`);
      expect(await cached()).toEqual([]);
    });
});

describe('what a killed process left half made', () => {
  test('is removed by the next start, unless somebody is still making it', async () => {
    await mkdir(join(cacheRoot(), '.1.30.0-amd64.partial-abandoned'), { recursive: true });
    await mkdir(join(cacheRoot(), '.1.31.0-amd64.partial-working'));
    const lock = await tryFileLock(join(cacheRoot(), '.1.31.0-amd64.lock'));
    await find('http://127.0.0.1:1').catch(() => {});
    expect(await cached()).toEqual(['.1.31.0-amd64.partial-working']);
    await lock?.[Symbol.asyncDispose]();
    await find('http://127.0.0.1:1').catch(() => {});
    expect(await cached()).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  const reason = new Error('Ctrl-C');

  test('ends the waiting for another process that fetches', async () => {
    await mkdir(cacheRoot(), { recursive: true });
    await using _lock = await tryFileLock(join(cacheRoot(), `.${VERSION}-${ARCHITECTURE}.lock`));
    const aborter = new AbortController();
    const finding = find('http://127.0.0.1:1', VERSION, aborter.signal);
    const waiting = setInterval(() => said.join().includes('waiting') && aborter.abort(reason), 20);
    await expect(finding).rejects.toBe(reason);
    clearInterval(waiting);
  });

  test('ends a download, and a build, and leaves nothing of them', async () => {
    const hanging = await serve({ [`${FILE}.sha256`]: () => {} });
    const download = new AbortController();
    setTimeout(() => download.abort(reason), 150);
    await expect(find(hanging, VERSION, download.signal)).rejects.toBe(reason);
    const build = new AbortController();
    const building = setInterval(() => said.join().includes('building') && build.abort(reason), 2);
    await expect(find('http://127.0.0.1:1', VERSION, build.signal)).rejects.toBe(reason);
    clearInterval(building);
    expect(await cached()).toEqual([]);
  });
});

describe('a given path', () => {
  test('is taken as it is, with the version that the binary reports', async () => {
    const path = join(directory, 'my-proxy');
    await cp(REAL.path, path);
    expect(await find('', path)).toEqual({ path, version: VERSION, sha256: REAL.sha256, origin: 'given' });
  });

  test('must be an executable file, and a kube-proxy', async () => {
    const path = join(directory, 'kube-proxy');
    await expect(find('', path)).rejects.toBeInstanceOf(UsageError);
    await writeFile(path, '#!/bin/sh\necho Kubernetes v1.36.3\n');
    await expect(find('', path)).rejects.toThrow(/is no executable file/);
    await chmod(path, 0o755);
    await expect(find('', path)).rejects.toThrow(/is no kube-proxy that runs here/);
    await expect(find('', '/bin/false')).rejects.toBeInstanceOf(EnvironmentError);
    await expect(find('', directory)).rejects.toBeInstanceOf(UsageError);
  });
});

test.skipIf(process.getuid?.() !== 0)('a full disk is said to be full, with the place', async () => {
  const base = await serve({ [FILE]: realFile, [`${FILE}.sha256`]: text(REAL.sha256) });
  const small = join(directory, 'cache');
  await mkdir(small);
  await systemExec.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  try {
    await expect(find(base)).rejects.toThrow(/the disk is full: kube-proxy cannot be put into/);
    expect(await cached()).toEqual([]);
    expect((await stat(small)).isDirectory()).toBe(true);
  } finally {
    await systemExec.run(['umount', small]);
  }
});
