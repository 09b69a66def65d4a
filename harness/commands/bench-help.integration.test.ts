import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { nameOfFlag } from '../model/setting.ts';
import { FLAG_GROUPS } from '../scenario/command-line.ts';
import { PROJECT } from '../system/project.ts';

const { stdout: help } = spawnSync(process.execPath, [join(PROJECT, 'harness/cli.ts'), 'bench', '--help'], {
  encoding: 'utf8',
});

test('bench has the flags of the settings, those that are listed as no settings, --debug and --help', () => {
  const shown = [...help.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
  expect(shown).toEqual([...FLAG_GROUPS.flatMap(({ flags }) => flags.map(nameOfFlag)), '--debug', '--help']);
});

test('its help is in groups, tells defaults and fits 80 columns', () => {
  const [options = ''] = help.split('\nExamples:');
  expect(options.split('\n').filter((line) => line.length > 80)).toEqual([]);
  for (const { title } of FLAG_GROUPS) expect(options).toContain(`\n\n${title}:\n`);
  const [, load = ''] = options.split('\nThe load:\n');
  expect(load.split('\n\n')[0]?.replaceAll(/\s+/g, ' ')).toContain(
    '--rate <rate> requests per second over all targets together (default: 1000/s)',
  );
});
