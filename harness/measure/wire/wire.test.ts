import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeHistogram, quantileUs } from '../../model/histogram.ts';
import { type Handshake, HandshakeMatcher } from './handshake-matcher.ts';
import { type PcapPacket, PcapReader } from './pcap.ts';
import { readCapture } from './read-capture.ts';
import { parseTcpSegment, type TcpSegment } from './tcp-segment.ts';
import { isListening, parseLastCounts, parseTcpdumpVersion } from './tcpdump-text.ts';
import { WireSummary } from './wire-summary.ts';

/** One connection on lo, captured by tcpdump 4.99.3 with nanoseconds (Ethernet), and the same by `-i any` with microseconds (SLL2). */
const ETHERNET_NS = Buffer.from(
  'TTyyoQIABAAAAAAAAAAAAGAAAAABAAAAx3kBa6OGUg5KAAAASgAAAAAAAAAAAAAAAAAAAAgARQAAPA7dQABABi3dfwAAAX8AAAHJbh+QNK0vIwAAAACgAv/X/jAAAAIE/9cEAggKdA2y+QAAAAABAwMKx3kBa5m/Ug5KAAAASgAAAAAAAAAAAAAAAAAAAAgARQAAPAAAQABABjy6fwAAAX8AAAEfkMluzzhkRjStLySgEv/L/jAAAAIE/9cEAggKeACdOHQNsvkBAwMK',
  'base64',
);
const SLL2_US = Buffer.from(
  '1MOyoQIABAAAAAAAAAAAAGAAAAAUAQAAx3kBa6CqAwBQAAAAUAAAAAgAAAAAAAABAwQABgAAAAAAAAAARQAAPA7dQABABi3dfwAAAX8AAAHJbh+QNK0vIwAAAACgAv/X/jAAAAIE/9cEAggKdA2y+QAAAAABAwMKx3kBa6+qAwBQAAAAUAAAAAgAAAAAAAABAwQABgAAAAAAAAAARQAAPAAAQABABjy6fwAAAX8AAAEfkMluzzhkRjStLySgEv/L/jAAAAIE/9cEAggKeACdOHQNsvkBAwMK',
  'base64',
);

/** The same file as a machine of the other byte order writes it: the frames stay, every header field turns round. */
function otherByteOrder(file: Buffer): Buffer {
  const turned = Buffer.from(file);
  for (const at of [0, 8, 12, 16, 20]) turned.subarray(at, at + 4).reverse();
  for (const at of [4, 6]) turned.subarray(at, at + 2).reverse();
  for (let at = 24; at < file.length; at += 16 + file.readUInt32LE(at + 8)) {
    for (const offset of [0, 4, 8, 12]) turned.subarray(at + offset, at + offset + 4).reverse();
  }
  return turned;
}

function readAll(file: Buffer, chunkBytes: number) {
  const packets: (Omit<PcapPacket, 'data'> & { readonly segment: TcpSegment | null })[] = [];
  const reader = new PcapReader(({ seconds, nanoseconds, data }, { linkType }) => {
    packets.push({ seconds, nanoseconds, segment: parseTcpSegment(data, linkType) });
  });
  for (let at = 0; at < file.length; at += chunkBytes) reader.push(file.subarray(at, at + chunkBytes));
  return { packets, ...reader.finish() };
}

