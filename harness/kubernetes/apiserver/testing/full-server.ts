import type { Socket } from 'node:net';
import { type Format, objectFormat, sendJson, sendList } from '../answer.ts';
import { type ApiRequest, parseApiRequest } from '../api-request.ts';
import type { Exchange, Handler } from '../handler.ts';
import { answerObjectRequests } from '../object-requests.ts';
import { contentTypeOf, readJsonBody, readObjectBody } from '../request-body.ts';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../server.ts';
import { success } from '../status-error.ts';
import { readDiscovery } from './discovery.ts';
import type { FaultPlan } from './fault.ts';
import { chooseRepresentation } from './media-type.ts';
import { deleteObject, deleteObjects, patchObject, updateObject } from './object-writes.ts';
import { sufferFaults } from './suffer-faults.ts';
import { tableFormat } from './table.ts';

export interface FullApiServerOptions extends Omit<ApiServerOptions, 'handlers'> {
  readonly bookmarkIntervalMs?: number;
  readonly faults?: FaultPlan;
}

export interface FullApiServer extends ApiServer {
  /** Watches that are open now. */
  readonly openWatches: number;
  /** Breaks every connection off, as a server that dies does; it goes on listening. */
  breakConnections(): void;
}

/**
 * The laboratory's API server as kubectl and the client library know one: with discovery, every write, tables, and faults on request.
 * Not covered: server-side apply, protobuf, admission, finalizers, aggregated discovery and schemas.
 */
export async function startFullApiServer(options: FullApiServerOptions): Promise<FullApiServer> {
  const connections = new Connections();
  const { faults = () => null, bookmarkIntervalMs } = options;
  const interval = bookmarkIntervalMs === undefined ? {} : { bookmarkIntervalMs };
  const handlers = [
    connections.handler,
    answerDiscovery,
    sufferFaults(faults),
    answerObjectRequests({ ...interval, formatOf }),
    answerWrites,
  ];
  const server = await startApiServer({ ...options, handlers });
  return {
    ...server,
    get openWatches() {
      return connections.openWatches;
    },
    breakConnections: () => connections.break(),
  };
}

class Connections {
  readonly #sockets = new Set<Socket>();
  openWatches = 0;

  readonly handler: Handler = async ({ message: { socket }, response, url }) => {
    if (!this.#sockets.has(socket)) socket.once('close', () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    if (!url.searchParams.has('watch')) return false;
    this.openWatches += 1;
    response.once('close', () => {
      this.openWatches -= 1;
    });
    return false;
  };

  break(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function formatOf(request: ApiRequest): Format {
  return chooseRepresentation(request.headers.accept) === 'table' ? tableFormat(request) : objectFormat(request);
}

const answerDiscovery: Handler = async ({ message, response, url }) => {
  const document = message.method === 'GET' ? readDiscovery(url.pathname.replace(/(.)\/$/, '$1')) : null;
  if (document === null) return false;
  if (typeof document === 'string') response.end(document);
  else sendJson(response, 200, JSON.stringify(document));
  return true;
};

const answerWrites: Handler = async (exchange) => {
  const { store, message, response, url } = exchange;
  const request = parseApiRequest(message.method ?? 'GET', url, message.headers);
  switch (request.verb) {
    case 'update': {
      const updated = updateObject(store, request, await readObjectBody(message));
      sendJson(response, 200, formatOf(request).object(updated));
      return true;
    }
    case 'patch': {
      const patched = patchObject(store, request, await readJsonBody(message), contentTypeOf(message));
      sendJson(response, 200, formatOf(request).object(patched));
      return true;
    }
    case 'delete': {
      const { name, uid } = deleteObject(store, request, await readJsonBody(message));
      sendJson(response, 200, JSON.stringify(success(request.resource, name, uid)));
      return true;
    }
    case 'deletecollection':
      await deleteCollection(exchange, request);
      return true;
    default:
      return false;
  }
};

async function deleteCollection({ store, message, response }: Exchange, request: ApiRequest): Promise<void> {
  const entries = deleteObjects(store, request, await readJsonBody(message));
  const page = { resourceVersion: store.version, entries, continueToken: '', remaining: 0 };
  await sendList(response, formatOf(request), page);
}
