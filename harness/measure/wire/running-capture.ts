import type { LoadResult } from '../../model/load.ts';
import type { WireResult } from '../../model/wire.ts';

export interface RunningCapture extends AsyncDisposable {
  /** Ends the capture and reads it. `loadResult` bounds the load phase and names the targets. */
  finish(loadResult: LoadResult): Promise<WireResult>;
}
