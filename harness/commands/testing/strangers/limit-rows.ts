import { once } from 'node:events';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { makeTemporaryDirectory } from '../../../prepare/temporary-directory.ts';
import type { Stranger, StrangerStart } from './stranger.ts';

/**
 * Runs "$@" in a control group made for it, version 1 or 2, and removes it; words before it: controller, file and value of version 1, file and value of version 2, and the same for a group inside.
 */
const IN_GROUP = `
make() { # name, controller, old file, old value, new file, new value
  root=/sys/fs/cgroup; if [ ! -e $root/cgroup.controllers ]; then root=$root/$2; file=$3; value=$4; else file=$5; value=$6; fi
  group=$root/$1; mkdir -p "$group" && echo "$value" > "$group/$file"
}
name=stranger-$$; outer=$1; inner=$2; shift 2
eval "make $name $outer"; [ -z "$inner" ] || eval "make $name/inner $inner"
( [ -z "$inner" ] || group=$root/$name/inner; sh -c 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"' sh "$group" "$@" ); code=$?
[ -z "$inner" ] || rmdir $root/$name/inner; rmdir $root/$name; exit $code`;

const inGroup = (outer: string, inner = '') => ['sh', '-c', IN_GROUP, 'sh', outer, inner];
const HALF_A_CORE = 'cpu cpu.cfs_quota_us 50000 cpu.max "50000 100000"';
const memory = (bytes: number) => `memory memory.limit_in_bytes ${bytes} memory.max ${bytes}`;
const tasks = (count: number) => `pids pids.max ${count} pids.max ${count}`;

/** What doctor ends with depends on the machine: only its words are looked at, so its exit code is taken away. */
const said = (prefix: readonly string[]): readonly string[] => ['sh', '-c', '"$@"; exit 0', 'sh', ...prefix];

function underLimit(what: string, prefix: readonly string[], says: Stranger['says'], needsRoot = true): Stranger {
  return {
    what,
    words: ['doctor'],
    prepare: async () => ({ prefix: said(prefix) }),
    exitCode: 0,
    says,
    ...(needsRoot ? { needsRoot } : {}),
  };
}

const DOCTOR_ROWS: readonly Stranger[] = [
  underLimit('has half a core by a quota', inGroup(HALF_A_CORE), ['0.5 of', 'CPU quota']),
  underLimit('has a quota on the group around his own', inGroup(HALF_A_CORE, 'cpu cpu.shares 512 cpu.weight 50'), [
    '0.5 of',
  ]),
  underLimit('has one core by affinity', ['taskset', '-c', '0'], [/may use\s+1 of/], false),
  underLimit('has 1 GB of memory', inGroup(memory(2 ** 30)), ['a limit of 1 GB of memory', 'want about 2 GB']),
  underLimit('has a memory limit around a larger one', inGroup(memory(2 ** 30), memory(2 ** 31)), ['a limit of 1 GB']),
  underLimit('has a memory limit inside a larger one', inGroup(memory(2 ** 31), memory(1.5 * 2 ** 30)), [
    'a limit of 1.5 GB',
  ]),
  underLimit('may have 300 files open', ['prlimit', '--nofile=300:300'], ['300 open files'], false),
  underLimit('may start few processes', inGroup(tasks(400)), [/3\d\d more processes/]),
  underLimit('has no limit of memory', ['env'], ['of', /cores/], false),
];

const TINY = ['bench', '--scenario', 'smoke', '--modes', 'none', '--services', '1', '--testbed', 'netns'];

/** In a network of its own, where no other measurement of this machine holds the lock. */
const APART = ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];

