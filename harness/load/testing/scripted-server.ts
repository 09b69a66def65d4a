import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const BODY = 'scripted\n';

/** What the server does with one request. */
export type Act =
  | 'answer'
  | 'answer-and-say-close'
  | 'answer-and-close-silently'
  | 'answer-in-pieces'
  | 'answer-after-50-ms'
  | 'answer-then-more'
  | 'status-500'
  | 'wrong-body'
  | 'chunked'
  | 'garbage'
  | 'close-unanswered'
  | 'half-then-close'
  | 'half-then-reset'
  | 'reset'
  | 'hang';

/** What the server saw; the other side of the client's account. */
interface Seen {
  connections: number;
  requests: number;
  /** Connections on which the client closed before the server did. */
  clientClosedFirst: number;
  /** Most connections open at once. */
  peakOpen: number;
  open: number;
  readonly requestsPerConnection: number[];
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  readonly seen: Seen;
}

function format(status: string, body: string, more: readonly string[] = []): string {
  const fields = [`Content-Length: ${body.length}`, 'X-Backend: scripted', ...more];
  return [`HTTP/1.1 ${status}`, ...fields, '', body].join('\r\n');
}

/** Pieces of 7 bytes, a turn of the event loop apart: field names, line ends and the body are all cut somewhere. */
async function drip(socket: Socket, text: string): Promise<void> {
  for (let start = 0; start < text.length; start += 7) {
    socket.write(text.slice(start, start + 7));
    await sleep(0);
  }
}

const PLAY: Readonly<Record<Act, (socket: Socket) => void>> = {
  answer: (socket) => socket.write(format('200 OK', BODY)),
  'answer-and-say-close': (socket) => socket.end(format('200 OK', BODY, ['Connection: close'])),
  'answer-and-close-silently': (socket) => socket.end(format('200 OK', BODY)),
  'answer-in-pieces': (socket) => void drip(socket, format('200 OK', BODY)),
  'answer-after-50-ms': (socket) => void setTimeout(() => socket.write(format('200 OK', BODY)), 50),
  'answer-then-more': (socket) => {
    socket.write(format('200 OK', BODY));
    setTimeout(() => socket.write('nobody asked'), 10);
  },
  'status-500': (socket) => socket.write(format('500 Oops', 'oops')),
  'wrong-body': (socket) => socket.write(format('200 OK', BODY.toUpperCase())),
  chunked: (socket) => socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n${BODY}\r\n0\r\n\r\n`),
  garbage: (socket) => socket.write('SSH-2.0-OpenSSH\r\n'),
  'close-unanswered': (socket) => socket.end(),
  'half-then-close': (socket) => socket.end(format('200 OK', BODY).slice(0, 40)),
  'half-then-reset': (socket) => {
    socket.write(format('200 OK', BODY).slice(0, 40));
    setTimeout(() => socket.resetAndDestroy(), 5);
  },
  reset: (socket) => socket.resetAndDestroy(),
  hang: () => {},
};

/** A real TCP server on the loopback that does what `script` says to request number n (over all connections, from 0). It honours `Connection: close`. */
export async function startScriptedServer(script: (request: number) => Act): Promise<ScriptedServer> {
  const seen: Seen = {
    connections: 0,
    requests: 0,
    clientClosedFirst: 0,
    peakOpen: 0,
    open: 0,
    requestsPerConnection: [],
  };
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, script, seen);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, script: (request: number) => Act, seen: Seen): void {
  const number = seen.connections;
  seen.connections += 1;
  seen.open += 1;
  seen.peakOpen = Math.max(seen.peakOpen, seen.open);
  seen.requestsPerConnection[number] = 0;
  socket.on('data', (bytes) => {
    const act = script(seen.requests);
    seen.requests += 1;
    seen.requestsPerConnection[number] = (seen.requestsPerConnection[number] ?? 0) + 1;
    PLAY[act](socket);
    if (act === 'answer' && bytes.includes('Connection: close')) socket.end();
  });
  socket.on('end', () => {
    if (!socket.writableEnded) seen.clientClosedFirst += 1;
    socket.end();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    seen.open -= 1;
  });
}
