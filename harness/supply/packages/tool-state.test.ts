import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemExec } from '../../system/exec.ts';
import { ensurePrerequisites, type SetupWorld } from './ensure.ts';
import { neededPrerequisites, OF_A_GUEST, PREREQUISITES } from './prerequisites.ts';
import { findToolState } from './tool-state.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tool-state-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** A tool that stands first on PATH and is this shell script. */
async function stateOf(tool: string, script: string) {
  const one = PREREQUISITES.find((row) => row.tool === tool);
  if (one === undefined) throw new Error(`no ${tool} in the table`);
  const path = join(directory, tool);
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return findToolState(one, { exec: systemExec, env: { PATH: directory } });
}

describe('a tool that is there', () => {
  test('and too old is named with the least version', async () => {
    const cases = [
      ['unshare', 'unshare from util-linux 2.34', 'util-linux 2.36 or later'],
      ['setpriv', 'setpriv from util-linux 2.31.1', 'util-linux 2.36 or later'],
      ['nft', 'nftables v0.9.8 (E.D.S.)', 'nft 1.0.1 or later'],
      ['iptables-legacy', 'iptables v1.4.21', 'iptables-legacy 1.6.2 or later'],
      ['ipset', 'ipset v5.4, protocol version: 5', 'ipset 6.0 or later'],
      ['tcpdump', 'tcpdump version 4.3.0', 'tcpdump 4.6 or later'],
    ] as const;
    for (const [tool, says, wanted] of cases) {
      const state = await stateOf(tool, `echo '${says}'`);
      expect(state).toMatchObject({ kind: 'unfit', why: expect.stringContaining(wanted) });
    }
  });

  test('and new enough is fit', async () => {
    expect(await stateOf('unshare', 'echo unshare from util-linux 2.36')).toMatchObject({
      kind: 'fit',
      version: '2.36',
    });
    expect(await stateOf('nft', 'echo "nftables v1.0.1 (x)"')).toMatchObject({ kind: 'fit', version: '1.0.1' });
    expect(await stateOf('nft', 'echo "nftables v1.1.3 (x)"')).toMatchObject({ kind: 'fit' });
    expect(await stateOf('ip', 'echo ip utility, iproute2-ss190107')).toMatchObject({ kind: 'fit' });
  });

  test('and without an option that is used is named with what it said', async () => {
    const script = `case "$*" in *--kill-child*) echo "unshare: unrecognized option '--kill-child'" >&2; exit 1;; esac`;
    const state = await stateOf('unshare', `${script}\necho unshare from util-linux 2.38`);
    expect(state).toMatchObject({ kind: 'unfit', why: expect.stringContaining("unrecognized option '--kill-child'") });
    const batch = await stateOf('ip', '[ "$1" = -V ] && echo iproute2-6.1.0 || { echo no -batch >&2; exit 255; }');
    expect(batch).toMatchObject({ kind: 'unfit', why: expect.stringContaining('ip -batch /dev/null') });
  });

  test("and BusyBox's is named as such, where it does not do", async () => {
    const script = `echo "$(basename "$0"): unrecognized option '--version'
BusyBox v1.36.1 (2024-06-10) multi-call binary." >&2; exit 1`;
    for (const tool of ['unshare', 'nsenter', 'setpriv', 'flock', 'ip'])
      expect(await stateOf(tool, script)).toMatchObject({ kind: 'unfit', why: expect.stringContaining("BusyBox's") });
    expect(await stateOf('ping', script)).toMatchObject({ kind: 'fit' });
  });

  test('and built without a part that our configuration names is named with that part', async () => {
    const nginx = (flags: string) =>
      stateOf('nginx', `echo "nginx version: nginx/1.26.0\nconfigure arguments: ${flags}" >&2`);
    expect(await nginx('--with-stream --without-http')).toMatchObject({ kind: 'unfit' });
    expect(await nginx('--without-http_fastcgi_module --with-pcre')).toMatchObject({ kind: 'unfit' });
    expect(await nginx('--without-http_gzip_module')).toMatchObject({ kind: 'fit', version: '1.26.0' });
  });

  test('and tells its version although it fails is judged by it: ipset asks the kernel first', async () => {
    const fails = (version: string) =>
      stateOf('ipset', `echo 'ipset v${version}: Kernel error received: Operation not permitted' >&2; exit 1`);
    expect(await fails('7.17')).toMatchObject({ kind: 'fit', version: '7.17' });
    expect(await fails('5.4')).toMatchObject({ kind: 'unfit', why: expect.stringContaining('ipset 6.0 or later') });
  });

  test('that cannot be started, or says nothing of itself, is not refused for it', async () => {
    expect(await stateOf('ipvsadm', 'echo "Cannot initialize ipvs" >&2; exit 1')).toMatchObject({
      kind: 'fit',
      version: null,
    });
  });
});

describe('before a run', () => {
  const world = (answers: Partial<SetupWorld> = {}): SetupWorld & { readonly said: string[] } => {
    const said: string[] = [];
    return {
      exec: { run: () => Promise.reject(new Error('nothing is to be started')) },
      env: {},
      machine: { user: 'root', osRelease: 'ID=debian\n' },
      onProgress: (text) => void said.push(text),
      mayInstall: () => Promise.reject(new Error('nobody is to be asked')),
      said,
      ...answers,
    };
  };

  test('where a place needs nothing of this machine nothing is looked at, and nothing installed', async () => {
    const modes = [{ id: 'ipvs', routing: { kind: 'ipvs', scheduler: 'rr' }, proxyVersion: null }] as const;
    expect(await ensurePrerequisites({ needs: [], modes, wire: true }, world())).toEqual([]);
  });

  test('every row of the table is needed by something', () => {
    const everything = [...neededPrerequisites('everything'), ...neededPrerequisites(OF_A_GUEST)];
    expect(new Set(everything)).toEqual(new Set(PREREQUISITES));
  });
});
