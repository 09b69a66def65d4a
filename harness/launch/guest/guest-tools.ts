import { existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchBusybox } from '../../supply/kernel/fetch-busybox.ts';
import type { FindKernelOptions } from '../../supply/kernel/find-kernel.ts';
import { findTool } from '../../system/find-tool.ts';
import { makeDirectory } from '../../system/make-directory.ts';

/** What only a guest needs. The machine's own is taken where it has it, and nothing is installed for it. */
export interface GuestTools {
  /** A statically linked BusyBox: the guest's first file system is made of it. */
  readonly busybox: string;
  /** Stands in for the machine's udev where it has none: a directory of programs that the guest sees at `INIT_BIN`; `null` where there is udev. */
  readonly initBin: string | null;
}

/** Last in the PATH of virtme-init (virtme-ng 1.35), which looks there for udevd. Later the whole /usr is laid over it. */
export const INIT_BIN = '/usr/local/bin';

/** `directory` takes what is made for this guest alone. */
export async function findGuestTools(directory: string, options: FindKernelOptions): Promise<GuestTools> {
  const { env } = options;
  // Debian's name, Fedora's and Alpine's, and what may be either.
  const own = ['busybox-static', 'busybox.static', 'busybox']
    .map((name) => findTool(name, env))
    .find((path) => path !== null && isStaticallyLinked(readFileSync(path)));
  return {
    busybox: own ?? (await fetchBusybox(options)),
    initBin: hasUdev(env) ? null : await makeInitBin(join(directory, 'init-bin')),
  };
}

/** elf(5): a program that needs no interpreter (PT_INTERP) is linked statically. `file`, which virtme-run would ask, is not on every machine. */
export function isStaticallyLinked(program: Buffer): boolean {
  const isElf64 = program.length > 64 && program.readUInt32BE(0) === 0x7f454c46 && program[4] === 2 && program[5] === 1;
  if (!isElf64) return false;
  const offset = Number(program.readBigUInt64LE(32));
  const [size, count] = [program.readUInt16LE(54), program.readUInt16LE(56)];
  const types = Array.from({ length: count }, (_, index) => program.readUInt32LE(offset + index * size));
  return !types.includes(PT_INTERP);
}

const PT_INTERP = 3;

/** Where the guest's first program looks, but for INIT_BIN. */
function hasUdev(env: FindKernelOptions['env']): boolean {
  const known = ['/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-udevd'].some((path) => existsSync(path));
  return known || findTool('udevd', env) !== null;
}

async function makeInitBin(directory: string): Promise<string> {
  await makeDirectory(directory);
  const path = join(directory, 'udevd');
  await writeFile(path, UDEVD);
  await chmod(path, 0o755);
  return directory;
}

/** All that a guest wants of udev: the names of its serial ports. They come some moments after their devices. */
const UDEVD = `#!/bin/sh
mkdir -p /dev/virtio-ports
tries=0
until [ -e /dev/virtio-ports/virtme.stdin ] && [ -e /dev/virtio-ports/virtme.stdout ] && [ -e /dev/virtio-ports/virtme.stderr ] &&
  [ -e /dev/virtio-ports/virtme.dev_stdout ] && [ -e /dev/virtio-ports/virtme.dev_stderr ]; do
  for port in /sys/class/virtio-ports/*; do
    name=
    read -r name 2>/dev/null <"$port/name"
    if [ -n "$name" ]; then ln -sf "../\${port##*/}" "/dev/virtio-ports/$name"; fi
  done
  tries=$((tries + 1))
  if [ $tries -gt 100 ]; then echo "no names of ports" >&2; exit 1; fi
  sleep 0.1
done
`;
