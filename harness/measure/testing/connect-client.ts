import { connect } from 'node:net';
import { encodeHistogram, makeHistogram, recordUs, type StoredHistogram } from '../../model/histogram.ts';

/**
 * A client of its own for trying the wire capture, apart from the load engines: `connect-client.ts ADDRESS PORT RATE SECONDS` opens a connection for
 * every request at a constant rate and prints one JSON line. Its times are from connect() to the event.
 */
export interface ConnectResult {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly connections: number;
  readonly failures: number;
  readonly connect: StoredHistogram;
}

function request(address: string, port: number, onConnect: (us: number) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const socket = connect(port, address, () => {
      onConnect((performance.now() - startedMs) * 1000);
      socket.write(`GET / HTTP/1.1\r\nhost: ${address}\r\nconnection: close\r\n\r\n`);
    });
    socket.setNoDelay(true).resume();
    socket.on('end', () => resolve(true)).on('error', () => resolve(false));
  });
}

async function run(address: string, port: number, rateRps: number, seconds: number): Promise<ConnectResult> {
  const histogram = makeHistogram();
  const total = Math.round(rateRps * seconds);
  const requests: Promise<boolean>[] = [];
  const startedAtMs = performance.timeOrigin + performance.now();
  const originMs = performance.now();
  while (requests.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - originMs) * rateRps) / 1000) + 1);
    while (requests.length < due) requests.push(request(address, port, (us) => recordUs(histogram, us)));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const ended = await Promise.all(requests);
  const endedAtMs = performance.timeOrigin + performance.now();
  const failures = ended.filter((ok) => !ok).length;
  return { startedAtMs, endedAtMs, connections: total, failures, connect: encodeHistogram(histogram) };
}

if (import.meta.main) {
  const [address = '', port = '', rate = '', seconds = ''] = process.argv.slice(2);
  console.log(JSON.stringify(await run(address, Number(port), Number(rate), Number(seconds))));
}
