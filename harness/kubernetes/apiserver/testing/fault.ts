import type { ApiRequest, Verb } from '../api-request.ts';
import type { ResourceName } from '../resource.ts';

/** What an API server may do to its clients on a bad day. Used to try the harness and kube-proxy against it. */
export type Fault =
  /** Answers, but that much later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Answers with this status code instead; 429 and 503 may say when to come again. */
  | { readonly kind: 'status'; readonly code: number; readonly retryAfterS?: number }
  /** Breaks the connection without an answer. */
  | { readonly kind: 'disconnect' }
  /** Lets a watch run and breaks it after that time. */
  | { readonly kind: 'drop-watch'; readonly afterMs: number };

export interface FaultRequest {
  readonly verb: Verb;
  readonly resource: ResourceName;
  readonly namespace: string;
  readonly name: string;
}

/** Asked before every request for objects; `null` lets it pass. Changing what it answers while the server runs is the way to script a bad day. */
export type FaultPlan = (request: FaultRequest) => Fault | null;

export function describeForFaults(request: ApiRequest): FaultRequest {
  return { verb: request.verb, resource: request.resource.plural, namespace: request.namespace, name: request.name };
}
