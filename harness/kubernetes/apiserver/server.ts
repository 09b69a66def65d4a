import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnvironmentError } from '../../errors.ts';
import { makeRenderer, sendError, sendJson, sendList, sendObject } from './answer.ts';
import { type ApiRequest, parseApiRequest } from './api-request.ts';
import { readDiscovery } from './discovery.ts';
import { describeForFaults, type Fault, type FaultPlan } from './fault.ts';
import { readListPage } from './list-page.ts';
import { createObject, deleteObject, deleteObjects, patchObject, updateObject } from './object-writes.ts';
import { contentTypeOf, readJsonBody } from './request-body.ts';
import { badRequest, StatusError, success, unsupportedMediaType } from './status-error.ts';
import { Store, type StoreOptions } from './store.ts';
import { TextStream } from './text-stream.ts';
import { planWatch, runWatch } from './watch.ts';

export interface ApiServerOptions extends StoreOptions {
  /** Address to listen on; the laboratory's own loopback or bridge. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** How often an idle watch gets the current resourceVersion. Default one minute, as Kubernetes has it. */
  readonly bookmarkIntervalMs?: number;
  readonly faults?: FaultPlan;
}

/** The running server. Disposing ends every watch and connection. */
export interface ApiServer extends AsyncDisposable {
  /** Base address such as http://127.0.0.1:45123, without a slash at its end. */
  readonly url: string;
  /** Reading and writing from inside this process; what it writes is what clients see. */
  readonly store: Store;
  /** Watches that are open now. */
  readonly openWatches: number;
  /** Breaks every connection off, as a server that dies does; it goes on listening. */
  breakConnections(): void;
}

/**
 * An API server for the laboratory: plain HTTP and JSON, in memory, no authentication, so it must listen only where nobody else can reach it.
 * Not covered: server-side apply, protobuf, admission, finalizers, aggregated discovery and schemas.
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const store = new Store(options);
  const service = new RequestService(store, options);
  const server = createServer((message, response) => void service.answer(message, response));
  // Watches are open for hours without a byte from the client.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 120_000;
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    store,
    get openWatches() {
      return service.openWatches;
    },
    breakConnections() {
      server.closeAllConnections();
    },
    async [Symbol.asyncDispose]() {
      service.stop();
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

class RequestService {
  readonly #store: Store;
  readonly #faults: FaultPlan;
  readonly #bookmarkIntervalMs: number;
  readonly #stopping = new AbortController();
  #watches = 0;

  constructor(store: Store, options: ApiServerOptions) {
    this.#store = store;
    this.#faults = options.faults ?? (() => null);
    this.#bookmarkIntervalMs = options.bookmarkIntervalMs ?? 60_000;
  }

  get openWatches(): number {
    return this.#watches;
  }

  stop(): void {
    this.#stopping.abort();
  }

  async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(message, response);
    } catch (error) {
      // Once an answer has begun, only breaking it off tells the client that it is not whole.
      if (response.headersSent) response.destroy();
      else sendError(response, error);
    }
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = parseUrl(message.url ?? '/');
    const document = message.method === 'GET' ? readDiscovery(url.pathname.replace(/(.)\/$/, '$1')) : null;
    if (typeof document === 'string') return void response.end(document);
    if (document !== null) return sendJson(response, 200, JSON.stringify(document));
    const request = parseApiRequest(message.method ?? 'GET', url, message.headers);
    const fault = this.#faults(describeForFaults(request));
    if (fault !== null && (await suffer(fault, response)) === 'answered') return;
    await this.#serve(request, message, response);
  }

  async #serve(request: ApiRequest, message: IncomingMessage, response: ServerResponse): Promise<void> {
    const store = this.#store;
    switch (request.verb) {
      case 'get':
        return sendObject(response, request, 200, store.entry(request.resource.plural, request));
      case 'list':
        return sendList(response, request, readListPage(store, request));
      case 'watch':
        return this.#watch(request, response);
      case 'create':
        return sendObject(response, request, 201, createObject(store, request, await readObjectBody(message)));
      case 'update':
        return sendObject(response, request, 200, updateObject(store, request, await readObjectBody(message)));
      case 'patch': {
        const body = await readJsonBody(message);
        return sendObject(response, request, 200, patchObject(store, request, body, contentTypeOf(message)));
      }
      case 'delete': {
        const entry = deleteObject(store, request, await readJsonBody(message));
        return sendJson(response, 200, JSON.stringify(success(request.resource, entry.name, entry.uid)));
      }
      case 'deletecollection': {
        const entries = deleteObjects(store, request, await readJsonBody(message));
        return sendList(response, request, {
          resourceVersion: store.version,
          entries,
          continueToken: '',
          remaining: 0,
        });
      }
    }
  }

  async #watch(request: ApiRequest, response: ServerResponse): Promise<void> {
    const plan = planWatch(this.#store, request);
    const render = makeRenderer(request);
    const left = new AbortController();
    response.once('close', () => left.abort());
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const signal = AbortSignal.any([left.signal, this.#stopping.signal]);
    const options = { signal, bookmarkIntervalMs: this.#bookmarkIntervalMs };
    this.#watches += 1;
    try {
      await runWatch({ store: this.#store, request, plan, render }, new TextStream(response), options);
    } finally {
      this.#watches -= 1;
    }
    response.end();
  }
}

function parseUrl(text: string): URL {
  if (!text.startsWith('/') || !URL.canParse(text, 'http://server')) throw badRequest('the request target is no path');
  return new URL(`http://server${text}`);
}

async function readObjectBody(message: IncomingMessage): Promise<unknown> {
  const type = contentTypeOf(message);
  if (type !== '' && type !== 'application/json') throw unsupportedMediaType(['application/json']);
  return readJsonBody(message);
}

/** Does what the fault says; `answered` when nothing is left to do for the request. */
async function suffer(fault: Fault, response: ServerResponse): Promise<'answered' | 'go-on'> {
  switch (fault.kind) {
    case 'delay':
      await sleep(fault.delayMs);
      return response.destroyed ? 'answered' : 'go-on';
    case 'disconnect':
      response.destroy();
      return 'answered';
    case 'drop-watch': {
      const timer = setTimeout(() => response.destroy(), fault.afterMs);
      response.once('close', () => clearTimeout(timer));
      return 'go-on';
    }
    case 'status': {
      const details = fault.retryAfterS === undefined ? {} : { retryAfterSeconds: fault.retryAfterS };
      const reason = FAULT_REASONS.get(fault.code) ?? 'InternalError';
      sendError(response, new StatusError(fault.code, reason, 'a fault that was asked for', details));
      return 'answered';
    }
  }
}

const FAULT_REASONS = new Map([
  [409, 'Conflict'],
  [410, 'Expired'],
  [429, 'TooManyRequests'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
]);
