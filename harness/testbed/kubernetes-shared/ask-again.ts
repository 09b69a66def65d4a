import { EnvironmentError } from '../../errors.ts';
import { classifyApiFailure, DEFAULT_RETRY_POLICY, withRetries } from '../../kubernetes/client/retry.ts';

/**
 * A request to an API server, sent again while its trouble is a passing one (429, 5xx, conflict, a lost connection). Rejects with EnvironmentError when that
 * outlasts the tries, and with what the client threw when the server refused for good.
 */
export async function askAgain<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await withRetries(request, { policy: DEFAULT_RETRY_POLICY, signal, onRetry: () => undefined });
  } catch (error) {
    signal?.throwIfAborted();
    const failure = classifyApiFailure(error);
    if (failure.kind !== 'passing') throw error;
    throw new EnvironmentError(
      `the API server does not do what it is asked for: ${failure.message} (${DEFAULT_RETRY_POLICY.attempts} times)`,
      'can it be reached from here (kubectl version), and is it overloaded?',
      { cause: error },
    );
  }
}
