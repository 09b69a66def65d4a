import { UsageError } from '../errors.ts';

/** An IPv4 range; `first` is the network address as an unsigned number. */
export interface Ipv4Cidr {
  readonly text: string;
  readonly first: number;
  readonly prefixLength: number;
  readonly addresses: number;
}

/** "10.96.0.1" → unsigned number, or `null` when it is no dotted quad. */
export function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Unsigned number → "10.96.0.1". */
export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** "10.96.0.0/12" → range. Rejects host bits, because a range that is not what it says hides a typing error. */
export function parseIpv4Cidr(text: string): Ipv4Cidr {
  const [address = '', prefix = '', ...more] = text.split('/');
  const first = parseIpv4(address);
  const prefixLength = /^(0|[1-9]\d?)$/.test(prefix) ? Number(prefix) : Number.NaN;
  // Leading zeros are octal to some and decimal to others.
  if (first === null || formatIpv4(first) !== address || !(prefixLength <= 32) || more.length > 0) {
    throw new UsageError(`"${text}" is no IPv4 range`, 'write it like 10.96.0.0/12');
  }
  const addresses = 2 ** (32 - prefixLength);
  if (first % addresses !== 0) {
    const network = formatIpv4(first - (first % addresses));
    throw new UsageError(`"${text}" has host bits set`, `write the range as ${network}/${prefixLength}`);
  }
  return { text, first, prefixLength, addresses };
}

/** Do the two ranges share an address? */
export function isOverlapping(left: Ipv4Cidr, right: Ipv4Cidr): boolean {
  return left.first < right.first + right.addresses && right.first < left.first + left.addresses;
}

/** Is the address in the range? */
export function isInside(address: number, range: Ipv4Cidr): boolean {
  return address >= range.first && address < range.first + range.addresses;
}
