import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildFromModules } from './module-build.ts';

/** Stands for go: answers as it does, and notes its variables. */
const GO = `#!/bin/sh
case "$1 $2" in
  'mod download') echo '{"GoMod": "go.mod"}' ;;
  'mod edit') echo '{"Go": "1.26"}' ;;
  'env GOVERSION') echo go1.26.8 ;;
  *) env >variables ;;
esac
`;

test('kube-proxy is built alike whatever the user’s settings of Go say; where modules come from stays his', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'go-'));
  try {
    writeFileSync(join(directory, 'go'), GO);
    chmodSync(join(directory, 'go'), 0o755);
    const settings = { GOOS: 'darwin', GOARCH: 'riscv64', GOAMD64: 'v4', GOFLAGS: '-mod=vendor', CGO_ENABLED: '1' };
    const built = await buildFromModules({
      version: '1.36.3',
      directory,
      exec: { run: () => Promise.reject(new Error('no namespaces here')) },
      env: { PATH: `${directory}:/usr/bin:/bin`, GOPROXY: 'https://mirror.example', ...settings },
      onProgress: () => undefined,
    });
    expect(built).toBe('go1.26.8');
    const variables = readFileSync(join(directory, 'variables'), 'utf8').split('\n');
    expect(variables).toEqual(
      expect.arrayContaining(['GOOS=linux', 'GOAMD64=v1', 'GOFLAGS=-mod=mod', 'CGO_ENABLED=0']),
    );
    expect(variables).toContain('GOPROXY=https://mirror.example');
    expect(variables).not.toContain('GOARCH=riscv64');
  } finally {
    rmSync(directory, { recursive: true });
  }
});
