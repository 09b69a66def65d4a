import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge, unsupportedMediaType } from './status-error.ts';

/** The limit of Kubernetes' own server (k8s.io/apiserver: MaxRequestBodyBytes). */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** The body as JSON; `undefined` when there is none. Throws 413 and 400. */
export async function readJsonBody(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** "application/json; charset=utf-8" → "application/json". */
export function contentTypeOf(message: IncomingMessage): string {
  return (message.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

export async function readObjectBody(message: IncomingMessage): Promise<unknown> {
  const type = contentTypeOf(message);
  if (type !== '' && type !== 'application/json') throw unsupportedMediaType(['application/json']);
  return readJsonBody(message);
}
