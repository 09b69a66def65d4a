/** A Debian package as its suite's index lists it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Below the archive's base address. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Packages that it needs in exactly one version. */
  readonly exactDependencies: readonly { readonly name: string; readonly version: string }[];
}

/** Takes an index line by line and keeps the packages whose name begins with one of `prefixes`: an index has 60 MB and 60,000 others. */
export class PackageIndexReader {
  readonly packages: DebianPackage[] = [];
  readonly #prefixes: readonly string[];
  #fields: Map<string, string> | null = null;

  constructor(prefixes: readonly string[]) {
    this.#prefixes = prefixes;
  }

  push(line: string): void {
    if (line.startsWith('Package: ')) this.#begin(line.slice('Package: '.length));
    else if (line === '') this.finish();
    else if (this.#fields !== null && !line.startsWith(' ')) {
      const colon = line.indexOf(': ');
      this.#fields.set(line.slice(0, colon), line.slice(colon + 2));
    }
  }

  /** Ends the last stanza: call it after the last line. */
  finish(): void {
    const fields = this.#fields;
    this.#fields = null;
    if (fields !== null) this.packages.push(toPackage(fields));
  }

  #begin(name: string): void {
    this.finish();
    if (this.#prefixes.some((prefix) => name.startsWith(prefix))) this.#fields = new Map([['Package', name]]);
  }
}

function toPackage(fields: ReadonlyMap<string, string>): DebianPackage {
  const depends = fields.get('Depends') ?? '';
  const exact = [...depends.matchAll(/([a-z0-9][a-z0-9.+-]+) \(= ([^)]+)\)/g)];
  return {
    name: fields.get('Package') ?? '',
    version: fields.get('Version') ?? '',
    path: fields.get('Filename') ?? '',
    sha256: fields.get('SHA256') ?? '',
    sizeBytes: Number(fields.get('Size') ?? Number.NaN),
    exactDependencies: exact.map((match) => ({ name: match[1] ?? '', version: match[2] ?? '' })),
  };
}

/**
 * The packages that make up a suite's kernel, found from its metapackage `linux-image-<architecture>` by the dependencies that name one exact version: one
 * package up to Debian 13, three (binary, modules, base) from kernel 6.17 on. `null` when the index has no such kernel whole.
 */
export function findKernelPackages(
  packages: readonly DebianPackage[],
  architecture: string,
): readonly DebianPackage[] | null {
  const find = (name: string, version: string | null) =>
    packages.find((one) => one.name === name && (version === null || one.version === version));
  const start = find(`linux-image-${architecture}`, null);
  if (start === undefined) return null;
  const found = new Map([[start.name, start]]);
  for (const one of found.values()) {
    for (const { name, version } of one.exactDependencies) {
      const needed = find(name, version);
      if (needed === undefined) return null;
      found.set(name, needed);
    }
  }
  return [...found.values()];
}
