/** A program for tests, run inside the laboratory's namespaces: observes the netns testbed, and prints what it saw as one JSON line. Its argument is an ObserveRequest. */

import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeProxyBinary } from '../../model/kube-proxy-binary.ts';
import type { Scenario } from '../../model/scenario.ts';
import { netns } from '../../testbed/netns/netns.ts';
import { type ObservedTestbed, observeTestbed } from './observe-testbed.ts';

export interface ObserveRequest {
  readonly scenario: Scenario;
  readonly kubeProxies: Readonly<Record<string, KubeProxyBinary>>;
}

async function observe({ scenario, kubeProxies }: ObserveRequest): Promise<ObservedTestbed> {
  const directory = await mkdtemp(join(tmpdir(), 'observe-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true }));
  const logsDirectory = join(directory, 'logs');
  await mkdir(logsDirectory);
  const interruption = new AbortController();
  const { signal } = interruption;
  const testbed = stack.use(
    await netns.open(
      {
        scenario,
        kubeProxies,
        modes: scenario.modes,
        standing: 'side-by-side',
        logsDirectory,
        temporaryDirectory: directory,
        keep: false,
        onProgress: () => undefined,
      },
      signal,
    ),
  );
  const endings = {
    // The client does not run yet: it ends in the middle of its load.
    loseClient: async () => void setTimeout(() => void killEvery('load/client/client.ts'), 1000),
    endKubeProxy: () => killEvery('kube-proxy'),
  };
  return await observeTestbed(testbed, { scenario, signal, interrupt: () => interruption.abort(), endings });
}

/** The laboratory has processes of its own: whoever is seen here belongs to it. */
async function killEvery(word: string): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name));
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const isMeant = command
      .split('\0')
      .slice(0, 2)
      .some((part) => part.endsWith(word));
    if (isMeant && Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL');
  }
}

// A pipe takes what it can hold: the program ends when all of it is through.
process.stdout.write(`${JSON.stringify(await observe(JSON.parse(process.argv[2] ?? '') as ObserveRequest))}\n`, () =>
  process.exit(),
);
