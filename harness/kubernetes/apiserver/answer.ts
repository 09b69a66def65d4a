import type { ServerResponse } from 'node:http';
import type { ApiRequest } from './api-request.ts';
import type { Entry } from './entry.ts';
import type { ListPage } from './list-page.ts';
import { renderServed } from './representation.ts';
import { apiVersionOf } from './resource.ts';
import { StatusError } from './status-error.ts';
import { TextStream } from './text-stream.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** How the objects of one request are written. A list is its head, its items with commas between them, and `]}`. */
export interface Format {
  readonly object: (entry: Entry) => string;
  readonly listHead: (metadata: object) => string;
  readonly listItem: (entry: Entry) => string;
}

/** Objects as themselves, in the version that was asked for. */
export function objectFormat({ resource, served }: ApiRequest): Format {
  const object = (entry: Entry) => renderServed(resource, served, entry);
  const head = `{"kind":"${resource.kind}List","apiVersion":"${apiVersionOf(served)}","metadata":`;
  return { object, listHead: (metadata) => `${head}${JSON.stringify(metadata)},"items":[`, listItem: object };
}

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

/** A list is written piece by piece: its whole text never exists. */
export async function sendList(response: ServerResponse, format: Format, page: ListPage): Promise<void> {
  const metadata = {
    resourceVersion: String(page.resourceVersion),
    ...(page.continueToken === '' ? {} : { continue: page.continueToken, remainingItemCount: page.remaining }),
  };
  response.writeHead(200, JSON_TYPE);
  const stream = new TextStream(response);
  stream.add(format.listHead(metadata));
  let separator = '';
  for (const entry of page.entries) {
    if (!stream.isOpen) return;
    stream.add(separator, format.listItem(entry));
    separator = ',';
    if (stream.isFull) await stream.flush();
  }
  stream.add(']}');
  await stream.flush();
  response.end();
}
