import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CommandError, type Exec } from '../../system/exec.ts';
import type { ProbeAnswer, ProbeQuestion } from '../backend/probe-client.ts';
import { inNamespace } from './namespaces.ts';

const PROGRAM = fileURLToPath(new URL('../backend/probe-client.ts', import.meta.url));

const answerSchema = z.strictObject({
  failures: z.array(z.strictObject({ id: z.string(), why: z.string() })),
  connectedAtMs: z.number().nullable(),
  answered: z.int(),
});

/** Where questions are asked: with what, and how much longer than on bare metal an answer takes (model/slowness.ts). */
export interface AskingPlace {
  readonly exec: Exec;
  readonly slowness: number;
}

/** Asks, from inside a namespace, what answers there. */
export async function probe(
  { exec, slowness }: AskingPlace,
  namespace: string,
  question: ProbeQuestion,
): Promise<ProbeAnswer> {
  const command = [...inNamespace(namespace), process.execPath, PROGRAM, JSON.stringify(question)];
  const { stdout } = await exec.run(command, { timeoutMs: 120_000 * slowness });
  return answerSchema.parse(JSON.parse(stdout));
}

/**
 * Does an address answer one ping from that namespace? `null` when it cannot be asked: there is no ping, or it may not open its socket. iputils ends with 1 when nothing
 * answered and with 2 when it could not ask; BusyBox ends with 1 for both, and complains on standard error of the second alone.
 */
export async function answersPing(
  { exec, slowness }: AskingPlace,
  namespace: string,
  address: string,
): Promise<boolean | null> {
  try {
    await exec.run([...inNamespace(namespace), 'ping', '-c', '1', '-W', String(slowness), address], {
      timeoutMs: 5000 * slowness,
    });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.exitCode === 1 && error.stderrTail.trim() === '' ? false : null;
  }
}
