import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { findKubeProxy } from '../supply/kube-proxy/binary.ts';
import { DEFAULT_KUBE_PROXY_VERSION, parseVersionOutput } from '../supply/kube-proxy/version.ts';
import { systemExec } from '../system/exec.ts';

/** A kube-proxy to try the server with: its path in KUBE_PROXY, or the default version, found as the program finds it. */
async function findBinary(): Promise<string> {
  if (process.env.KUBE_PROXY !== undefined) return process.env.KUBE_PROXY;
  const options = { exec: systemExec, env: process.env, onProgress: () => undefined };
  return (await findKubeProxy(DEFAULT_KUBE_PROXY_VERSION, options)).path;
}

const BINARY = await findBinary();

async function requireCapabilities(context: TestContext): Promise<string> {
  const output = await systemExec.run([BINARY, '--version']).catch(() => null);
  const version = output === null ? null : parseVersionOutput(output.stdout);
  const namespaces = await systemExec.run(['unshare', '--net', '--mount', 'true']).catch(() => null);
  const missing =
    version === null
      ? `no kube-proxy here (looked for ${BINARY})`
      : namespaces === null
        ? 'no rights to make namespaces'
        : null;
  if (missing === null) return version ?? '';
  if (process.env.CI === 'true') throw new Error(missing);
  context.skip(missing);
  return '';
}

interface Seen {
  readonly loadMs: number;
  readonly rssDeltaMb: number;
  readonly informersSyncedMs: number;
  readonly programmedMs: number;
  readonly natRules: number;
  readonly proxyMode: string;
  readonly changeMs: number;
  readonly hasLastService: boolean;
  readonly hasChange: boolean;
  readonly hasMissedChange: boolean;
  readonly brokenWatches: number;
  readonly events: number;
}

async function observe(version: string, mode: string, services: number): Promise<Seen> {
  const directory = await mkdtemp(join(tmpdir(), 'kube-proxy-test-'));
  const fixture = join(import.meta.dirname, 'testing', 'kube-proxy.fixture.ts');
  const inside = 'ip link set lo up && mount -t tmpfs tmpfs /run && exec "$@"';
  const namespace = [
    'unshare',
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    'sh',
    '-c',
    inside,
    'sh',
  ];
  const program = [process.execPath, '--expose-gc', fixture, BINARY, version, mode, String(services), directory];
  try {
    const { stdout } = await systemExec.run([...namespace, ...program], { timeoutMs: 170_000 });
    return JSON.parse(stdout);
  } finally {
    await rm(directory, { recursive: true });
  }
}

const SIZES = (process.env.KUBE_PROXY_TEST_SIZES ?? '1,300').split(',').map(Number);

describe('A real kube-proxy on this API server', () => {
  for (const services of SIZES) {
    for (const mode of ['iptables', 'nftables']) {
      it(`programs ${services} Services in ${mode} mode, follows changes, and finds its way back after an outage`, async (context) => {
        const version = await requireCapabilities(context);
        const seen = await observe(version, mode, services);
        console.log(`${services} Services, ${mode}: ${JSON.stringify(seen)}`);
        expect(seen).toMatchObject({ proxyMode: mode, hasLastService: true, hasChange: true, hasMissedChange: true });
        // 5 + S (2 + 3 E), a few more by release.
        const beyondServices = mode === 'iptables' ? seen.natRules - services * 32 : 5;
        expect(beyondServices).toBeGreaterThanOrEqual(5);
        expect(beyondServices).toBeLessThanOrEqual(10);
        expect(seen.brokenWatches).toBeGreaterThanOrEqual(4);
        expect(seen.events).toBeGreaterThanOrEqual(1);
      });
    }
  }
});
