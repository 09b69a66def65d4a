import { describe, expect, it } from 'vitest';
import { environmentSchema } from '../model/run.ts';
import type { Exec } from '../system/exec.ts';
import { loadEnvironment, parseCpuField, parseOperatingSystem } from './environment.ts';
import { parseToolVersion } from './environment-tools.ts';
import { parseKernelOptions } from './kernel-options.ts';

describe('parseKernelOptions', () => {
  it('keeps what matters, says n for what is not set, and drops the rest', () => {
    const config =
      'CONFIG_HZ=250\n# CONFIG_IP_VS is not set\nCONFIG_CC_VERSION_TEXT="gcc (GCC) 15.3.0"\nCONFIG_SOUND=y\n';
    expect(parseKernelOptions(config)).toEqual({ HZ: '250', IP_VS: 'n', CC_VERSION_TEXT: 'gcc (GCC) 15.3.0' });
  });
});

describe('parseToolVersion', () => {
  it.each([
    ['iptables v1.8.9 (nf_tables)', '1.8.9'],
    ['nftables v1.0.6 (Lester Gooch #5)', '1.0.6'],
    ['ipset v7.17, protocol version: 7', '7.17'],
    ['ip utility, iproute2-6.1.0, libbpf 1.1.2', '6.1.0'],
    ['ip utility, iproute2-ss190107', 'ss190107'],
    ['nginx version: nginx/1.22.1', '1.22.1'],
    ['conntrack v1.4.7 (conntrack-tools)', '1.4.7'],
    ['no version here', null],
  ])('finds the version in "%s"', (text, version) => expect(parseToolVersion(text)).toBe(version));
});

describe('parseOperatingSystem and parseCpuField', () => {
  it('read the fields by their names', () => {
    expect(parseOperatingSystem('NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe(
      'Debian GNU/Linux 12 (bookworm)',
    );
    expect(parseCpuField('processor\t: 0\nmodel name\t: AMD EPYC\ncpu MHz\t\t: 2596.150\n', 'cpu MHz')).toBe(
      '2596.150',
    );
    expect(parseCpuField('processor\t: 0\n', 'model name')).toBeNull();
  });
});

describe('loadEnvironment', () => {
  const failing: Exec = { run: () => Promise.reject(new Error('no commands here')) };

  it('gives a whole fingerprint where no command can be run', async () => {
    const kubeProxies = { '1.36.3': { path: '/x/kube-proxy', version: '1.36.3', sha256: 'ab' } };
    const environment = await loadEnvironment({ testbed: 'netns', execution: 'native', exec: failing, kubeProxies });
    expect(() => environmentSchema.parse(environment)).not.toThrow();
    expect(environment.harnessCommit).toBeNull();
    expect(environment.tools['kube-proxy 1.36.3']).toEqual(kubeProxies['1.36.3']);
    expect(environment.tools.node?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('marks a checkout with changes', async () => {
    const exec: Exec = {
      run: (command) => {
        if (command[0] !== 'git') return failing.run(command);
        const stdout = command.includes('rev-parse') ? 'c0ffee\n' : ' M file\n';
        return Promise.resolve({ stdout, stderr: '', exitCode: 0 });
      },
    };
    const environment = await loadEnvironment({ testbed: 'netns', execution: 'native', exec, kubeProxies: {} });
    expect(environment.harnessCommit).toBe('c0ffee+changes');
  });
});