describe('PcapReader and parseTcpSegment', () => {
  // What `tcpdump -r … -tt -S` prints of the same file.
  const syn = {
    sourceAddress: '127.0.0.1',
    sourcePort: 51566,
    destinationAddress: '127.0.0.1',
    destinationPort: 8080,
    syn: true,
  };
  const expected = [
    {
      seconds: 1795258823,
      nanoseconds: 240289443,
      segment: { ...syn, ack: false, sequence: 883765027, acknowledgement: 0 },
    },
    { seconds: 1795258823, nanoseconds: 240304025, segment: { ack: true, syn: true, acknowledgement: 883765028 } },
  ];

  it.each([
    ['nanoseconds, little endian', ETHERNET_NS],
    ['nanoseconds, big endian', otherByteOrder(ETHERNET_NS)],
  ])('reads %s', (_, file) => {
    expect(readAll(file, 4096)).toMatchObject({ torn: false, packets: expected });
  });

  it('reads microseconds and the cooked header of "any"', () => {
    const { packets } = readAll(SLL2_US, 4096);
    expect(packets[0]).toMatchObject({ ...expected[0], nanoseconds: 240288000 });
    expect(packets[1]?.segment).toMatchObject(expected[1]?.segment ?? {});
  });

  it.each([1, 7, 24, 40, 97])('gives the same whatever the chunks are: %i bytes', (chunkBytes) => {
    expect(readAll(ETHERNET_NS, chunkBytes)).toEqual(readAll(ETHERNET_NS, 4096));
  });

  it('tells a file that ends inside a packet, and keeps the whole ones', () => {
    expect(readAll(ETHERNET_NS.subarray(0, -5), 4096)).toMatchObject({ torn: true, packets: [expected[0]] });
  });

  it('refuses what is no pcap file', () => {
    expect(() => readAll(Buffer.from('0a0d0d0a'.repeat(8), 'hex'), 4096)).toThrow(
      'not a pcap file: it begins with 0a0d0d0a',
    );
    expect(() => readAll(Buffer.alloc(0), 4096)).toThrow('begins with nothing');
  });

  it('reads behind a VLAN tag, and IPv6', () => {
    const frame = ETHERNET_NS.subarray(40, 40 + 74);
    const tagged = Buffer.concat([frame.subarray(0, 12), Buffer.from('8100002a', 'hex'), frame.subarray(12)]);
    expect(parseTcpSegment(tagged, 1)).toEqual(parseTcpSegment(frame, 1));
    const head = Buffer.from(`60000000002806400000000000000000000000000000000a${'0'.repeat(31)}b`, 'hex');
    expect(parseTcpSegment(Buffer.concat([head, frame.subarray(34)]), 101)).toMatchObject({
      sourceAddress: '0:0:0:0:0:0:0:a',
      destinationAddress: '0:0:0:0:0:0:0:b',
      sequence: 883765027,
    });
  });

  it('is null for frames that hold no TCP head', () => {
    const frame = ETHERNET_NS.subarray(40, 40 + 74);
    expect(parseTcpSegment(frame.subarray(0, 46), 1)).toBeNull();
    expect(parseTcpSegment(frame, 147)).toBeNull();
    expect(parseTcpSegment(Buffer.alloc(0), 1)).toBeNull();
  });
});

describe('HandshakeMatcher', () => {
  const at = { sourceAddress: '10.0.0.1', destinationAddress: '10.0.0.2', destinationPort: 80 };
  const syn = (sourcePort: number, sequence: number): TcpSegment => ({
    ...at,
    sourcePort,
    sequence,
    acknowledgement: 0,
    syn: true,
    ack: false,
  });
  const answer = (port: number, acknowledgement: number): TcpSegment => ({
    sourceAddress: at.destinationAddress,
    sourcePort: at.destinationPort,
    destinationAddress: at.sourceAddress,
    destinationPort: port,
    sequence: 9,
    acknowledgement,
    syn: true,
    ack: true,
  });
  const match = (events: readonly (readonly [number, TcpSegment])[]) => {
    const handshakes: Handshake[] = [];
    const matcher = new HandshakeMatcher((one) => handshakes.push({ ...one }));
    for (const [atNs, segment] of events) matcher.push(segment, atNs);
    const early = handshakes.length;
    matcher.finish();
    return {
      early,
      strays: matcher.strayAnswers,
      attempts: handshakes.map(({ durationNs, syns }) => [durationNs, syns]),
    };
  };

  it('pairs two connections whose packets lie across each other', () => {
    const { attempts } = match([
      [0, syn(1, 100)],
      [5, syn(2, 200)],
      [20, answer(2, 201)],
      [30, answer(1, 101)],
    ]);
    expect(attempts).toEqual([
      [30, 1],
      [15, 1],
    ]);
  });

  it('takes a port that is used again, with another number, for another connection', () => {
    const { attempts } = match([
      [0, syn(1, 100)],
      [20, answer(1, 101)],
      [1000, syn(1, 7000)],
      [1040, answer(1, 7001)],
    ]);
    expect(attempts).toEqual([
      [20, 1],
      [40, 1],
    ]);
  });

  it('does not give a late answer to the connection that has the port now', () => {
    const { attempts, strays } = match([
      [0, syn(1, 100)],
      [1000, syn(1, 7000)],
      [1010, answer(1, 101)],
      [1040, answer(1, 7001)],
    ]);
    expect(attempts).toEqual([
      [null, 1],
      [40, 1],
    ]);
    expect(strays).toBe(1);
  });

  it('counts the first SYN to the first answer when the SYN was sent again, before or after the answer', () => {
    const { attempts } = match([
      [0, syn(1, 100)],
      [1e9, syn(1, 100)],
      [1e9 + 20, answer(1, 101)],
      [2e9, syn(2, 5)],
      [2e9 + 10, answer(2, 6)],
      [3e9, syn(2, 5)],
      [3e9 + 10, answer(2, 6)],
    ]);
    expect(attempts).toEqual([
      [1e9 + 20, 2],
      [10, 2],
    ]);
  });

  it('reads numbers that wrap round', () => {
    expect(
      match([
        [0, syn(1, 0xffffffff)],
        [8, answer(1, 0)],
      ]).attempts,
    ).toEqual([[8, 1]]);
  });

  it('leaves a SYN without an answer unanswered, and an answer without a SYN a stray', () => {
    expect(
      match([
        [0, syn(1, 100)],
        [5, answer(3, 44)],
      ]),
    ).toMatchObject({ attempts: [[null, 1]], strays: 1 });
  });

  it('gives connections out when nothing more can happen to them, so that memory does not grow', () => {
    const events = Array.from({ length: 20_000 }, (_, index) => {
      const port = 1024 + (index % 60_000);
      return [[index * 1e6, syn(port, index)] as const, [index * 1e6 + 50, answer(port, index + 1)] as const];
    });
    const { early, attempts } = match(events.flat());
    expect(attempts).toHaveLength(20_000);
    expect(20_000 - early).toBeLessThan(4_100);
  });
});

