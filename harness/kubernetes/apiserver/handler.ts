import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Store } from './store.ts';

/** One request to an API server, and what is needed to answer it. */
export interface Exchange {
  readonly store: Store;
  readonly url: URL;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

/** Answers the request, or leaves it to the next handler: then it gives `false`. Throws a StatusError for what must not be asked. */
export type Handler = (exchange: Exchange) => Promise<boolean>;
