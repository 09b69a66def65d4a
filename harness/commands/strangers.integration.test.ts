import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeScenarioJsonSchema } from '../scenario/json-schema.ts';
import { CALLER_ROWS } from './testing/strangers/caller-rows.ts';
import { CLUSTER_ROWS } from './testing/strangers/cluster-rows.ts';
import { ENGINE_ROWS } from './testing/strangers/engine-rows.ts';
import { LIMIT_ROWS } from './testing/strangers/limit-rows.ts';
import { PREREQUISITE_ROWS } from './testing/strangers/prerequisite-rows.ts';
import { RANGE_ROWS } from './testing/strangers/range-rows.ts';
import { SCENARIO_ROWS } from './testing/strangers/scenario-rows.ts';
import { STORED_PLACE_ROWS } from './testing/strangers/stored-place-rows.ts';
import { DAMAGED_ROWS } from './testing/strangers/stored-run-rows.ts';
import { CHECKOUT, meet, type Stranger } from './testing/strangers/stranger.ts';
import { USAGE_ROWS } from './testing/strangers/usage-rows.ts';

/** Rows by kind. A new kind is a file of rows and a line here. */
const KINDS: Readonly<Record<string, readonly Stranger[]>> = {
  ranges: RANGE_ROWS,
  scenario: SCENARIO_ROWS,
  limits: LIMIT_ROWS,
  usage: USAGE_ROWS,
  caller: CALLER_ROWS,
  engines: ENGINE_ROWS,
  prerequisites: PREREQUISITE_ROWS,
  cluster: CLUSTER_ROWS,
  'stored run': DAMAGED_ROWS,
  'stored place': STORED_PLACE_ROWS,
};

/** What git sees of the checkout, ignored files too: no command of a stranger may change it. */
function checkoutState(): string {
  return execFileSync('git', ['status', '--porcelain', '--ignored'], { cwd: CHECKOUT, encoding: 'utf8' });
}

let before = '';
beforeAll(async () => {
  // For editors; the first run in a fresh checkout writes it.
  await writeScenarioJsonSchema();
  before = checkoutState();
});
afterAll(() => expect(checkoutState()).toBe(before));

const typed = new Set<string>();
function isNew(command: string): boolean {
  const before = typed.size;
  return typed.add(command).size > before;
}

/** What leads on ends with anything but "usage" or a fault of the program. A context of a cluster that somebody has yet to make is not there. */
const LEADS_NOWHERE = [2, 70];
const NEEDS_A_CLUSTER = /--context /;

describe.for(Object.entries(KINDS))('a stranger (%s)', ([, rows]) => {
  const isRoot = process.getuid?.() === 0;
  for (const row of rows)
    test.skipIf(row.needsRoot === true && !isRoot)(row.what, { concurrent: true }, async () => {
      const end = await meet(row, isNew);
      expect({ exitCode: end.exitCode, signal: end.signal }, end.output).toEqual({
        exitCode: row.exitCode,
        signal: null,
      });
      for (const words of row.says) expect(end.output).toMatch(words);
      for (const words of row.saysNot ?? []) expect(end.output).not.toMatch(words);
      expect(end.leftovers).toEqual([]);
      for (const { command, exitCode, output } of end.remedies.filter((one) => !NEEDS_A_CLUSTER.test(one.command)))
        expect(LEADS_NOWHERE, `typed as printed: ${command}\n${output}`).not.toContain(exitCode);
    });
});

test('remedies were there to be typed', () => expect(typed.size).toBeGreaterThan(15));
