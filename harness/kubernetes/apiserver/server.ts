import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EnvironmentError } from '../../errors.ts';
import { sendError } from './answer.ts';
import { parseApiRequest } from './api-request.ts';
import type { Exchange, Handler } from './handler.ts';
import { answerObjectRequests } from './object-requests.ts';
import { badRequest, methodNotAllowed } from './status-error.ts';
import { Store, type StoreOptions } from './store.ts';

export interface ApiServerOptions extends StoreOptions {
  /** Address to listen on; the laboratory's own loopback or bridge. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Asked in this order until one answers. Default: what kube-proxy needs. */
  readonly handlers?: readonly Handler[];
}

/** The running server. Disposing ends every watch and connection. */
export interface ApiServer extends AsyncDisposable {
  /** Base address such as http://127.0.0.1:45123, without a slash at its end. */
  readonly url: string;
  /** Reading and writing from inside this process; what it writes is what clients see. */
  readonly store: Store;
}

/**
 * An API server for the laboratory: plain HTTP and JSON, in memory, no authentication, so it must listen only where nobody else can reach it.
 * It serves what kube-proxy asks for; testing/full-server.ts serves kubectl and the client library too.
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const store = new Store(options);
  const handlers = options.handlers ?? [answerObjectRequests()];
  const stop = new AbortController();
  const server = createServer((message, response) => {
    void answer({ store, message, response, stopping: stop.signal }, handlers);
  });
  // Watches are open for hours without a byte from the client.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 120_000;
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    store,
    async [Symbol.asyncDispose]() {
      stop.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, { host, port }: ApiServerOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      const message = `the embedded API server cannot listen on ${host}:${port}: ${why}`;
      reject(new EnvironmentError(message, 'leave the port to the program (0), or free it', { cause: error }));
    });
    server.listen(port, host, () => resolve());
  });
}

async function answer(asked: Omit<Exchange, 'url'>, handlers: readonly Handler[]): Promise<void> {
  const { message, response } = asked;
  try {
    const exchange = { ...asked, url: parseUrl(message.url ?? '/') };
    for (const handler of handlers) if (await handler(exchange)) return;
    const { resource, verb } = parseApiRequest(message.method ?? 'GET', exchange.url, message.headers);
    throw methodNotAllowed(resource, verb);
  } catch (error) {
    // Once an answer has begun, only breaking it off tells the client that it is not whole.
    if (response.headersSent) response.destroy();
    else sendError(response, error);
  }
}

function parseUrl(text: string): URL {
  if (!text.startsWith('/') || !URL.canParse(text, 'http://server')) throw badRequest('the request target is no path');
  return new URL(`http://server${text}`);
}
