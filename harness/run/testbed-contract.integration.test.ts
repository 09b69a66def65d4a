import { fileURLToPath } from 'node:url';
import { beforeAll, describe } from 'vitest';
import { laboratoryCommand } from '../launch/namespaces.ts';
import { findKubeProxy } from '../supply/kube-proxy/binary.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { systemExec } from '../system/exec.ts';
import type { ObserveRequest } from './testing/observe-netns.ts';
import type { ObservedTestbed } from './testing/observe-testbed.ts';
import { CONTRACT_SCENARIO, testTestbed } from './testing/testbed-contract.ts';

const PROGRAM = fileURLToPath(new URL('./testing/observe-netns.ts', import.meta.url));

async function observeNetns(): Promise<ObservedTestbed> {
  const { path, version, sha256 } = await findKubeProxy(DEFAULT_KUBE_PROXY_VERSION, {
    exec: systemExec,
    env: process.env,
    onProgress: () => undefined,
  });
  const request: ObserveRequest = {
    scenario: CONTRACT_SCENARIO,
    kubeProxies: { [CONTRACT_SCENARIO.proxy.version]: { path, version, sha256 } },
  };
  const user = process.getuid?.() === 0 ? 'root' : 'ordinary';
  const command = laboratoryCommand({ user, program: [process.execPath, PROGRAM, JSON.stringify(request)] });
  const { stdout } = await systemExec.run(command, { timeoutMs: 120_000, variables: 'laboratory' });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ObservedTestbed;
}

describe('the netns laboratory', () => {
  let observed: ObservedTestbed;
  beforeAll(async () => {
    observed = await observeNetns();
  });
  testTestbed(() => observed);
});
