import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';

/** Debian's suites that are tried, by name; `npm run kernels` prints the kernel series that each had in 2026. */
export const DEBIAN_SUITES = ['bullseye', 'bookworm', 'trixie', 'forky', 'sid'] as const;
export type DebianSuite = (typeof DEBIAN_SUITES)[number];

/** What `--kernel` names. `host`: the newest kernel installed under /boot. */
export type KernelSpec =
  | { readonly kind: 'host' }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'debian'; readonly suite: DebianSuite };

/** The kernel that testbed vm takes when none is named: that of Debian's stable release (6.12), which has every mode. 6.1 of the release before takes many times as long to load the tables of nftables mode. */
export const DEFAULT_KERNEL_WORD = 'debian:trixie';

/** Text of `--kernel` or of `axis.kernel` → what it names. Throws a UsageError that lists what there is. */
export function parseKernelSpec(word: string): KernelSpec {
  if (word === 'host') return { kind: 'host' };
  if (word.includes('/')) return { kind: 'path', path: resolve(word) };
  const [distribution, name] = word.split(':');
  const suite = DEBIAN_SUITES.find((one) => one === name);
  if (distribution === 'debian' && suite !== undefined) return { kind: 'debian', suite };
  throw new UsageError(
    `"${word}" names no kernel`,
    `take host, the path of a vmlinuz, or one of ${DEBIAN_SUITES.map((one) => `debian:${one}`).join(', ')}`,
  );
}

export function formatKernelSpec(spec: KernelSpec): string {
  switch (spec.kind) {
    case 'host':
      return 'host';
    case 'path':
      return spec.path;
    case 'debian':
      return `debian:${spec.suite}`;
  }
}
