import { basename, dirname } from 'node:path';
import { npmCommand } from '../system/shell-words.ts';
import { RUNS_DIRECTORY } from './store.ts';

/** What a person types to name a stored run: its id where runs are kept by default, its path anywhere else. */
function runWord(directory: string): string {
  return dirname(directory) === RUNS_DIRECTORY ? basename(directory) : directory;
}

/** The whole command that goes on with a run. */
export function resumeCommand(directory: string): string {
  return npmCommand(['bench', '--resume', runWord(directory)]);
}

/** The whole command that renders a run again. */
export function reportCommand(directory: string): string {
  return npmCommand(['report', runWord(directory)]);
}

/** The whole command that measures something first, into the place where runs were looked for. */
export function measureCommand(runsDirectory: string): string {
  const place = runsDirectory === RUNS_DIRECTORY ? [] : ['--runs-dir', runsDirectory];
  return npmCommand(['bench', '--scenario', 'smoke', ...place]);
}
