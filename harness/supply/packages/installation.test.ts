import { describe, expect, test } from 'vitest';
import type { Mode, Routing } from '../../model/mode.ts';
import { formatInstallation, planInstallation } from './installation.ts';
import { type Need, neededPrerequisites, PREREQUISITES } from './prerequisites.ts';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nID=debian\n';
const MINT = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n';
const ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\n';

const missing = PREREQUISITES.filter((one) => ['iptables-legacy', 'iptables-nft', 'conntrack'].includes(one.tool));
const mode = (routing: Routing): Mode => ({ id: routing.kind, routing, proxyVersion: null });
const OF_A_LABORATORY: readonly Need[] = ['laboratory', 'mode', 'wire', 'comfort'];
const toolsFor = (routings: readonly Routing[], wire = false) =>
  neededPrerequisites({ needs: OF_A_LABORATORY, modes: routings.map(mode), wire }).map((one) => one.tool);

describe('what to do about missing tools', () => {
  test('nothing, when none is missing', () => {
    expect(planInstallation([], { user: 'root', osRelease: DEBIAN })).toEqual({ kind: 'nothing' });
  });

  test('root on Debian, or on what descends from it, installs them, each package once', () => {
    for (const osRelease of [DEBIAN, MINT])
      expect(planInstallation(missing, { user: 'root', osRelease })).toEqual({
        kind: 'install',
        packages: ['conntrack', 'iptables'],
      });
  });

  test('anybody else is told the one command to type', () => {
    expect(planInstallation(missing, { user: 'ordinary', osRelease: DEBIAN })).toEqual({
      kind: 'tell',
      command: 'sudo apt-get install --no-install-recommends conntrack iptables',
    });
    expect(planInstallation(missing, { user: 'root', osRelease: ROCKY })).toEqual({
      kind: 'tell',
      command: 'dnf install conntrack-tools iptables-legacy iptables-nft',
    });
    expect(planInstallation(missing, { user: 'ordinary', osRelease: '' })).toMatchObject({
      kind: 'tell',
      command: expect.stringContaining('conntrack iptables'),
    });
  });
});

describe('what a scenario needs', () => {
  test('ipvs tools are asked for only when a mode is ipvs', () => {
    expect(toolsFor([{ kind: 'nftables' }])).not.toContain('ipvsadm');
    expect(toolsFor([{ kind: 'ipvs', scheduler: 'rr' }])).toEqual(
      expect.arrayContaining(['ipvsadm', 'ipset', 'iptables-nft']),
    );
  });

  test('iptables is asked for in the flavour that the mode uses', () => {
    expect(toolsFor([{ kind: 'iptables', backend: 'legacy' }])).not.toContain('iptables-nft');
    expect(toolsFor([{ kind: 'iptables', backend: 'legacy' }])).toContain('iptables-legacy');
    expect(toolsFor([{ kind: 'none' }]).filter((tool) => tool.startsWith('iptables'))).toEqual([]);
  });

  test('tcpdump is asked for when the wire is watched, the basis always', () => {
    expect(toolsFor([{ kind: 'none' }])).not.toContain('tcpdump');
    expect(toolsFor([{ kind: 'none' }], true)).toContain('tcpdump');
    expect(toolsFor([])).toEqual(expect.arrayContaining(['unshare', 'nginx', 'ip', 'conntrack']));
  });

  test('who needs nothing is asked for nothing; a guest wants QEMU beside the tools of the laboratory', () => {
    const demand = { modes: [mode({ kind: 'ipvs', scheduler: 'rr' })], wire: true };
    expect(neededPrerequisites({ ...demand, needs: [] })).toEqual([]);
    const inGuest = neededPrerequisites({ ...demand, needs: [...OF_A_LABORATORY, 'guest'] }).map((one) => one.tool);
    expect(inGuest).toEqual(expect.arrayContaining(['depmod', 'ipvsadm', 'nginx', 'tcpdump']));
    expect(toolsFor([{ kind: 'nftables' }])).not.toContain('depmod');
  });
});

describe('the names of packages', () => {
  const command = (osRelease: string) => formatInstallation(['conntrack', 'iputils-ping'], { osRelease, user: 'root' });

  test('are those of the distribution, its descendants included', () => {
    expect(command('ID=alpine\n')).toBe('apk add conntrack-tools iputils');
    expect(command('ID=manjaro\nID_LIKE=arch\n')).toBe('pacman -S --needed conntrack-tools iputils');
    expect(command('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n')).toBe('zypper install conntrack-tools iputils');
    expect(command("ID='fedora'\n")).toBe('dnf install conntrack-tools iputils');
    expect(command('ID=nixos\n')).toContain('what Debian calls: conntrack iputils-ping');
  });
});
