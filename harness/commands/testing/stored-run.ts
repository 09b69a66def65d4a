import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LEGACY, makeSyntheticRun, NFTABLES, plausibleHandshakeUs } from '../../analysis/testing/synthetic-run.ts';
import type { Run } from '../../model/run.ts';
import { writeRunHeader } from '../../store/store.ts';

/** A run of one kernel whose handshakes take `factor` times as long. */
export function makeRun(kernel: string, factor: number, change: (run: Run) => Run = (run) => run): Run {
  const run = makeSyntheticRun({
    modes: [LEGACY, NFTABLES],
    sizesServices: [1, 1000],
    rounds: 6,
    requests: 300,
    handshakeUs: (...at) => factor * plausibleHandshakeUs(...at),
  });
  const { environment } = run.header;
  return change({
    ...run,
    header: {
      ...run.header,
      id: `run-${kernel}`,
      environment: { ...environment, kernel: { ...environment.kernel, release: kernel } },
    },
  });
}

/** Writes a run as the runner does, into a folder of `directory` that is called by its id. Resolves with the id. */
export async function storeRun(directory: string, run: Run): Promise<string> {
  const path = join(directory, run.header.id);
  await mkdir(path, { recursive: true });
  await writeRunHeader(path, run.header);
  await writeFile(
    join(path, 'trials.ndjson'),
    [...run.nodes, ...run.trials].map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  return run.header.id;
}
