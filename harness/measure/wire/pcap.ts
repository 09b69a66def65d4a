/**
 * A streaming reader of classic pcap files. Own code, because the packages on npm (pcap-parser, pcap-stream: last changed 2013) refuse the
 * nanosecond magic number and give whole microseconds; libpcap bindings need a compiler. The format is 24 + 16 bytes of header:
 * https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
 */

export interface PcapHeader {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly linkType: number;
}

/** One packet. `data` is a view that is only valid until `onPacket` returns. */
export interface PcapPacket {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly data: Buffer;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** More than any snapshot length that tcpdump takes: a bigger record is a broken file. */
const MOST_RECORD_BYTES = 1 << 20;
const MAGIC: ReadonlyMap<number, Pick<PcapHeader, 'littleEndian' | 'nanoseconds'>> = new Map([
  [0xa1b2c3d4, { littleEndian: false, nanoseconds: false }],
  [0xd4c3b2a1, { littleEndian: true, nanoseconds: false }],
  [0xa1b23c4d, { littleEndian: false, nanoseconds: true }],
  [0x4d3cb2a1, { littleEndian: true, nanoseconds: true }],
]);

/** The first 24 bytes of a file → its header; throws when they are not pcap's. */
function parsePcapHeader(bytes: Buffer): PcapHeader {
  const kind = bytes.length < FILE_HEADER_BYTES ? undefined : MAGIC.get(bytes.readUInt32BE(0));
  if (kind === undefined)
    throw new Error(`not a pcap file: it begins with ${bytes.subarray(0, 4).toString('hex') || 'nothing'}`);
  const network = kind.littleEndian ? bytes.readUInt32LE(20) : bytes.readUInt32BE(20);
  // The upper bits hold the length of a frame check sequence.
  return { ...kind, linkType: network & 0xffff };
}

/** Takes chunks of a pcap file as they come and gives its packets, in memory of one chunk. */
export class PcapReader {
  readonly #onPacket: (packet: PcapPacket, header: PcapHeader) => void;
  #header: PcapHeader | null = null;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onPacket: (packet: PcapPacket, header: PcapHeader) => void) {
    this.#onPacket = onPacket;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.#header === null && bytes.length >= FILE_HEADER_BYTES) {
      this.#header = parsePcapHeader(bytes);
      bytes = bytes.subarray(FILE_HEADER_BYTES);
    }
    this.#rest = this.#header === null ? bytes : this.#takeRecords(bytes, this.#header);
  }

  /** Ends the reading. A record that was cut off at the end (a killed tcpdump) is left out and reported. */
  finish(): { readonly torn: boolean } {
    if (this.#header === null) parsePcapHeader(this.#rest);
    return { torn: this.#rest.length > 0 };
  }

  /** Gives all whole records and returns the bytes behind them. */
  #takeRecords(bytes: Buffer, header: PcapHeader): Buffer {
    let at = 0;
    while (at + RECORD_HEADER_BYTES <= bytes.length) {
      const field = (offset: number) =>
        header.littleEndian ? bytes.readUInt32LE(at + offset) : bytes.readUInt32BE(at + offset);
      const length = field(8);
      if (length > MOST_RECORD_BYTES) throw new Error(`broken pcap file: a record of ${length} bytes`);
      const start = at + RECORD_HEADER_BYTES;
      if (start + length > bytes.length) break;
      const fraction = field(4);
      const data = bytes.subarray(start, start + length);
      this.#onPacket({ seconds: field(0), nanoseconds: header.nanoseconds ? fraction : fraction * 1000, data }, header);
      at = start + length;
    }
    return bytes.subarray(at);
  }
}
