/** The head of a TCP segment. Addresses are texts; numbers of IPv6 are written in full ("fd00:0:0:0:0:0:0:1"). */
export interface TcpSegment {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly syn: boolean;
  readonly ack: boolean;
}

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPES_VLAN = new Set([0x8100, 0x88a8]);
const PROTOCOL_TCP = 6;
const FLAG_SYN = 0x02;
const FLAG_ACK = 0x10;

/** Offset of the IP header by link type (https://www.tcpdump.org/linktypes.html); `null` when the frame holds no IP. */
function ipOffset(frame: Buffer, linkType: number): number | null {
  switch (linkType) {
    case 1: // LINKTYPE_ETHERNET
      return behindEthertype(frame, 12);
    case 113: // LINKTYPE_LINUX_SLL
      return behindEthertype(frame, 14);
    case 276: // LINKTYPE_LINUX_SLL2
      return frame.length >= 20 && isIp(frame.readUInt16BE(0)) ? 20 : null;
    case 101: // LINKTYPE_RAW
    case 12:
      return 0;
    default:
      return null;
  }
}

function isIp(ethertype: number): boolean {
  return ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6;
}

function behindEthertype(frame: Buffer, offset: number): number | null {
  let at = offset;
  while (at + 2 <= frame.length && ETHERTYPES_VLAN.has(frame.readUInt16BE(at))) at += 4;
  return at + 2 <= frame.length && isIp(frame.readUInt16BE(at)) ? at + 2 : null;
}

function ipv4Text(frame: Buffer, at: number): string {
  return `${frame[at]}.${frame[at + 1]}.${frame[at + 2]}.${frame[at + 3]}`;
}

function ipv6Text(frame: Buffer, at: number): string {
  return Array.from({ length: 8 }, (_, group) => frame.readUInt16BE(at + 2 * group).toString(16)).join(':');
}

/** Where the TCP header starts, and both addresses; `null` for other protocols, later fragments and frames cut too short. */
function parseIp(
  frame: Buffer,
  at: number,
): { readonly tcpAt: number; readonly source: string; readonly destination: string } | null {
  const version = (frame[at] ?? 0) >> 4;
  if (version === 4 && frame.length >= at + 20) {
    const fragmentOffset = frame.readUInt16BE(at + 6) & 0x1fff;
    if (frame[at + 9] !== PROTOCOL_TCP || fragmentOffset !== 0) return null;
    const tcpAt = at + ((frame[at] ?? 0) & 0x0f) * 4;
    return { tcpAt, source: ipv4Text(frame, at + 12), destination: ipv4Text(frame, at + 16) };
  }
  // Extension headers are not followed: no SYN of a laboratory carries one.
  if (version === 6 && frame.length >= at + 40 && frame[at + 6] === PROTOCOL_TCP) {
    return { tcpAt: at + 40, source: ipv6Text(frame, at + 8), destination: ipv6Text(frame, at + 24) };
  }
  return null;
}

/** A captured frame → the TCP segment in it; `null` when it holds none. */
export function parseTcpSegment(frame: Buffer, linkType: number): TcpSegment | null {
  const at = ipOffset(frame, linkType);
  const ip = at === null ? null : parseIp(frame, at);
  if (ip === null || frame.length < ip.tcpAt + 14) return null;
  const flags = frame[ip.tcpAt + 13] ?? 0;
  return {
    sourceAddress: ip.source,
    sourcePort: frame.readUInt16BE(ip.tcpAt),
    destinationAddress: ip.destination,
    destinationPort: frame.readUInt16BE(ip.tcpAt + 2),
    sequence: frame.readUInt32BE(ip.tcpAt + 4),
    acknowledgement: frame.readUInt32BE(ip.tcpAt + 8),
    syn: (flags & FLAG_SYN) !== 0,
    ack: (flags & FLAG_ACK) !== 0,
  };
}
