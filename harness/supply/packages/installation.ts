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
  if (parseFamily(machine.osRelease) === 'debian' && machine.user === 'root') return { kind: 'install', packages };
  return { kind: 'tell', command: formatInstallation(packages, machine) };
}

/** The one command that installs what Debian calls so, as this machine's package manager wants it. */
export function formatInstallation(packages: readonly string[], { osRelease, user }: Machine): string {
  const family = parseFamily(osRelease);
  const known = FAMILIES[family];
  if (known === undefined)
    return `install, with this system's package manager, what Debian calls: ${packages.join(' ')}`;
  const names = [...new Set(packages.map((name) => known.names[name] ?? name))];
  return `${user === 'root' ? '' : 'sudo '}${known.command} ${names.join(' ')}`;
}

/** os-release(5): ID is the distribution, ID_LIKE what it descends from, the nearest first. */
function parseFamily(osRelease: string): string {
  const names = ['ID', 'ID_LIKE'].flatMap((key) => {
    const value = new RegExp(`^${key}=["']?([^"'\\n]*)["']?\\s*$`, 'm').exec(osRelease)?.[1] ?? '';
    return value.split(/\s+/);
  });
  return names.map((name) => KINSHIP[name] ?? name).find((name) => name in FAMILIES) ?? 'unknown';
}

const KINSHIP: Readonly<Record<string, string>> = {
  ubuntu: 'debian',
  rhel: 'fedora',
  centos: 'fedora',
  archarm: 'arch',
  opensuse: 'suse',
  'opensuse-leap': 'suse',
  'opensuse-tumbleweed': 'suse',
  sles: 'suse',
};

interface Family {
  readonly command: string;
  /** Its names where they are not Debian's. */
  readonly names: Readonly<Record<string, string>>;
}

const FAMILIES: Readonly<Record<string, Family>> = {
  debian: { command: 'apt-get install --no-install-recommends', names: {} },
  fedora: {
    command: 'dnf install',
    names: {
      conntrack: 'conntrack-tools',
      iproute2: 'iproute',
      iptables: 'iptables-legacy iptables-nft',
      'iputils-ping': 'iputils',
      'python3-venv': 'python3',
      'qemu-system-arm': 'qemu-system-aarch64',
    },
  },
  arch: {
    command: 'pacman -S --needed',
    names: {
      conntrack: 'conntrack-tools',
      'iputils-ping': 'iputils',
      'python3-venv': 'python',
      'qemu-system-arm': 'qemu-system-aarch64',
    },
  },
  alpine: {
    command: 'apk add',
    names: {
      conntrack: 'conntrack-tools',
      iptables: 'iptables iptables-legacy',
      'iputils-ping': 'iputils',
      'python3-venv': 'python3',
      'qemu-system-x86': 'qemu-system-x86_64',
      'qemu-system-arm': 'qemu-system-aarch64',
    },
  },
  suse: {
    command: 'zypper install',
    names: {
      conntrack: 'conntrack-tools',
      'iputils-ping': 'iputils',
      'python3-venv': 'python3',
      'qemu-system-x86': 'qemu-x86',
      'qemu-system-arm': 'qemu-arm',
    },
  },
};
