import { mkdir, mkdtemp, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeRun, storeRun } from '../commands/testing/stored-run.ts';
import { loadRun } from './store.ts';

let root: string;
let directory: string;
let journal: string;
let header: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'damage-'));
  directory = join(root, await storeRun(root, makeRun('6.1', 1)));
  journal = join(directory, 'trials.ndjson');
  header = join(directory, 'run.json');
});
afterEach(() => rm(root, { recursive: true }));

const change = async (path: string, by: (text: string) => string) => writeFile(path, by(await readFile(path, 'utf8')));
const refused = (says: string) =>
  expect(loadRun(directory)).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining(says) });

test('the run itself is sound', async () => {
  expect((await loadRun(directory)).trials.length).toBeGreaterThan(10);
});

describe('damage is told with file and line', () => {
  // The first two lines are nodes of the smallest size, then come two of the largest, then trials.
  const FIRST_TRIAL = 5;

  test('a histogram that is garbage, and one that holds another number of values', async () => {
    const whole = await readFile(journal, 'utf8');
    await change(journal, (text) =>
      text.replace(/("totalFromDue":\{"unit":"ns","count":[0-9]+,"data":")[^"]+/, '$1garbage'),
    );
    await refused(`trials.ndjson:${FIRST_TRIAL}: load.targets.0.times.totalFromDue`);
    await writeFile(journal, whole);
    await change(journal, (text) =>
      text.replace(/("lateness":\{"unit":"ns","count":)([0-9]+)/, (_, head, count) => `${head}${Number(count) + 1}`),
    );
    await refused(`trials.ndjson:${FIRST_TRIAL}: load.lateness`);
  });

  test.each([
    ['a mode', /"modeId":"iptables-legacy","policyId"/, '"modeId":"strange","policyId"', 'is of mode "strange"'],
    ['a policy', /"policyId":"per-request"/, '"policyId":"strange"', 'is of policy "strange"'],
    ['a size', /("plan":\{"index":[0-9]+,)"sizeServices":1,/, '$1"sizeServices":77,', 'is of 77 Services'],
  ])('a trial of %s that the run has not', async (_, pattern, by, says) => {
    await change(journal, (text) => text.replace(pattern, by));
    await refused(says);
    await expect(loadRun(directory)).rejects.toThrow(/trials\.ndjson:[0-9]+: trial [0-9]+/);
  });

  test.each([
    ['a kind that is none', '"kind":"teleport"', '"teleport" is no kind of routing'],
    ['a flavour that is none', '"kind":"iptables","backend":"modern"', 'backend "modern" is none of legacy, nft'],
    ['an option that the kind has not', '"kind":"nftables","scheduler":"rr"', 'nftables has no option scheduler'],
  ])('a mode of %s', async (_, routing, says) => {
    await change(header, (text) => text.replace(/"routing":\s*\{[^}]*\}/, `"routing": {${routing}}`));
    await refused(says);
    await refused('run.json:1: has a mode');
  });

  test('a node of a mode that the run has not', async () => {
    await change(journal, (text) =>
      text.replace(/("type":"node","sizeServices":1,)"modeId":"[^"]+"/, '$1"modeId":"strange"'),
    );
    await refused('trials.ndjson:1: a node is of mode "strange"');
  });

  test.each([
    ['a trial’s time', /("startedAt":"[^"]+",)"durationMs":[0-9.]+/, '$1"durationMs":-5', 'durationMs'],
    ['a load’s time', /("achievedRateRps":[0-9.]+,)"durationMs":[0-9.]+/, '$1"durationMs":-5', 'durationMs'],
    ['a number of answers', /"ok":[0-9]+/, '"ok":-1', 'load.targets.0.outcomes.ok'],
    ['a time to settle', /"settledMs":[0-9.]+/, '"settledMs":-5', 'below 0: settled'],
  ])('%s below 0', async (_, pattern, by, says) => {
    await change(journal, (text) => text.replace(pattern, by));
    await refused(says);
  });

  test('a valid trial without its load', async () => {
    await change(journal, (text) => text.replace(/"load":\{.*?"slices":\[.*?\]\},"wire"/, '"load":null,"wire"'));
    await refused('is valid, and has no load');
  });

  test('a trial that comes twice, with the line where it comes again', async () => {
    const lines = (await readFile(journal, 'utf8')).split('\n');
    await writeFile(journal, [...lines.slice(0, 7), lines[5], ''].join('\n'));
    await refused('trials.ndjson:8: trial');
  });

  test('a complete run whose journal is missing, empty, holds no trial, or is torn', async () => {
    const whole = await readFile(journal, 'utf8');
    await writeFile(journal, whole.slice(0, -20));
    await refused(
      `trials.ndjson:${whole.split('\n').length - 1}: is torn, though run.json says that the run is complete`,
    );
    await writeFile(journal, `${whole.split('\n').slice(0, 2).join('\n')}\n`);
    await refused('trials.ndjson:1: holds no trial');
    await writeFile(journal, '');
    await refused('trials.ndjson:1: holds no trial');
    await rm(journal);
    await refused('trials.ndjson:1: is not there');
  });

  test('a torn journal of a run that can go on is none', async () => {
    await change(header, (text) => text.replace('"status": "complete"', '"status": "interrupted"'));
    await change(journal, (text) => text.slice(0, -20));
    expect((await loadRun(directory)).tornLine).toBe(true);
  });

  test('a journal that is a directory or has 3 GiB, a run.json of 3 GiB', async () => {
    await truncate(journal, 3 * 2 ** 30);
    await refused('trials.ndjson:1: has 3,072 MiB');
    await rm(journal);
    await mkdir(journal);
    await refused('trials.ndjson:1: is a directory');
    await truncate(header, 3 * 2 ** 30);
    await refused('run.json:1: has 3,072 MiB');
  });

  test('a journal that is a pipe or a device is not read', async () => {
    await rm(journal);
    await symlink('/dev/zero', journal);
    await refused('trials.ndjson:1: is a device');
  });

  test('a line that is longer than a text can be', async () => {
    await writeFile(journal, '');
    await truncate(journal, 600 * 2 ** 20);
    await change(header, (text) => text.replace('"status": "complete"', '"status": "interrupted"'));
    const file = await open(journal, 'r+');
    await file.write('\n{}\n', 600 * 2 ** 20 - 4);
    await file.close();
    await refused('trials.ndjson:1: is longer');
  });
});

test.each(['../../evil', '/etc/x', 'a/b', '..', '.', '', 'a\nb', 'a\0b', 'x'.repeat(256), 'a\\b'])(
  'an id that is no name of a folder is refused: %j',
  async (id) => {
    await change(header, (text) => JSON.stringify({ ...JSON.parse(text), id }));
    await refused('run.json:1: id is not what a run has there (no name of a folder)');
  },
);

test.each([
  [0, 'has the schemaVersion 0'],
  ['1', 'has the schemaVersion "1"'],
  [null, 'has the schemaVersion null'],
  [1.5, 'has the schemaVersion 1.5'],
  [undefined, 'has no schemaVersion'],
  [99, 'has schema version 99; this program knows versions up to'],
])('a schemaVersion that is none is told as it was found: %j', async (schemaVersion, says) => {
  await change(header, (text) => JSON.stringify({ ...JSON.parse(text), schemaVersion }));
  await expect(loadRun(directory)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(says) });
});
