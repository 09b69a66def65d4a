import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { CommandError, type Exec } from '../../system/exec.ts';
import { patientMs } from '../../system/patience.ts';
import type { ProbeAnswer, ProbeQuestion } from '../backend/probe-client.ts';
import { inNamespace } from './namespaces.ts';

const PROGRAM = fileURLToPath(new URL('../backend/probe-client.ts', import.meta.url));

const answerSchema = z.strictObject({
  failures: z.array(z.strictObject({ id: z.string(), why: z.string() })),
  connectedAtMs: z.number().nullable(),
  answered: z.int(),
});

/** Asks, from inside a namespace, what answers there. */
export async function probe(exec: Exec, namespace: string, question: ProbeQuestion): Promise<ProbeAnswer> {
  const command = [...inNamespace(namespace), process.execPath, PROGRAM, JSON.stringify(question)];
  const { stdout } = await exec.run(command, { timeoutMs: patientMs(120_000) });
  return answerSchema.parse(JSON.parse(stdout));
}

/**
 * Does an address answer one ping from that namespace? `null` when it cannot be asked: there is no ping, or it may not open its socket. iputils ends with 1 when nothing
 * answered and with 2 when it could not ask; BusyBox ends with 1 for both, and complains on standard error of the second alone.
 */
export async function answersPing(exec: Exec, namespace: string, address: string): Promise<boolean | null> {
  try {
    const seconds = String(patientMs(1000) / 1000);
    await exec.run([...inNamespace(namespace), 'ping', '-c', '1', '-W', seconds, address], {
      timeoutMs: patientMs(5000),
    });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.exitCode === 1 && error.stderrTail.trim() === '' ? false : null;
  }
}
