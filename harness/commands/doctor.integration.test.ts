import { expect, test } from 'vitest';
import { type Exec, systemExec } from '../system/exec.ts';
import { runDoctor } from './doctor.ts';

async function doctor(
  json: boolean,
  exec: Exec = systemExec,
): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const stdout = (part: string) => {
    text += part;
  };
  return { code: await runDoctor({ json }, { stdout, exec, env: process.env }), text };
}

test('doctor finds every tool with its version, says which modes run, and that the smoke scenario can', async () => {
  const { code, text } = await doctor(false);
  expect(text).toMatch(/✓ nginx +\d+\.\d+/);
  expect(text).toMatch(/✓ nftables/);
  expect(text).toMatch(/✓ netns/);
  expect(text).toContain('npm run bench -- --scenario smoke');
  expect(code).toBe(0);
});

test('doctor --json gives the same as data', async () => {
  const { code, text } = await doctor(true);
  const diagnosis = JSON.parse(text);
  expect(diagnosis).toMatchObject({ schemaVersion: 1, smokeCanRun: code === 0 });
  expect(diagnosis.modes.map((one: { name: string }) => one.name)).toContain('ipvs');
});

/** An ordinary user makes namespaces without the powers that are taken away here. */
test.skipIf(process.getuid?.() !== 0)('doctor ends with 3, and a remedy, where no namespace can be made', async () => {
  const powerless: Exec = {
    run: (command, options) =>
      systemExec.run(['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', ...command], options),
  };
  const { code, text } = await doctor(false, powerless);
  expect(code).toBe(3);
  expect(text).toMatch(/network namespaces cannot be made here/);
  expect(text).toContain('The smoke scenario cannot run here: see ✗ netns');
});
