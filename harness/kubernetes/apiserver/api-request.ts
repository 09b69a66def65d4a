import type { IncomingHttpHeaders } from 'node:http';
import { findResource, type Resource, type ServedVersion } from './resource.ts';
import { badRequest, pathNotFound } from './status-error.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** A request for objects, understood. */
export interface ApiRequest {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly served: ServedVersion;
  /** "" for all namespaces or a resource that is in none. */
  readonly namespace: string;
  /** "" where the verb is about a collection. */
  readonly name: string;
  readonly subresource: '' | 'status';
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

interface ApiPath {
  readonly resource: Resource;
  readonly served: ServedVersion;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: '' | 'status';
}

/** Method and URL → request. Throws a StatusError for what is not served. */
export function parseApiRequest(method: string, url: URL, headers: IncomingHttpHeaders): ApiRequest {
  const path = parseApiPath(url.pathname);
  return { ...path, verb: verbOf(method, path.name, url.searchParams), query: url.searchParams, headers };
}

function parseApiPath(pathname: string): ApiPath {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodePart);
  const [root, ...rest] = parts;
  const [group, version, ...place] = root === 'api' ? ['', ...rest] : rest;
  if ((root !== 'api' && root !== 'apis') || group === undefined || version === undefined) throw pathNotFound();
  // /namespaces/<ns>/<plural>… is a place inside a Namespace; /namespaces/<name>[/status] is a Namespace itself.
  const inside = place[0] === 'namespaces' && place.length >= 3 && place[2] !== 'status';
  const [plural = '', name = '', subresource = '', ...more] = inside ? place.slice(2) : place;
  const found = findResource(group, version, plural);
  if (found === null || more.length > 0 || (subresource !== '' && subresource !== 'status')) throw pathNotFound();
  if (found.resource.namespaced !== inside && (inside || name !== '')) throw pathNotFound();
  return { ...found, namespace: inside ? (place[1] ?? '') : '', name, subresource };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`invalid URL escape in "${part.slice(0, 100)}"`);
  }
}

function verbOf(method: string, name: string, query: URLSearchParams): Verb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return isTrue(query.get('watch')) ? 'watch' : name === '' ? 'list' : 'get';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete';
    default:
      throw badRequest(`method ${method} is not supported`);
  }
}

/** Go's strconv.ParseBool, as far as clients use it. */
export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === 'True';
}

/** A decimal parameter; `null` when it is not given. Throws 400 for anything else. */
export function parseCount(query: URLSearchParams, parameter: string): number | null {
  const text = query.get(parameter);
  if (text === null || text === '') return null;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${parameter}: Invalid value: ${JSON.stringify(text.slice(0, 100))}`);
  return Number(text);
}
