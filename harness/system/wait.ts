import { setTimeout as sleep } from 'node:timers/promises';

/** Outcome of one look at a condition: it holds, or why it does not yet. */
export type Look<T> = { readonly holds: true; readonly value: T } | { readonly holds: false; readonly why: string };

/**
 * Looks at a condition again and again until it holds; resolves with its value. Rejects with `onTimeout(why)` of the last look when the deadline
 * has passed, and with what `look` throws at once. `signal` aborts the waiting.
 */
export async function waitFor<T>(options: {
  readonly look: () => Promise<Look<T>>;
  readonly deadlineMs: number;
  readonly pauseMs: number;
  readonly onTimeout: (why: string) => Error;
  readonly signal?: AbortSignal;
}): Promise<T> {
  const end = performance.now() + options.deadlineMs;
  for (;;) {
    options.signal?.throwIfAborted();
    const seen = await options.look();
    if (seen.holds) return seen.value;
    if (performance.now() >= end) throw options.onTimeout(seen.why);
    await sleep(options.pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
