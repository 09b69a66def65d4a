import type { Prerequisite } from './prerequisites.ts';

/** What to do about missing prerequisites. */
export type Installation =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'tell'; readonly command: string };

export interface Machine {
  readonly user: 'root' | 'ordinary';
  /** Contents of /etc/os-release; empty when there is none. */
  readonly osRelease: string;
}

/** Installs only where it can be sure how (root on Debian and what descends from it); otherwise says the one command to type. */
export function planInstallation(missing: readonly Prerequisite[], machine: Machine): Installation {
  if (missing.length === 0) return { kind: 'nothing' };
  const packages = [...new Set(missing.map((one) => one.debianPackage))].sort();
  const family = parseFamily(machine.osRelease);
  if (family === 'debian' && machine.user === 'root') return { kind: 'install', packages };
  const sudo = machine.user === 'root' ? '' : 'sudo ';
  return { kind: 'tell', command: `${sudo}${installCommand(family, packages)}` };
}

type Family = 'debian' | 'fedora' | 'unknown';

/** os-release(5): ID is the distribution, ID_LIKE what it descends from. */
function parseFamily(osRelease: string): Family {
  const names = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap((match) =>
    (match[1] ?? '').split(' '),
  );
  if (names.includes('debian') || names.includes('ubuntu')) return 'debian';
  return names.includes('fedora') || names.includes('rhel') ? 'fedora' : 'unknown';
}

/** Fedora's names where they are not Debian's. */
const FEDORA_PACKAGES: Readonly<Record<string, string>> = {
  conntrack: 'conntrack-tools',
  iproute2: 'iproute',
  iptables: 'iptables-legacy iptables-nft',
};

function installCommand(family: Family, packages: readonly string[]): string {
  switch (family) {
    case 'debian':
      return `apt-get install --no-install-recommends ${packages.join(' ')}`;
    case 'fedora':
      return `dnf install ${packages.map((name) => FEDORA_PACKAGES[name] ?? name).join(' ')}`;
    case 'unknown':
      return `… install, with this system's package manager, what Debian calls: ${packages.join(' ')}`;
  }
}