const BENCH_ROWS: readonly Stranger[] = [
  {
    what: 'measures where a process may have 64 files open',
    words: TINY,
    prepare: async () => ({ prefix: ['prlimit', '--nofile=64:64'] }),
    needsRoot: true,
    exitCode: 3,
    says: ['64 files open', 'ulimit -n', '--ulimit nofile'],
  },
  {
    what: 'measures where few processes may be started',
    words: TINY,
    prepare: async () => ({ prefix: inGroup(tasks(100)) }),
    needsRoot: true,
    exitCode: 3,
    says: ['more processes and threads', '--pids-limit'],
  },
  {
    what: 'measures as a user who may start few processes',
    words: [...TINY, '--no-install'],
    as: 'ordinary',
    prepare: async () => ({ prefix: [...APART, 'prlimit', '--nproc=60:60'] }),
    needsRoot: true,
    exitCode: 3,
    says: ['more processes and threads', 'ulimit -u'],
    saysNot: ['fault of the program'],
  },
  {
    what: 'asks for the stack trace of what goes wrong inside the laboratory',
    words: [],
    prepare: async ({ directory, runs }) => {
      const tools = join(directory, 'tools');
      await mkdir(tools);
      await writeFile(join(tools, 'nginx'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      return {
        words: [...TINY, '--debug', '--runs-dir', runs],
        env: { PATH: `${tools}:${process.env.PATH}` },
        prefix: APART,
      };
    },
    needsRoot: true,
    exitCode: 3,
    says: ['NGINX backend-1 ended by itself (exit code 1)', /\n {4}at .*netns\.ts/],
    mayLeave: /^(cache|runs)/,
  },
  {
    what: 'measures where no file may become large',
    words: TINY,
    prepare: async () => ({ prefix: [...APART, 'prlimit', '--fsize=1000000:1000000'] }),
    needsRoot: true,
    exitCode: 3,
    says: ['1 MB large here', 'ulimit -f'],
  },
];

/** A server that takes connections and never says a word: whoever asks it waits. */
async function startSilentServer(): Promise<string> {
  const server = createServer(() => {});
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function interrupted(signal: 'INT' | 'TERM'): Stranger {
  return {
    what: `ends a command with SIG${signal} while it waits for a server`,
    words: ['kernels'],
    entry: 'bootstrap',
    prepare: async (): Promise<StrangerStart> => ({
      words: ['kernels', '--fetch', 'debian:trixie', '--debian-archive', await startSilentServer()],
      prefix: ['timeout', '--preserve-status', '--kill-after', '5', '--signal', signal, '4'],
    }),
    exitCode: 130,
    says: ['interrupted'],
    mayLeave: /^cache/,
  };
}

const SIGNAL_ROWS = (['INT', 'TERM'] as const).map(interrupted);

/** A temporary directory that somebody left, and what `clean` says of it. */
function leftBehind(
  what: string,
  change: (parts: string[]) => string[],
  expected: { readonly says: Stranger['says']; readonly lock?: false; readonly daysAgo?: number },
): Stranger {
  return {
    what,
    words: ['clean'],
    prepare: async (place) => {
      const env = { XDG_CACHE_HOME: place.cache };
      await using own = await makeTemporaryDirectory(env);
      const name = own.path.split('/').at(-1) ?? '';
      const path = join(own.path, '..', change(name.split('-')).join('-'));
      await mkdir(path);
      if (expected.lock !== false) await writeFile(join(path, 'lock'), '');
      const then = new Date(Date.now() - (expected.daysAgo ?? 0) * 86_400_000);
      await utimes(path, then, then);
      return undefined;
    },
    exitCode: 0,
    says: expected.says,
  };
}

const NOTHING = { says: ['nothing to remove'] };
const replaced = (index: number, value: string) => (parts: string[]) => parts.with(index, value);
const LEFT_ROWS: readonly Stranger[] = [
  leftBehind('cleans up what a dead run of this machine left', replaced(3, '1'), {
    says: ['left behind by a run that is dead'],
  }),
  leftBehind('cleans beside a run without a lock', replaced(3, '1'), { ...NOTHING, lock: false }),
  leftBehind('cleans beside a run of another machine with the same home', replaced(0, '0'.repeat(32)), NOTHING),
  leftBehind('cleans beside a run of another container', replaced(1, '4242'), NOTHING),
  leftBehind('cleans after a restart, a week later', replaced(0, '0'.repeat(32)), {
    says: ['before a restart'],
    daysAgo: 8,
  }),
  leftBehind('cleans beside an old directory without a lock', replaced(0, '0'.repeat(32)), {
    ...NOTHING,
    lock: false,
    daysAgo: 8,
  }),
  leftBehind("cleans beside somebody's own folder", () => ['my', 'notes'], NOTHING),
];

/** Limits that the machine does not show, signals, and what looks dead. */
export const LIMIT_ROWS: readonly Stranger[] = [...DOCTOR_ROWS, ...BENCH_ROWS, ...SIGNAL_ROWS, ...LEFT_ROWS];
