import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exec, ExecOptions } from '../../system/exec.ts';
import { findVirtme } from './virtme.ts';

test('virtme-ng is fetched whatever the user’s settings of Python and pip say; where from stays his', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'));
  const asked: (ExecOptions | undefined)[] = [];
  const exec: Exec = {
    run: async (command, options) => {
      if (command.includes('venv')) mkdirSync(command.at(-1) ?? '', { recursive: true });
      if (command.includes('venv') || command.includes('install')) asked.push(options);
      return { stdout: '', stderr: '', exitCode: 0 };
    },
  };
  const settings = { PYTHONHOME: '/x', PYTHONPATH: '/x', PIP_TARGET: '/x', PIP_USER: '1', PIP_REQUIRE_VIRTUALENV: '1' };
  const way = { https_proxy: 'http://proxy.example:3128', PIP_INDEX_URL: 'https://mirror.example/simple' };
  try {
    const env = { PATH: '/usr/bin:/bin', XDG_CACHE_HOME: cache, ...settings, ...way };
    const program = await findVirtme({ exec, env, onProgress: () => undefined });
    expect(existsSync(dirname(dirname(program)))).toBe(true);
    expect(asked).toHaveLength(2);
    for (const options of asked) {
      expect(options?.variables).toBe('laboratory');
      expect(options?.env).toMatchObject({ ...way, PIP_USER: '0' });
      expect(Object.keys(options?.env ?? {}).filter((name) => /^PYTHON|TARGET|REQUIRE/.test(name))).toEqual([]);
    }
  } finally {
    rmSync(cache, { recursive: true });
  }
});
