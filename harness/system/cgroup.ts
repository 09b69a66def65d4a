import { readFileSync } from 'node:fs';
import { posix } from 'node:path';

/** A small file's text; `null` when it cannot be read. Handed in, so that another machine's files can be read in a test. */
export type ReadText = (path: string) => string | null;

export const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

/** The control groups that hold this process for one controller: its own first, then those around it as far as this mount shows them. */
export interface ControlGroups {
  readonly version: 1 | 2;
  readonly directories: readonly string[];
}

interface Mount {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  /** The part of the hierarchy that is at `place`: a container's own group where it was bound there. */
  readonly root: string;
  readonly place: string;
}

/**
 * Where a controller's limits for this process stand (cgroups(7)); `null` where there is no such controller. Every group around the own one counts: the tightest limit holds.
 * Version 1 and 2 may stand side by side, each controller in one of them.
 */
export function findControlGroups(controller: string, read: ReadText = readText): ControlGroups | null {
  const mounts = parseMounts(read('/proc/self/mountinfo') ?? '');
  const paths = parsePaths(read('/proc/self/cgroup') ?? '');
  const path = paths.get(controller);
  const old = path === undefined ? [] : mounts.filter((one) => one.controllers.includes(controller));
  const found = pick(old, path ?? '/') ?? pick(hasNew(controller, mounts, read), paths.get('') ?? '/');
  return found === null ? null : { version: found.mount.version, directories: upwards(found) };
}

/** A mount of version 2 that has this controller: in the hybrid arrangement it may have none. */
function hasNew(controller: string, mounts: readonly Mount[], read: ReadText): readonly Mount[] {
  return mounts.filter(
    ({ version, place }) =>
      version === 2 && (read(`${place}/cgroup.controllers`) ?? '').trim().split(' ').includes(controller),
  );
}

interface Found {
  readonly mount: Mount;
  /** Below the mount's place: '' or '/a/b'. */
  readonly below: string;
}

/** Without a namespace for groups, a container sees its group's full path beside a mount that begins at that very group. */
function pick(mounts: readonly Mount[], path: string): Found | null {
  for (const mount of mounts) {
    const below = belowRoot(path, mount.root);
    if (below !== null) return { mount, below };
  }
  const [mount] = mounts;
  return mount === undefined ? null : { mount, below: '' };
}

function belowRoot(path: string, root: string): string | null {
  if (path.startsWith('/..')) return null;
  if (root === '/') return path === '/' ? '' : path;
  if (path === root) return '';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : null;
}

function upwards({ mount, below }: Found): readonly string[] {
  const directories = [];
  for (let part = below; part !== '' && part !== '/'; part = posix.dirname(part)) directories.push(mount.place + part);
  return [...directories, mount.place];
}

/** proc(5): `36 35 98:0 /root /place options optional… - type source options`; spaces in names are written \040. */
function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line): Mount[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '', place = ''] = before.split(' ').map(plainName);
    const [type, , options = ''] = after.split(' ');
    if (type === 'cgroup2') return [{ version: 2, controllers: [], root, place }];
    return type === 'cgroup' ? [{ version: 1, controllers: options.split(','), root, place }] : [];
  });
}

function plainName(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** `4:cpu,cpuacct:/a/b` of version 1, `0::/a/b` of version 2 (here by the name ''). */
function parsePaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    for (const name of match?.[1]?.split(',') ?? []) paths.set(name, match?.[2] ?? '/');
  }
  return paths;
}
