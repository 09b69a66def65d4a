import { describe, expect, test } from 'vitest';
import type { Mode, Routing } from '../model/mode.ts';
import { CommandError, type Exec } from '../system/exec.ts';
import { parseProbeOutput } from './kernel-probe.ts';
import { probeModes } from './mode-support.ts';

/** A kernel that says yes to every probe but those named here. Its words are those of Debian 12's tools on kernel 6.18 (kernel-modes.integration.test.ts). */
function kernelWithout(answers: Readonly<Record<string, readonly [number, string]>>, release = '6.18.1'): Exec {
  return {
    async run(_command, options) {
      const ids = [...(options?.input ?? '').matchAll(/^echo "=probe= (\S+) /gm)].map((match) => match[1] ?? '');
      const usual: Record<string, readonly [number, string]> = {
        release: [0, `${release}\n`],
        'nft-json': [0, '{"nftables": [{"metainfo": {"version": "1.0.6"}}]}\n'],
      };
      const lines = ids.map((id) => {
        const [exitCode, output] = answers[id] ?? usual[id] ?? [0, ''];
        return `${output}=probe= ${id} ${exitCode}\n`;
      });
      return { stdout: lines.join(''), stderr: '', exitCode: 0 };
    },
  };
}

const mode = (routing: Routing): Mode => ({ id: routing.kind, routing, proxyVersion: null });
const IPVS = mode({ kind: 'ipvs', scheduler: 'rr' });
const NFTABLES = mode({ kind: 'nftables' });
const LEGACY = mode({ kind: 'iptables', backend: 'legacy' });
const NONE = mode({ kind: 'none' });

async function reasonOf(one: Mode, exec: Exec) {
  const [support] = await probeModes([one], exec, { user: 'root' });
  return support?.supported === false ? support.reason : null;
}

describe('which modes a kernel can run', () => {
  test('a kernel that makes every object runs every mode but one that only a cluster has', async () => {
    const found = await probeModes([LEGACY, IPVS, NFTABLES, NONE], kernelWithout({}), { user: 'root' });
    expect(found.map((one) => one.supported)).toEqual([true, true, true, true]);
    expect(await reasonOf(mode({ kind: 'as-found', name: 'cilium' }), kernelWithout({}))).toMatchObject({
      code: 'mode-only-in-cluster',
    });
  });

  test('ipvs without its module is refused with the option, the module and what the kernel said', async () => {
    const said = "Can't initialize ipvs: Protocol not available\n";
    const reason = await reasonOf(IPVS, kernelWithout({ 'ipvs-rr': [2, said] }));
    expect(reason?.code).toBe('kernel-lacks-module');
    expect(reason?.message).toContain('CONFIG_IP_VS');
    expect(reason?.message).toContain('Protocol not available');
    expect(reason?.remedy).toContain('modprobe -a ip_vs ip_vs_rr');
  });

  test('a missing tool is told apart from a missing module', async () => {
    const reason = await reasonOf(IPVS, kernelWithout({ 'ipvs-rr': [127, 'sh: 9: ipvsadm: not found\n'] }));
    expect(reason).toMatchObject({ code: 'tool-missing', message: 'ipvsadm not found' });
    expect(reason?.remedy).toContain('ipvsadm');
  });

  test('nftables needs kernel 5.13, the first that kube-proxy takes', async () => {
    expect((await reasonOf(NFTABLES, kernelWithout({}, '5.12.19-arch1')))?.code).toBe('kernel-too-old');
    expect(await reasonOf(NFTABLES, kernelWithout({}, '5.13.0-0.bpo'))).toBeNull();
  });

  test('an nft that cannot list in JSON is refused by name, whether it says so or answers in words', async () => {
    for (const answer of [
      [1, 'Error: JSON support not compiled-in\n'],
      [0, 'table ip x\n'],
    ] as const) {
      const reason = await reasonOf(NFTABLES, kernelWithout({ 'nft-json': answer }));
      expect(reason).toMatchObject({ code: 'tool-unfit' });
      expect(reason?.message).toContain('this nft has no JSON');
      expect(reason?.message).toContain(answer[1].trim());
    }
  });

  test('where the kernel has no nftables at all, nft is not blamed', async () => {
    const no = [1, 'Error: Could not process rule: Protocol not supported\n'] as const;
    const reason = await reasonOf(NFTABLES, kernelWithout({ 'nft-json': no, 'nft-table': no }));
    expect(reason?.code).toBe('kernel-lacks-module');
    expect(reason?.remedy).toContain('modprobe -a nf_tables');
  });

  test('iptables without the options of iptables-restore that kube-proxy uses is told apart from the kernel', async () => {
    const no = [2, "iptables-legacy-restore: unrecognized option '--noflush'\n"] as const;
    const reason = await reasonOf(LEGACY, kernelWithout({ 'iptables-legacy-restore': no }));
    expect(reason).toMatchObject({ code: 'tool-unfit' });
    expect(reason?.message).toContain('iptables-legacy-restore');
  });

  test('where namespaces cannot be made every mode is refused, the floor included', async () => {
    const exec: Exec = {
      run: () =>
        Promise.reject(
          new CommandError({
            command: 'unshare',
            exitCode: 1,
            signal: null,
            stderr: 'unshare: unshare failed: Operation not permitted\n',
            durationMs: 1,
            cwd: '/',
            timedOut: false,
            notFound: false,
            cause: null,
          }),
        ),
    };
    const found = await probeModes([NONE, LEGACY], exec, { user: 'ordinary' });
    expect(found.every((one) => !one.supported && one.reason.code === 'no-namespaces')).toBe(true);
    expect(found[0]).toMatchObject({ reason: { message: expect.stringContaining('Operation not permitted') } });
  });

  test('output without a line end before the mark is kept apart from the mark', () => {
    const answers = parseProbeOutput('one\ntwo=probe= a 3\n=probe= b 0\n');
    expect([...answers]).toEqual([
      ['a', { exitCode: 3, output: 'one\ntwo' }],
      ['b', { exitCode: 0, output: '' }],
    ]);
  });
});
