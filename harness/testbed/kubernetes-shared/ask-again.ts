import { DEFAULT_RETRY_POLICY, withRetries } from '../../kubernetes/client/retry.ts';

/** A request to an API server, sent again while its trouble is a passing one (429, 5xx, conflict, a lost connection). */
export function askAgain<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return withRetries(request, { policy: DEFAULT_RETRY_POLICY, signal, onRetry: () => undefined });
}
