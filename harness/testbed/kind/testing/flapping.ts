import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const TURN_MS = 1_000;
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'flapper', namespace: 'default' },
  spec: { ports: [{ port: 80 }] },
};
/** The older way of saying what a Service leads to, which every version serves. */
const endpoints = (last: number) => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: { name: 'flapper', namespace: 'default' },
  subsets: [{ addresses: [{ ip: `198.18.7.${last}` }], ports: [{ port: 80 }] }],
});

/** What a workload does whose pods come and go: a Service that leads somewhere else every second. Ends, and is gone, with what is returned. */
export function startFlapping(kubeconfig: string): () => Promise<void> {
  const ended = new AbortController();
  const running = (async () => {
    await apply(kubeconfig, SERVICE);
    for (let turn = 0; !ended.signal.aborted; turn += 1) {
      await apply(kubeconfig, endpoints(1 + (turn % 200)));
      await sleep(TURN_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  return async () => {
    ended.abort();
    await running;
    await kubectl(kubeconfig, ['delete', 'service', 'flapper', '--ignore-not-found']);
  };
}

async function apply(kubeconfig: string, object: object): Promise<void> {
  const running = kubectl(kubeconfig, ['apply', '-f', '-']);
  running.child.stdin?.end(JSON.stringify(object));
  await running;
}

function kubectl(kubeconfig: string, words: readonly string[]) {
  return promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig, '--namespace', 'default', ...words]);
}
