import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';

/** Keys of the ELF auxiliary vector: getauxval(3). */
const AT_PAGESZ = 6n;
const AT_CLKTCK = 17n;

/** What the kernel's process counters are counted in. */
export interface KernelUnits {
  /** USER_HZ: ticks per second of the CPU times in /proc. */
  readonly ticksPerS: number;
  readonly pageBytes: number;
}

/** /proc/PID/auxv of a 64-bit process → key-value pairs. */
function parseAuxiliaryVector(bytes: Buffer, littleEndian: boolean): ReadonlyMap<bigint, bigint> {
  const values = new Map<bigint, bigint>();
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    const key = littleEndian ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at);
    const value = littleEndian ? bytes.readBigUInt64LE(at + 8) : bytes.readBigUInt64BE(at + 8);
    values.set(key, value);
  }
  return values;
}

/**
 * USER_HZ and the page size, from this process's auxiliary vector: what `getconf CLK_TCK PAGESIZE` prints, without a fork.
 * Where the vector cannot be read the values are 100 and 4096, which is what Linux has on every 64-bit x86, and USER_HZ everywhere else too.
 */
export function loadKernelUnits(): KernelUnits {
  try {
    const values = parseAuxiliaryVector(readFileSync('/proc/self/auxv'), endianness() === 'LE');
    return { ticksPerS: Number(values.get(AT_CLKTCK) ?? 100n), pageBytes: Number(values.get(AT_PAGESZ) ?? 4096n) };
  } catch {
    return { ticksPerS: 100, pageBytes: 4096 };
  }
}
