import { InterruptedError } from '../errors.ts';
import { loadRun, writeRunHeader } from '../store/store.ts';

/**
 * Whoever measured could not say how the run ended (it was killed, with its guest or its laboratory): its header says so from out here, and no run stays "running". The journal
 * is whole but for a torn last line. Does nothing to a run that has its end, or never began.
 */
export async function closeRun(directory: string, error: unknown): Promise<void> {
  const run = await loadRun(directory).catch(() => null);
  if (run === null || run.header.status !== 'running') return;
  const interrupted = error instanceof InterruptedError;
  const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  await writeRunHeader(directory, {
    ...run.header,
    status: interrupted ? 'interrupted' : 'failed',
    statusReason: reason,
    endedAt: new Date().toISOString(),
  });
}
