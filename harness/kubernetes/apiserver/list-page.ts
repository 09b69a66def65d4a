import type { ApiRequest } from './api-request.ts';
import { parseCount } from './api-request.ts';
import type { Entry } from './entry.ts';
import { makeObjectFilter } from './object-filter.ts';
import { badRequest, expiredContinue, tooLargeResourceVersion, tooOldResourceVersion } from './status-error.ts';
import type { Store } from './store.ts';

/** One page of a list: which entries, at which resourceVersion, and what follows. */
export interface ListPage {
  readonly resourceVersion: number;
  readonly entries: readonly Entry[];
  /** Token of the next page; "" on the last. */
  readonly continueToken: string;
  readonly remaining: number;
}

/** What the opaque `continue` token holds. */
interface Position {
  readonly version: number;
  readonly afterKey: string;
}

/** Query → page. All pages of one list show the same resourceVersion, or the list has to be started again (410). */
export function readListPage(store: Store, request: ApiRequest): ListPage {
  const { query, resource } = request;
  const collection = store.collection(resource.plural);
  const limit = parseCount(query, 'limit') ?? 0;
  const token = query.get('continue') ?? '';
  const position = token === '' ? null : parseContinueToken(token);
  const snapshot = position === null ? store.snapshot(resource.plural) : collection.kept(position.version);
  if (snapshot === null) throw expiredContinue();
  if (position === null) requireVersion(store, request);

  const isSelected = makeObjectFilter(resource, request.served, {
    namespace: request.namespace,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  });
  const afterKey = position?.afterKey ?? '';
  const selected = snapshot.entries.filter((entry) => (afterKey === '' || entry.key > afterKey) && isSelected(entry));
  const entries = limit === 0 ? selected : selected.slice(0, limit);
  const remaining = selected.length - entries.length;
  const last = entries.at(-1);
  if (remaining === 0 || last === undefined) {
    return { resourceVersion: snapshot.resourceVersion, entries, continueToken: '', remaining: 0 };
  }
  collection.keep(snapshot);
  const continueToken = formatContinueToken({ version: snapshot.resourceVersion, afterKey: last.key });
  return { resourceVersion: snapshot.resourceVersion, entries, continueToken, remaining };
}

/** A list is as new as the last write; only an exact older version, or one from the future, cannot be had. */
function requireVersion(store: Store, request: ApiRequest): void {
  const asked = parseCount(request.query, 'resourceVersion') ?? 0;
  if (asked > store.version) throw tooLargeResourceVersion(asked, store.version);
  const match = request.query.get('resourceVersionMatch') ?? '';
  if (match === 'Exact' && asked !== store.version) throw tooOldResourceVersion(asked, store.version);
  if (match !== '' && match !== 'Exact' && match !== 'NotOlderThan') {
    throw badRequest(`resourceVersionMatch: Unsupported value: ${JSON.stringify(match)}`);
  }
}

function formatContinueToken(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function parseContinueToken(token: string): Position {
  try {
    const { version, afterKey } = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof version === 'number' && typeof afterKey === 'string') return { version, afterKey };
  } catch {
    // Not ours: falls through to the same answer as a token of the wrong shape.
  }
  throw badRequest('continue key is not valid: malformed value');
}
