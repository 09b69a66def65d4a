import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import type { Guest } from '../../model/guest.ts';
import type { Scenario } from '../../model/scenario.ts';
import { explainConsole, lastLines } from './console.ts';
import { guestCommand, guestScript } from './guest-command.ts';
import { defaultGuestSize, parseCpus, parseMemoryMib } from './guest-size.ts';
import { parseKernelConfig } from './offered-modes.ts';

const GUEST: Guest = {
  kernelWord: 'debian:bookworm',
  kernelOrigin: 'Debian bookworm',
  release: '6.1.0-50-amd64',
  imagePath: '/cache/boot/vmlinuz-6.1.0-50-amd64',
  modulesPath: '/cache/lib/modules/6.1.0-50-amd64',
  configPath: '/cache/boot/config-6.1.0-50-amd64',
  execution: 'emulated',
  executionReason: 'this machine has no KVM',
  cpus: 2,
  memoryMib: 2048,
};
const TOOLS = { busybox: '/usr/bin/busybox', initBin: null };
const SHARES = { run: '/runs/a,b', control: '/tmp/control', compileCache: '/cache/compile' };

describe('the words that start a guest', () => {
  const words = (guest: Guest) =>
    guestCommand({ virtme: 'virtme-run', tools: TOOLS, guest, shares: SHARES, script: 'true' });

  test('make the host readable and three directories writable', () => {
    const shared = words(GUEST).filter((word) => word.startsWith('-q=local,'));
    expect(shared.filter((word) => !word.includes('readonly=on'))).toHaveLength(3);
    expect(shared.find((word) => word.includes('path=/,'))).toContain('readonly=on');
  });

  test('survive a comma in a path, which separates QEMU’s options', () => {
    expect(words(GUEST).join(' ')).toContain('path=/runs/a,,b,mount_tag=');
  });

  test('take KVM away from a guest that is to be emulated, and only from it', () => {
    expect(words(GUEST)).toContain('--disable-kvm');
    expect(words({ ...GUEST, execution: 'kvm' })).not.toContain('--disable-kvm');
  });
});

test('the guest’s script links the modules of its kernel and leaves the exit code only when it is whole', () => {
  const script = guestScript({
    guest: GUEST,
    overlaid: ['/usr', "/home/o'brien/project"],
    runDirectory: '/runs/a b',
    program: ['/node', 'cli.ts', 'guest'],
    env: { BENCH_PATIENCE: '10' },
  });
  expect(script).toContain('ln -s /tmp/bench/host/cache/lib/modules/6.1.0-50-amd64 /lib/modules/6.1.0-50-amd64');
  expect(script).toContain("mount --bind /tmp/bench/run '/runs/a b'");
  expect(script).toContain(`'/home/o'\\''brien/project'`);
  expect(script).toMatch(/exit-code\.tmp && mv .*exit-code/);
});

test('a step of the script that fails is named and ends it, wherever it stands', () => {
  const script = guestScript({ guest: GUEST, overlaid: [], runDirectory: '/r', program: ['true'], env: {} });
  const start = script.split('\n').find((line) => line.startsWith('step()')) ?? '';
  const ran = spawnSync('sh', ['-ec', `${start}\nstep mkdir -p /proc/none\necho went on`], { encoding: 'utf8' });
  expect([ran.status, ran.stdout]).toEqual([1, 'the guest could not: mkdir -p /proc/none\n']);
  const lines = script.split('\n').filter((line) => /\b(mkdir|mount|ln)\b/.test(line));
  expect(lines.filter((line) => !line.includes('step '))).toEqual([]);
});

describe('the size of a guest', () => {
  const scenario = (services: number, modes: number) =>
    ({
      sizesServices: [1, services],
      endpointsPerService: 10,
      modes: [
        { routing: { kind: 'none' } },
        ...Array.from({ length: modes }, () => ({ routing: { kind: 'nftables' } })),
      ],
    }) as unknown as Scenario;

  test('grows with the table and the modes that stand at once', () => {
    const small = defaultGuestSize(scenario(100, 3), 2);
    const large = defaultGuestSize(scenario(10_000, 3), 2);
    expect(small).toEqual({ cpus: 2, memoryMib: 2048 });
    expect(large.memoryMib).toBeGreaterThanOrEqual(4096);
    expect(defaultGuestSize(scenario(10_000, 1), 64)).toMatchObject({ cpus: 8 });
  });

  test('can be said, in M and G, and is refused when it is none', () => {
    expect(parseMemoryMib('4G')).toBe(4096);
    expect(parseMemoryMib('1500M')).toBe(1500);
    expect(parseCpus('3')).toBe(3);
    for (const word of ['4', '4T', '-1G', '100M', '']) expect(() => parseMemoryMib(word)).toThrow(UsageError);
    for (const word of ['0', '1.5', 'two', '300']) expect(() => parseCpus(word)).toThrow(UsageError);
  });
});

describe('the end of a guest, by its console', () => {
  const explain = (text: string) => explainConsole(text, { memoryMib: 2048 });

  test('out of memory is told with more memory as the remedy', () => {
    const error = explain('[  31.2] Out of memory: Killed process 231 (node) total-vm:1kB, anon-rss:1kB');
    expect(error?.message).toContain('2048 MiB');
    expect(error?.message).toContain('(node)');
    expect(error?.remedy).toBe('--memory 3072M');
  });

  test('a panic, a root that cannot be mounted, a lack of udev and a lack of memory outside are told apart', () => {
    expect(explain('Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)')?.remedy).toContain(
      '9p',
    );
    expect(explain('[1.0] Kernel panic - not syncing: Fatal exception in interrupt')?.message).toContain(
      'Fatal exception',
    );
    expect(
      explain('virtme-init: cannot find script I/O ports; make sure virtio-serial is available')?.remedy,
    ).toContain('udev');
    expect(
      explain("qemu-system-x86_64: cannot set up guest memory 'pc.ram': Cannot allocate memory")?.remedy,
    ).toContain('less');
    expect(explain('unshare: write failed /proc/self/uid_map: Operation not permitted\n')).toMatchObject({
      message: expect.stringContaining('uid_map: Operation not permitted'),
      // sudo gives root of a container no right that the container has not.
      remedy: expect.stringMatching(process.getuid?.() === 0 ? /docker run --privileged/ : /^sudo /),
    });
    expect(explain('[  17.7] random: crng init done')).toBeNull();
  });

  test('its last lines are shown without what a console is coloured with', () => {
    expect(lastLines('\u001bc\u001b[1;31mone\u001b[0m\r\ntwo\nthree\n', 2)).toBe('  two\n  three');
  });
});

test('a kernel’s configuration counts what is built in and what is a module', () => {
  const options = parseKernelConfig('CONFIG_IP_VS=m\nCONFIG_VETH=y\n# CONFIG_IP_VS_MH is not set\nCONFIG_HZ=250\n');
  expect([...options]).toEqual(['CONFIG_IP_VS', 'CONFIG_VETH']);
});
