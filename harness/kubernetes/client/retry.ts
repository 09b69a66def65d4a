import { setTimeout as delay } from 'node:timers/promises';
import { ApiException } from '@kubernetes/client-node';
import type { Random } from '../../model/random.ts';
import { fieldAt } from '../apiserver/kubernetes-object.ts';

export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  /** Spreads retries, so that many clients do not come again at the same moment. */
  readonly random: Random;
  readonly sleep: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  attempts: 8,
  firstDelayMs: 100,
  maxDelayMs: 10_000,
  random: Math.random,
  sleep: async (delayMs, signal) => {
    await delay(delayMs, undefined, signal === undefined ? {} : { signal });
  },
};

/** What a failed request to an API server means for whoever sent it. */
export type ApiFailure =
  | { readonly kind: 'passing'; readonly retryAfterMs: number | null; readonly message: string }
  | { readonly kind: 'not-found' | 'already-exists' | 'final'; readonly message: string };

const PASSING_CODES: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Error of a client → what it means. Lost connections are passing troubles; what is no API error at all is final. */
export function classifyApiFailure(error: unknown): ApiFailure {
  if (!(error instanceof ApiException)) {
    const message = describeNetworkError(error);
    return message === null
      ? { kind: 'final', message: String(error) }
      : { kind: 'passing', retryAfterMs: null, message };
  }
  const body = parseStatus(error.body);
  const message = `${error.code}: ${shorten(String(fieldAt(body, 'message') ?? 'no message'))}`;
  const reason = fieldAt(body, 'reason');
  if (error.code === 404) return { kind: 'not-found', message };
  if (error.code === 409 && reason === 'AlreadyExists') return { kind: 'already-exists', message };
  // A full range of Services is reported as an internal error, and stays full.
  if (error.code === 500 && /range is full/.test(message)) return { kind: 'final', message };
  if (error.code === 409 || PASSING_CODES.has(error.code)) {
    return { kind: 'passing', retryAfterMs: parseRetryAfterMs(error.headers['retry-after']), message };
  }
  return { kind: 'final', message };
}

/** An API server may quote the whole object that it refuses, 5,000 characters of it; what it says of it is at both ends. */
function shorten(text: string): string {
  return text.length <= 700 ? text : `${text.slice(0, 400)} … ${text.slice(-250)}`;
}

function parseStatus(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    return { message: body.slice(0, 500) };
  }
}

/** Seconds only: API servers send no dates. */
function parseRetryAfterMs(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}

/** fetch wraps what happened to the connection into a TypeError with a cause. */
function describeNetworkError(error: unknown): string | null {
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return null;
  const code = 'code' in error.cause ? String(error.cause.code) : error.cause.name;
  return `${error.message}: ${code}`;
}

/** Milliseconds before the next try: exponential with full jitter, but at least what the server asked for. */
export function retryDelayMs(policy: RetryPolicy, attempt: number, retryAfterMs: number | null): number {
  const ceilingMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return Math.max(retryAfterMs ?? 0, policy.random() * ceilingMs);
}

/** Runs `action` until it succeeds, fails for good, or all tries are used up; then rejects with its last error. */
export async function withRetries<T>(
  action: () => Promise<T>,
  options: { readonly policy: RetryPolicy; readonly signal: AbortSignal | undefined; readonly onRetry: () => void },
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      const failure = classifyApiFailure(error);
      if (failure.kind !== 'passing' || attempt >= options.policy.attempts) throw error;
      options.onRetry();
      await options.policy.sleep(retryDelayMs(options.policy, attempt, failure.retryAfterMs), options.signal);
    }
  }
}
