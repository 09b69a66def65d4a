import type { ServerResponse } from 'node:http';
import type { ApiRequest } from './api-request.ts';
import type { Entry } from './entry.ts';
import type { ListPage } from './list-page.ts';
import { chooseRepresentation } from './media-type.ts';
import { renderServed } from './representation.ts';
import { apiVersionOf } from './resource.ts';
import { StatusError } from './status-error.ts';
import { renderTableHead, renderTableRow, TABLE_TAIL } from './table.ts';
import { TextStream } from './text-stream.ts';
import type { RenderObject } from './watch.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

export function sendJson(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { ...JSON_TYPE, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** A StatusError as it is; anything else is our bug and a 500. */
export function sendError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof StatusError ? error : new StatusError(500, 'InternalError', `Internal error occurred: ${error}`);
  const { code, details } = known.status;
  const retryAfterS = details?.retryAfterSeconds;
  if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS));
  sendJson(response, code, JSON.stringify(known.status));
}

/** How one object is written for this request: as itself, or as a table of one row. */
export function makeRenderer(request: ApiRequest): RenderObject {
  const { resource, served } = request;
  if (chooseRepresentation(request.headers.accept) === 'object') {
    return (entry) => renderServed(resource, served, entry);
  }
  return (entry) => {
    const head = renderTableHead(resource, { resourceVersion: String(entry.resourceVersion) });
    return `${head}${renderTableRow(resource, served, entry)}${TABLE_TAIL}`;
  };
}

export function sendObject(response: ServerResponse, request: ApiRequest, code: number, entry: Entry): void {
  sendJson(response, code, makeRenderer(request)(entry));
}

/** A list is written piece by piece: its whole text never exists. */
export async function sendList(response: ServerResponse, request: ApiRequest, page: ListPage): Promise<void> {
  const { resource, served } = request;
  const isTable = chooseRepresentation(request.headers.accept) === 'table';
  const metadata = {
    resourceVersion: String(page.resourceVersion),
    ...(page.continueToken === '' ? {} : { continue: page.continueToken, remainingItemCount: page.remaining }),
  };
  const head = `{"kind":"${resource.kind}List","apiVersion":"${apiVersionOf(served)}","metadata":${JSON.stringify(metadata)},"items":[`;
  response.writeHead(200, JSON_TYPE);
  const stream = new TextStream(response);
  stream.add(isTable ? renderTableHead(resource, metadata) : head);
  let separator = '';
  for (const entry of page.entries) {
    if (!stream.isOpen) return;
    stream.add(separator, isTable ? renderTableRow(resource, served, entry) : renderServed(resource, served, entry));
    separator = ',';
    if (stream.isFull) await stream.flush();
  }
  stream.add(TABLE_TAIL);
  await stream.flush();
  response.end();
}
