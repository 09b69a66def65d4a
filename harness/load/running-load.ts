import type { LoadResult } from '../model/load.ts';

/** The half of a load run that the runner holds while it goes on. */
export interface RunningLoad extends AsyncDisposable {
  /** Rejects with LoadLostError when the client died or gave no whole result. */
  readonly result: Promise<LoadResult>;
  /** Resolves when the client enters that phase (at once if it has been there). */
  reached(phase: 'idle' | 'load' | 'done'): Promise<void>;
}
