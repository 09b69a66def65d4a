import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leastDurationMs } from './combinations.ts';
import { SCENARIOS_DIRECTORY } from './directory.ts';
import { writeScenarioJsonSchema } from './json-schema.ts';
import { listScenarios, loadScenario } from './load.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scenarios-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function fileOf(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

describe('the scenarios that come with the program', () => {
  it('are all there, the one to begin with first and the sizes in their order', async () => {
    expect(await listScenarios()).toEqual([
      'smoke',
      '1',
      '10',
      '100',
      '1k',
      '5k',
      '10k',
      'aa',
      'history',
      'iptables-backends',
      'kernels',
      'schedulers',
      'study',
    ]);
  });

  it('are right, say what they are for and have size 1 as base where they have more than one size', async () => {
    for (const name of await listScenarios()) {
      const scenario = await loadScenario(name);
      expect(scenario.description.length, name).toBeGreaterThan(20);
      if (scenario.sizesServices.length > 1) expect(scenario.sizesServices[0], name).toBe(1);
    }
  });

  it('spend at least half of a trial on its load, but for smoke', async () => {
    for (const name of (await listScenarios()).filter((one) => one !== 'smoke')) {
      const { warmUpMs, idleMs, durationMs } = (await loadScenario(name)).load;
      expect(durationMs / (warmUpMs + idleMs + durationMs), name).toBeGreaterThan(0.65);
    }
  });

  it('come to about a minute for smoke, and to less than six for two modes at 10k', async () => {
    expect(leastDurationMs(await loadScenario('smoke'))).toBeLessThan(60_000);
    const twoModes = { flag: '--modes', path: ['modes'], value: ['iptables-legacy', 'nftables'] };
    expect(leastDurationMs(await loadScenario('10k', [twoModes]))).toBeLessThan(360_000);
  });

  it('measure a mode against itself in aa', async () => {
    const [a, b] = (await loadScenario('aa')).modes;
    expect(a?.routing).toEqual(b?.routing);
    expect(a?.id).not.toBe(b?.id);
  });

  it('tell editors where their schema is', async () => {
    for (const name of await listScenarios()) {
      const text = await readFile(join(SCENARIOS_DIRECTORY, `${name}.yaml`), 'utf8');
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=scenario.schema.json');
    }
  });
});

describe('asking for a scenario', () => {
  it('by a name that there is not lists those there are', async () => {
    await expect(loadScenario('stdy')).rejects.toMatchObject({
      exitCode: 2,
      message: 'no scenario is called "stdy"; did you mean study?',
      remedy: expect.stringContaining(
        'smoke, 1, 10, 100, 1k, 5k, 10k, aa, history, iptables-backends, kernels, schedulers, study',
      ),
    });
  });

  it('by the path of a file names it after the file', async () => {
    const path = await fileOf('mine.yaml', 'services: 1\nmodes: [none]');
    expect((await loadScenario(path)).name).toBe('mine');
  });

  it.each([
    ['a directory', async () => `${directory}/`, /is not a file/],
    ['a file that is not there', async () => join(directory, 'no.yaml'), /there is no file .*no.yaml/],
    ['a binary file', () => fileOf('binary.yaml', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0xff, 0)), /is not text/],
    ['text with a zero byte', () => fileOf('zero.yaml', 'a: 1\0'), /is not text/],
    [
      'a huge file',
      () => fileOf('huge.yaml', `# ${'x'.repeat(300_000)}`),
      /has 300002 bytes; a scenario has at most 262144/,
    ],
    [
      'a file whose name cannot name a run',
      () => fileOf('my scenario.yaml', 'services: 1\nmodes: [none]'),
      /cannot name a scenario/,
    ],
  ])('by %s is refused', async (_what, make, message) => {
    await expect(loadScenario(await make())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });
});

describe('the JSON Schema for editors', () => {
  it('is written once, describes every key and knows the defaults', async () => {
    const path = join(directory, 'scenario.schema.json');
    expect(await writeScenarioJsonSchema(path)).toBe(true);
    expect(await writeScenarioJsonSchema(path)).toBe(false);
    const schema = JSON.parse(await readFile(path, 'utf8'));
    expect(schema.properties.load.properties.rate).toMatchObject({ default: '1000/s', type: 'string' });
    expect(schema.required).toEqual(['services', 'modes']);
    for (const [key, value] of Object.entries(schema.properties)) expect(value, key).toHaveProperty('description');
  });
});
