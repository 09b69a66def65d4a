import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { RUN_ID, type StoredFiles, stored, withHeader, withJournal } from './stored-files.ts';
import type { Stranger } from './stranger.ts';

const REPORT = ['report', RUN_ID, '--runs-dir', 'runs'] as const;
const GIB_BYTES = 2 ** 30;

/** `report` of a run whose files were changed: refused, nothing written, no fault of the program. */
function damagedRow(what: string, prepare: Stranger['prepare'], says: Stranger['says'], exitCode = 4): Stranger {
  return {
    what,
    words: REPORT,
    ...(prepare === undefined ? {} : { prepare }),
    exitCode,
    says,
    saysNot: ['fault of the program'],
  };
}

const damagedLine = (what: string, pattern: RegExp, by: string, ...says: Stranger['says']) =>
  damagedRow(what, stored(withJournal(pattern, by)), [/trials\.ndjson:[0-9]+: /, ...says]);

const damagedHeader = (what: string, change: Readonly<Record<string, unknown>>, ...says: Stranger['says']) =>
  damagedRow(
    what,
    stored((files) => withHeader(files, change)),
    says,
  );

const withoutLines = (files: StoredFiles): StoredFiles => ({ ...files, journal: '' });

/** Stored runs that were damaged, or are none. */
export const DAMAGED_ROWS: readonly Stranger[] = [
  damagedLine('has a histogram of garbage', /"data":"[^"]+"/, '"data":"garbage"', 'histogram'),
  damagedLine('has a histogram of nothing', /"data":"[^"]+"/, '"data":""', 'histogram'),
  damagedLine('has a histogram with one value more than it holds', /"ns","count":40/, '"ns","count":41', 'histogram'),
  damagedLine('has a negative count in a histogram', /"ns","count":[0-9]+/, '"ns","count":-1', 'count'),
  damagedLine(
    'has a trial of a mode that the run has not',
    /"modeId":"nftables","policyId"/,
    '"modeId":"strange","policyId"',
    'strange',
  ),
  damagedLine(
    'has a trial of a size that the run has not',
    /"sizeServices":100,"round"/,
    '"sizeServices":101,"round"',
    '101 Services',
  ),
  damagedLine('has a trial that took -5 ms', /(Z","durationMs":)[0-9.]+/, '$1-5', 'durationMs'),
  damagedLine('has a trial with minus one answer', /"ok":[0-9]+/, '"ok":-1', 'outcomes.ok'),
  damagedLine('has a time to settle of -5 ms', /"settledMs":[0-9.]+/, '"settledMs":-5', 'below 0'),
  damagedLine('has a word for a number', /"connections":[0-9]+/, '"connections":"many"', 'connections'),
  damagedLine('has a number without end', /"settledMs":[0-9.]+/, '"settledMs":1e999', 'settledMs'),
  damagedLine('has garbage in the middle of its journal', /\n\{/, '\ngarb{', 'is not JSON'),
  damagedLine('has a line of another kind', /"type":"trial"/, '"type":"trail"'),
  damagedRow(
    'is complete and its last line is torn',
    stored((files) => ({ ...files, journal: files.journal.slice(0, -30) })),
    ['is torn, though run.json says that the run is complete'],
  ),
  damagedRow('is complete and its journal is empty', stored(withoutLines), ['trials.ndjson:1: holds no trial']),
  damagedRow(
    'is complete and its journal is gone',
    stored(undefined, async (directory) => void (await rm(join(directory, 'trials.ndjson')))),
    ['trials.ndjson:1: is not there'],
  ),
  damagedRow(
    'has a directory for a journal',
    stored(undefined, async (directory) => {
      await rm(join(directory, 'trials.ndjson'));
      await mkdir(join(directory, 'trials.ndjson'));
      return undefined;
    }),
    ['trials.ndjson:1: is a directory'],
  ),
  damagedRow(
    'has a device for a journal',
    stored(undefined, async (directory) => {
      await rm(join(directory, 'trials.ndjson'));
      await symlink('/dev/zero', join(directory, 'trials.ndjson'));
      return undefined;
    }),
    ['trials.ndjson:1: is a device'],
  ),
  damagedRow(
    'has a journal of 3 GiB',
    stored(undefined, async (directory) => void (await truncate(join(directory, 'trials.ndjson'), 3 * GIB_BYTES))),
    ['trials.ndjson:1: has 3,072 MiB'],
  ),
  damagedRow(
    'has a run.json of 3 GiB',
    stored(undefined, async (directory) => void (await truncate(join(directory, 'run.json'), 3 * GIB_BYTES))),
    ['run.json:1: has 3,072 MiB'],
  ),
  damagedRow(
    'has a compressed journal that was cut off',
    stored(undefined, async (directory) => {
      await rm(join(directory, 'trials.ndjson'));
      await writeFile(join(directory, 'trials.ndjson.gz'), gzipSync('{}\n'.repeat(1000)).subarray(0, 20));
      return undefined;
    }),
    ['trials.ndjson.gz:1: is not what gzip wrote'],
  ),
  damagedRow(
    'has half a run.json',
    stored((files) => ({ ...files, header: files.header.slice(0, 300) })),
    ['run.json:1: is not a JSON object'],
  ),
  damagedRow(
    'has a list for a run.json',
    stored((files) => ({ ...files, header: '[]' })),
    ['run.json:1: is not a JSON object'],
  ),
  damagedRow(
    'has an empty run.json',
    stored((files) => ({ ...files, header: '' })),
    ['run.json:1: is not a JSON object'],
  ),
  damagedHeader(
    'has an id that leads out of its place',
    { id: '../../../evil' },
    'run.json:1: id',
    'no name of a folder',
  ),
  damagedHeader('has an id that is a path', { id: '/etc/cron.d/x' }, 'run.json:1: id'),
  damagedHeader('has an unknown status', { status: 'fine' }, 'run.json:1: status'),
  damagedHeader('has a key that no run has', { surprise: 1 }, 'surprise'),
  damagedRow(
    'has the schemaVersion 0',
    stored((files) => withHeader(files, { schemaVersion: 0 })),
    ['schemaVersion 0'],
    2,
  ),
  damagedRow(
    'has the schemaVersion "1"',
    stored((files) => withHeader(files, { schemaVersion: '1' })),
    ['schemaVersion "1"'],
    2,
  ),
  damagedRow(
    'is of a version to come',
    stored((files) => withHeader(files, { schemaVersion: 99 })),
    ['schema version 99', 'git pull'],
    2,
  ),
  damagedRow(
    'has no run.json',
    stored(undefined, async (directory) => {
      await rm(join(directory, 'run.json'));
      return { words: ['report', directory] };
    }),
    ['no run.json is in it'],
    2,
  ),
];