describe('WireSummary', () => {
  const targets = [
    { id: 'a', address: '10.0.0.1', port: 80 },
    { id: 'b', address: '10.0.0.2', port: 80 },
  ];
  const handshake = (destination: string, durationNs: number | null, syns = 1) => ({
    destination,
    synAtNs: 0,
    durationNs,
    syns,
  });

  it('counts by target what began inside the load phase, and slices it by the second', () => {
    const summary = new WireSummary(targets, { startedAtMs: 10_000, endedAtMs: 12_500 });
    summary.take(handshake('10.0.0.1:80', 20_000), 9_999.9);
    summary.take(handshake('10.0.0.1:80', 20_000), 10_000);
    summary.take(handshake('10.0.0.1:80', 40_000), 12_499);
    summary.take(handshake('10.0.0.2:80', 1e9, 2), 11_000);
    summary.take(handshake('10.0.0.2:80', null), 11_000);
    summary.take(handshake('10.0.0.9:80', 1), 11_000);
    summary.take(handshake('10.0.0.1:80', 20_000), 12_500.1);
    const { targets: found, slices } = summary.result();
    expect(found.map((one) => [one.id, one.handshake.count, one.retransmitted.count, one.unanswered])).toEqual([
      ['a', 2, 0, 0],
      ['b', 0, 1, 1],
    ]);
    expect(slices).toEqual([
      { startMs: 0, connections: 1, p50Us: expect.closeTo(20, 1), p99Us: expect.closeTo(20, 1) },
      { startMs: 2000, connections: 1, p50Us: expect.closeTo(40, 1), p99Us: expect.closeTo(40, 1) },
    ]);
    expect(summary.connections).toBe(4);
  });
});

describe('readCapture', () => {
  it('measures a captured handshake to the nanosecond', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'capture-'));
    try {
      const path = join(directory, 'one.pcap');
      await writeFile(path, ETHERNET_NS);
      const target = { id: 'pod', address: '127.0.0.1', port: 8080 };
      const inside = await readCapture(path, [target], { startedAtMs: 1795258823240, endedAtMs: 1795258824000 });
      expect(inside).toMatchObject({ packets: 2, packetsInPhase: 2, connections: 1, strayAnswers: 0, torn: false });
      const [pod] = inside.targets;
      // 240,304,025 − 240,289,443 ns, as three significant digits hold it.
      expect(pod === undefined ? 0 : quantileUs(decodeHistogram(pod.handshake), 0.5)).toBeCloseTo(14.582, 2);
      const outside = await readCapture(path, [target], { startedAtMs: 1795258823241, endedAtMs: 1795258824000 });
      expect(outside).toMatchObject({ packets: 2, packetsInPhase: 0, connections: 0 });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('the words of tcpdump 4.99.3', () => {
  const listening = 'tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 96 bytes\n';

  it('are understood when it listens, is asked, and ends', () => {
    expect(isListening('tcpdump: eth9: No such device exists\n')).toBe(false);
    expect(isListening(listening)).toBe(true);
    expect(parseLastCounts(listening)).toBeNull();
    const asked = `${listening}tcpdump: 10 packets captured, 16 packets received by filter, 1 packet dropped by kernel\n`;
    expect(parseLastCounts(asked)).toEqual({ captured: 10, received: 16, dropped: 1 });
    const ended = `${asked}16 packets captured\n16 packets received by filter\n0 packets dropped by kernel\n`;
    expect(parseLastCounts(ended)).toEqual({ captured: 16, received: 16, dropped: 0 });
  });

  it('name its version', () => {
    expect(parseTcpdumpVersion('tcpdump version 4.99.3\nlibpcap version 1.10.3 (with TPACKET_V3)\n')).toBe(
      'tcpdump 4.99.3',
    );
  });
});
