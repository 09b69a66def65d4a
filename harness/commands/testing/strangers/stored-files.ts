import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../../../analysis/testing/synthetic-run.ts';
import type { Run } from '../../../model/run.ts';
import type { StrangerPlace, StrangerStart } from './stranger.ts';

/** The two files of a small, sound run, as text. */
export interface StoredFiles {
  readonly header: string;
  readonly journal: string;
}

/** Its id, and the name of its folder unless a row says otherwise. */
export const RUN_ID = '2026-01-02T03-04-05Z-small-678abc';

let small: Run | null = null;

/** Made once: sixty rows start with the same one. */
function smallRun(): Run {
  small ??= makeSyntheticRun({
    modes: [LEGACY, NFTABLES],
    sizesServices: [1, 100],
    rounds: 4,
    targets: 2,
    requests: 40,
  });
  return small;
}

/** The small run on a kernel. */
export function soundFiles(release = '6.1.0', id = RUN_ID): StoredFiles {
  const run = smallRun();
  const { environment } = run.header;
  const header = { ...run.header, id, environment: { ...environment, kernel: { ...environment.kernel, release } } };
  return {
    header: JSON.stringify(header),
    journal: [...run.nodes, ...run.trials].map((line) => `${JSON.stringify(line)}\n`).join(''),
  };
}

/** `run.json` with other values at its top. */
export function withHeader(files: StoredFiles, change: Readonly<Record<string, unknown>>): StoredFiles {
  return { ...files, header: JSON.stringify({ ...JSON.parse(files.header), ...change }) };
}

/** The first place in the journal that fits is changed. */
export function withJournal(pattern: RegExp, by: string): (files: StoredFiles) => StoredFiles {
  return (files) => ({ ...files, journal: files.journal.replace(pattern, by) });
}

/** Writes a run into the case's directory of runs and gives its directory. */
export async function storeFiles(place: StrangerPlace, files: StoredFiles, folder = RUN_ID): Promise<string> {
  const directory = join(place.runs, folder);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'run.json'), files.header);
  await writeFile(join(directory, 'trials.ndjson'), files.journal);
  return directory;
}

/** A `prepare` that stores the sound run after a change, and then does more with its directory. */
export function stored(
  change: (files: StoredFiles) => StoredFiles = (files) => files,
  more: (directory: string, place: StrangerPlace) => Promise<StrangerStart | undefined> = async () => undefined,
) {
  return async (place: StrangerPlace): Promise<StrangerStart | undefined> =>
    more(await storeFiles(place, change(soundFiles())), place);
}
