import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { loadMessageSchema } from '../../model/load.ts';
import { bundleProgram, type PodProgram } from './pod-programs.ts';

async function startServer() {
  const server = createServer((_request, response) => response.setHeader('X-Backend', 'one').end('page\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Runs the one file in an empty directory, where nothing could be imported from. */
async function runAlone(program: PodProgram, words: readonly string[], input: string) {
  const directory = await mkdtemp(join(tmpdir(), 'pod-'));
  try {
    await writeFile(join(directory, program), await bundleProgram(program));
    const child = spawn(process.execPath, [program, ...words], { cwd: directory, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.write(input);
    const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { output, errors };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

describe('programs for pods', () => {
  it('the load client is one file that needs nothing beside it and gives a whole result', async () => {
    await using server = await startServer();
    const spec = {
      engine: 'open-loop',
      targets: [{ id: 'a', address: '127.0.0.1', port: server.port }],
      path: '/',
      expectedBody: 'page\n',
      rateRps: 100,
      arrivals: 'uniform',
      policy: { kind: 'per-request' },
      warmUpMs: 50,
      idleMs: 50,
      durationMs: 300,
      localPorts: null,
      requestTimeoutMs: 1000,
      seed: 1,
    };
    const { output, errors } = await runAlone('client.mjs', [], `${JSON.stringify(spec)}\n`);
    const last = loadMessageSchema.parse(JSON.parse(output.trim().split('\n').at(-1) ?? errors));
    expect(last.type === 'result' ? last.result.targets[0]?.outcomes.ok : last).toBe(30);
  });

  it('the probe says what answers and what does not', async () => {
    await using server = await startServer();
    const target = { address: '127.0.0.1', port: server.port };
    const question = {
      kind: 'answers',
      path: '/',
      timeoutMs: 500,
      targets: [
        { id: 'there', ...target },
        { id: 'not', address: '127.0.0.1', port: 1 },
      ],
    };
    const { output, errors } = await runAlone('probe.mjs', [JSON.stringify(question)], '');
    expect(JSON.parse(output || errors).failures.map(({ id }: { id: string }) => id)).toEqual(['not']);
  });

  it('all of them fit a ConfigMap together', async () => {
    const programs = await Promise.all((['client.mjs', 'probe.mjs', 'counters.mjs'] as const).map(bundleProgram));
    expect(programs.reduce((sum, program) => sum + program.length, 0)).toBeLessThan(1 << 20);
  });
});
