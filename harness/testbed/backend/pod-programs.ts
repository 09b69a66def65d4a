import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Programs that run inside pods, each as one file without imports. */
const POD_PROGRAMS = {
  'client.mjs': '../../load/client/client.ts',
  'probe.mjs': './probe-client.ts',
  'counters.mjs': '../cluster/counters.ts',
} as const;
export type PodProgram = keyof typeof POD_PROGRAMS;

/** A ConfigMap holds 1 MiB at most. */
const MAX_BYTES = 1_000_000;

/**
 * One of our programs as a single file for Node 18 and later. autocannon is CommonJS and asks for `require`, which a module has not: the banner gives it one.
 */
export async function bundleProgram(program: PodProgram): Promise<string> {
  const entry = fileURLToPath(new URL(POD_PROGRAMS[program], import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    // Node 18 has no import.meta.main; in a pod the bundle is always the program.
    define: { 'import.meta.main': 'true' },
    banner: { js: "import{createRequire as __require}from'node:module';const require=__require(import.meta.url);" },
    logLevel: 'silent',
  });
  const text = outputFiles[0]?.text ?? '';
  if (text === '' || text.length > MAX_BYTES) throw new Error(`${program} has ${text.length} bytes`);
  return text;
}
