/** Entry point in front of `npm test`: what the integration tests need, made ready. Exits 3 with the one command to type when it cannot be. */
import { BenchError, EXIT } from '../errors.ts';
import { findKubeProxy } from '../supply/kube-proxy/binary.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { ensurePrerequisites, readMachine } from '../supply/packages/ensure.ts';
import { systemExec } from '../system/exec.ts';

const { env } = process;
const onProgress = (text: string) => process.stderr.write(`${text}\n`);

try {
  await ensurePrerequisites('everything', {
    exec: systemExec,
    env,
    machine: readMachine(),
    onProgress,
    mayInstall: async () => true,
  });
  await findKubeProxy(DEFAULT_KUBE_PROXY_VERSION, { exec: systemExec, env, onProgress });
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  onProgress(`${error.message}\n${error.remedy}`);
  process.exitCode = EXIT.environment;
}
