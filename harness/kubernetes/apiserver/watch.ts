import { type ApiRequest, isTrue, parseCount } from './api-request.ts';
import type { Entry } from './entry.ts';
import type { Change, ChangeType, EventLog } from './event-log.ts';
import { makeObjectFilter, type ObjectFilter } from './object-filter.ts';
import { apiVersionOf } from './resource.ts';
import { badRequest, tooOldResourceVersion } from './status-error.ts';
import type { Store } from './store.ts';
import type { TextStream } from './text-stream.ts';
import { WatchBell } from './watch-bell.ts';

/** Where a watch begins and what it is about. */
export interface WatchPlan {
  /** The state that is sent first as ADDED events; `null` when the client knows it already. */
  readonly initial: readonly Entry[] | null;
  /** Changes after this version are sent. */
  readonly afterVersion: number;
  /** Ends the initial state with a bookmark that says so (client-go's WatchList). */
  readonly marksInitialEnd: boolean;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
  readonly isSelected: ObjectFilter;
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Query → plan (semantics: kubernetes.io/docs/reference/using-api/api-concepts, KEP-3157). */
export function planWatch(store: Store, request: ApiRequest): WatchPlan {
  const { query, resource, served } = request;
  const fieldSelector = request.name === '' ? (query.get('fieldSelector') ?? '') : `metadata.name=${request.name}`;
  const isSelected = makeObjectFilter(resource, served, {
    namespace: request.namespace,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector,
  });
  const version = parseCount(query, 'resourceVersion') ?? 0;
  const sendInitial = readSendInitialEvents(query);
  const snapshot = store.snapshot(resource.plural);
  const wantsInitial = sendInitial ?? version === 0;
  return {
    initial: wantsInitial ? snapshot.entries : null,
    afterVersion: wantsInitial || version === 0 ? snapshot.resourceVersion : version,
    marksInitialEnd: sendInitial === true,
    bookmarks: isTrue(query.get('allowWatchBookmarks')),
    // The default of the real server is a random time between 30 and 60 minutes.
    timeoutMs: (parseCount(query, 'timeoutSeconds') ?? 1800) * 1000,
    isSelected,
  };
}

function readSendInitialEvents(query: URLSearchParams): boolean | null {
  const match = query.get('resourceVersionMatch') ?? '';
  const text = query.get('sendInitialEvents');
  if (text === null) {
    if (match !== '')
      throw badRequest('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    return null;
  }
  if (match !== 'NotOlderThan') {
    throw badRequest('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  return isTrue(text);
}

/** How a watch writes an object: as itself or as a table. */
export type RenderObject = (entry: Entry) => string;

/**
 * Tells the watch until its time is up, the client leaves or `signal` aborts. A client that reads too slowly costs nothing: it holds a
 * position in the log, and when that is gone it gets 410 as an ERROR event and has to list again.
 */
export async function runWatch(
  { store, request, plan, render }: { store: Store; request: ApiRequest; plan: WatchPlan; render: RenderObject },
  stream: TextStream,
  { signal, bookmarkIntervalMs }: { signal: AbortSignal; bookmarkIntervalMs: number },
): Promise<void> {
  const collection = store.collection(request.resource.plural);
  using bell = new WatchBell({ signal, timeoutMs: plan.timeoutMs, bookmarkIntervalMs });
  using _subscription = collection.onChange(() => bell.wake());
  await sendInitial(plan, render, stream, request);
  let position = collection.log.positionAfter(plan.afterVersion);
  while (stream.isOpen && !bell.isOver) {
    position = await tellChanges(collection.log, position, { plan, render, stream });
    if (position === null) break;
    // A bookmark promises that everything before it was sent: nothing is left here, and nothing is awaited in between.
    if (bell.takeBookmark()) addBookmark(stream, request, plan, store.version);
    else await bell.next();
  }
  if (position === null) addExpired(stream, plan.afterVersion, collection.log.oldestVersion);
  else if (position === collection.log.end) addBookmark(stream, request, plan, store.version);
  await stream.flush();
}

/** Tells all changes from the position on, and returns the position at the end of the log; `null` when changes are gone. */
async function tellChanges(
  log: EventLog,
  start: number | null,
  { plan, render, stream }: { plan: WatchPlan; render: RenderObject; stream: TextStream },
): Promise<number | null> {
  let position = start;
  while (position !== null && stream.isOpen) {
    if (position === log.end) {
      await stream.flush();
      if (position === log.end) return position;
    }
    const change = log.at(position);
    if (change === null || change === undefined) return null;
    addChange(stream, change, plan, render);
    position += 1;
    if (stream.isFull) await stream.flush();
  }
  return position;
}

async function sendInitial(
  plan: WatchPlan,
  render: RenderObject,
  stream: TextStream,
  request: ApiRequest,
): Promise<void> {
  for (const entry of plan.initial ?? []) {
    if (!stream.isOpen) return;
    if (!plan.isSelected(entry)) continue;
    addEvent(stream, 'ADDED', render(entry));
    if (stream.isFull) await stream.flush();
  }
  if (!plan.marksInitialEnd) return;
  addEvent(stream, 'BOOKMARK', renderBookmark(request, plan.afterVersion, { [INITIAL_EVENTS_END]: 'true' }));
}

/** A change as this watch sees it: an object that leaves the selection was deleted for it, one that enters was added. */
function addChange(stream: TextStream, change: Change, plan: WatchPlan, render: RenderObject): void {
  const is = change.type !== 'DELETED' && plan.isSelected(change.entry);
  const was = change.previous !== null && plan.isSelected(change.previous);
  const type: ChangeType | null = is ? (was ? 'MODIFIED' : 'ADDED') : was ? 'DELETED' : null;
  if (type === null) return;
  // An object that a selector no longer matches is sent as it last matched, under the version of the change that took it out.
  const entry =
    type === 'DELETED' && change.previous !== null
      ? { ...change.previous, resourceVersion: change.entry.resourceVersion }
      : change.entry;
  addEvent(stream, type, render(entry));
}

function addEvent(stream: TextStream, type: ChangeType | 'BOOKMARK' | 'ERROR', object: string): void {
  stream.add(`{"type":"${type}","object":`, object, '}\n');
}

function addBookmark(stream: TextStream, request: ApiRequest, plan: WatchPlan, version: number): void {
  if (plan.bookmarks) addEvent(stream, 'BOOKMARK', renderBookmark(request, version, {}));
}

function renderBookmark(request: ApiRequest, version: number, annotations: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    kind: request.resource.kind,
    apiVersion: apiVersionOf(request.served),
    metadata: { resourceVersion: String(version), creationTimestamp: null, annotations },
  });
}

function addExpired(stream: TextStream, asked: number, oldest: number): void {
  addEvent(stream, 'ERROR', JSON.stringify(tooOldResourceVersion(asked, oldest).status));
}
