import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Exec } from '../../system/exec.ts';
import { patientMs } from '../../system/patience.ts';
import { inNamespace } from './namespaces.ts';
import type { ProbeAnswer, ProbeQuestion } from './probe-client.ts';

const PROGRAM = fileURLToPath(new URL('./probe-client.ts', import.meta.url));

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

/** Does an address answer one ping from that namespace? `null` when there is no ping to ask with. */
export async function answersPing(exec: Exec, namespace: string, address: string): Promise<boolean | null> {
  try {
    const seconds = String(patientMs(1000) / 1000);
    await exec.run([...inNamespace(namespace), 'ping', '-c', '1', '-W', seconds, address], {
      timeoutMs: patientMs(5000),
    });
    return true;
  } catch (error) {
    const notFound = error instanceof Error && /failed to execute ping|not found/.test(error.message);
    return notFound ? null : false;
  }
}
