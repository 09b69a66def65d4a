/*
 * The load client: a process of its own, inside the namespace (or pod) that the load comes from.
 *   in:  one JSON line, a LoadSpec; with --wait a second one, a StartAt, after it has said "ready"
 *   out: NDJSON, one LoadMessage a line, the result last
 * It ends at once on SIGTERM, SIGINT, or when its standard input closes (whoever started it is gone). Imports little and no zod: what it reads was made by the harness, and what it writes is validated there.
 */
import { createInterface } from 'node:readline';
import type { LoadMessage, LoadSpec } from '../../model/load.ts';
import type { StartAt } from '../clocks.ts';
import { ENGINES } from './engines.ts';
import { measureLoad } from './trial.ts';

const EXIT_USAGE = 2;
const EXIT_INTERNAL = 70;
const EXIT_INTERRUPTED = 130;

function emit(message: LoadMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** A pipe or socket takes as much as its buffer holds, and the rest later: what was said must have gone before the process may end. */
async function say(message: LoadMessage, exitCode: number): Promise<void> {
  // The answer comes with an error when nobody listens any more: then there is nothing left to wait for.
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(message)}\n`, resolve));
  process.exit(exitCode);
}

/** Standard input, line by line. The end of the input ends the process, because then nobody waits for a result. */
function openControl(): () => Promise<string> {
  const lines = createInterface({ input: process.stdin });
  const waiting: ((line: string) => void)[] = [];
  const come: string[] = [];
  lines.on('line', (line) => {
    const next = waiting.shift();
    if (next === undefined) come.push(line);
    else next(line);
  });
  lines.on('close', () => process.exit(EXIT_INTERRUPTED));
  return () => {
    const line = come.shift();
    return line === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(line);
  };
}

async function main(flags: ReadonlySet<string>): Promise<void> {
  const readLine = openControl();
  const spec: LoadSpec = JSON.parse(await readLine());
  const engine = await ENGINES[spec.engine]();
  const refusal = engine.refusal(spec);
  if (refusal !== null) return say({ type: 'error', message: `${refusal.message}; ${refusal.remedy}` }, EXIT_USAGE);
  const clockUs = () => performance.now() * 1000;
  const session = engine.open(spec, clockUs);
  let startAt: StartAt = { clock: 'monotonic', atMs: 0 };
  if (flags.has('--wait')) {
    emit({ type: 'ready' });
    startAt = JSON.parse(await readLine()) as StartAt;
  }
  await say({ type: 'result', result: await measureLoad({ spec, session, clockUs, startAt, emit }) }, 0);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(EXIT_INTERRUPTED));
main(new Set(process.argv.slice(2))).catch((error: unknown) => {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return say({ type: 'error', message }, EXIT_INTERNAL);
});
