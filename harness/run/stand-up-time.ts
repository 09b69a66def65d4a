import { InvalidRunError } from '../errors.ts';
import { patientMs } from '../system/patience.ts';

/** The run's time was up before a size stood: what was measured of the sizes before it is kept. */
export class StandUpTimeError extends InvalidRunError {}

/**
 * Stands something up under a deadline of its own. Rejects with StandUpTimeError when that passes, and with whatever `standUp` rejects with otherwise. `standUp` has to look at the signal,
 * which no longer means anything once it has resolved.
 */
export async function standUpInTime<T>(
  standUp: (signal: AbortSignal) => Promise<T>,
  options: { readonly what: string; readonly timeMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const { what, signal } = options;
  const timeMs = patientMs(options.timeMs);
  const late = new AbortController();
  const error = new StandUpTimeError(
    `the time of the run was up: ${what} did not stand within the ${Math.round(timeMs / 1000)} s that were left`,
    'give it a larger --budget, or read the logs of kube-proxy in the run to see what it waits for',
  );
  const timer = setTimeout(() => late.abort(error), timeMs);
  try {
    return await standUp(AbortSignal.any([signal, late.signal]));
  } catch (other) {
    throw late.signal.aborted && !signal.aborted ? error : other;
  } finally {
    clearTimeout(timer);
  }
}
