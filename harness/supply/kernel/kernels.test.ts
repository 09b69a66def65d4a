import { describe, expect, test } from 'vitest';
import { UsageError } from '../../errors.ts';
import { formatKernelSpec, parseKernelSpec } from './kernel-spec.ts';
import { findKernelPackages, PackageIndexReader } from './package-index.ts';
import { parseReleaseFile } from './release-file.ts';

describe('what --kernel names', () => {
  test('host, a path, and the suites of Debian are told apart and written back as they were', () => {
    for (const word of ['host', '/boot/vmlinuz-6.1.0-50-amd64', 'debian:bullseye', 'debian:sid'])
      expect(formatKernelSpec(parseKernelSpec(word))).toBe(word);
  });

  test('anything else is refused with the list of what there is', () => {
    for (const word of ['bookworm', 'debian', 'debian:', 'debian:potato', 'ubuntu:noble', '']) {
      expect(() => parseKernelSpec(word)).toThrow(UsageError);
      expect(() => parseKernelSpec(word)).toThrow(/names no kernel/);
    }
  });
});

/** Cut from the indexes of Debian 12 and of sid in November 2026. */
const BOOKWORM = `Package: linux-image-6.1.0-50-amd64
Version: 6.1.176-1
Depends: kmod, linux-base (>= 4.3~), initramfs-tools (>= 0.120+deb8u2) | linux-initramfs-tool
Filename: pool/main/l/linux-signed-amd64/linux-image-6.1.0-50-amd64_6.1.176-1_amd64.deb
Size: 70305560
SHA256: aaaa

Package: lilypond
Version: 1
Depends: nothing (= 1)
Filename: pool/lilypond.deb
Size: 1
SHA256: bbbb

Package: linux-image-amd64
Source: linux-signed-amd64 (6.1.176+1)
Version: 6.1.176-1
Depends: linux-image-6.1.0-50-amd64 (= 6.1.176-1)
Description: Linux for 64-bit PCs
 Depends: a line of the description (= 1)
Filename: pool/main/l/linux-signed-amd64/linux-image-amd64_6.1.176-1_amd64.deb
Size: 1480
SHA256: cccc
`;
const SPLIT = `Package: linux-image-amd64
Version: 7.2.13-1
Depends: linux-base-amd64 (= 7.2.13-1), linux-image-7.2.13+deb14-amd64 (= 7.2.13-1)
Filename: a
Size: 1
SHA256: a

Package: linux-base-amd64
Version: 7.2.13-1
Filename: b
Size: 1
SHA256: b

Package: linux-image-7.2.13+deb14-amd64
Version: 7.2.13-1
Depends: dracut | initramfs-tools, linux-binary-7.2.13+deb14-amd64 (= 7.2.13-1), linux-modules-7.2.13+deb14-amd64 (= 7.2.13-1)
Filename: c
Size: 1
SHA256: c

Package: linux-binary-7.2.13+deb14-amd64
Version: 7.2.13-1
Filename: d
Size: 1
SHA256: d

Package: linux-modules-7.2.13+deb14-amd64
Version: 7.2.13-1
Filename: e
Size: 1
SHA256: e
`;

function read(index: string) {
  const reader = new PackageIndexReader(['linux-']);
  for (const line of index.split('\n')) reader.push(line);
  reader.finish();
  return reader.packages;
}

describe('the kernel in a suite’s index', () => {
  test('is what the metapackage needs in one version, whatever else the index has', () => {
    const found = findKernelPackages(read(BOOKWORM), 'amd64');
    expect(found?.map((one) => one.name)).toEqual(['linux-image-amd64', 'linux-image-6.1.0-50-amd64']);
    expect(found?.at(-1)).toMatchObject({ version: '6.1.176-1', sizeBytes: 70305560, sha256: 'aaaa' });
  });

  test('is found whole where Debian has split it into three packages', () => {
    const names = findKernelPackages(read(SPLIT), 'amd64')?.map((one) => one.name);
    expect(names).toContain('linux-binary-7.2.13+deb14-amd64');
    expect(names).toContain('linux-modules-7.2.13+deb14-amd64');
  });

  test('is none when a part is missing, or for another architecture', () => {
    expect(findKernelPackages(read(SPLIT.replaceAll('linux-modules-7', 'linux-moved-7')), 'arm64')).toBeNull();
    const half = SPLIT.slice(0, SPLIT.indexOf('Package: linux-modules'));
    expect(findKernelPackages(read(half), 'amd64')).toBeNull();
  });

  test('of another version than the metapackage names is not taken', () => {
    const old = BOOKWORM.replace('Version: 6.1.176-1', 'Version: 6.1.170-1');
    expect(findKernelPackages(read(old), 'amd64')).toBeNull();
  });
});

describe('a suite’s InRelease', () => {
  const hash = 'f'.repeat(64);
  const text = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

Origin: Debian
Valid-Until: Fri, 06 Nov 2026 08:08:01 UTC
MD5Sum:
 0ed6d4c8891eb86358b94bb35d9e4da4  1484322 main/binary-amd64/Packages.gz
SHA256:
 ${hash}  1484322 main/binary-amd64/Packages.gz
-----BEGIN PGP SIGNATURE-----
 ${'e'.repeat(64)}  1 main/binary-amd64/Packages.gz
`;
  test('gives the sha256 of the index and until when it holds; other sums and what stands in the signature count for nothing', () => {
    const { sha256ByPath, validUntil } = parseReleaseFile(text);
    expect([...sha256ByPath]).toEqual([['main/binary-amd64/Packages.gz', hash]]);
    expect(validUntil?.toISOString()).toBe('2026-11-06T08:08:01.000Z');
    expect(parseReleaseFile('Origin: Debian\n').validUntil).toBeNull();
  });
});
