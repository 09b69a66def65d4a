import type { KubeProxy } from '../../dataplane/kube-proxy/started.ts';
import { InvalidRunError } from '../../errors.ts';
import { modeOf } from '../../mode/table.ts';
import type { Sync } from '../../model/counters.ts';
import type { ProxyErrors } from '../../model/proxy-errors.ts';
import type { Reason } from '../../model/reason.ts';
import { MEMORY_REMEDY } from '../../system/memory-kills.ts';
import { waitFor } from '../../system/wait.ts';
import type { DataPlane } from '../node.ts';
import { KILLED_FOR_MEMORY } from '../testbed.ts';

/** A kube-proxy that this program started. */
export class StartedDataPlane implements DataPlane {
  readonly #proxy: KubeProxy;
  readonly #signal: AbortSignal;

  constructor(proxy: KubeProxy, signal: AbortSignal) {
    this.#proxy = proxy;
    this.#signal = signal;
  }

  async waitUntilSettled(lastChangeMs: number, deadlineMs: number): Promise<void> {
    const proxy = this.#proxy;
    await waitFor({
      look: async () => {
        proxy.requireSyncing();
        const why = await proxy.unsettled(lastChangeMs, this.#signal);
        return why === null ? { holds: true, value: null } : { holds: false, why };
      },
      deadlineMs,
      pauseMs: 50,
      onTimeout: (why) =>
        new InvalidRunError(
          `${proxy.mode.id} did not settle within ${deadlineMs} ms: ${why}`,
          `read ${proxy.process.logFile}`,
        ),
      signal: this.#signal,
    });
  }

  async syncsBetween(fromWallMs: number, toWallMs: number): Promise<readonly Sync[]> {
    if (modeOf(this.#proxy.mode).syncsSeenIn === 'metrics') await this.#proxy.metrics(this.#signal);
    return this.#proxy.syncsBetween(fromWallMs, toWallMs);
  }

  takeErrors(): readonly ProxyErrors[] {
    return this.#proxy.takeErrors();
  }

  get syncsByItself(): boolean {
    return modeOf(this.#proxy.mode).syncPeriodS !== null;
  }

  failure(): Reason | null {
    const { process } = this.#proxy;
    if (process.end === null) return null;
    const message = `${process.name} ${process.endText}:\n${process.logTail(5)}`;
    if (process.killedForMemory) return memoryFailure(message);
    return { code: 'kube-proxy-ended', message, remedy: "read kube-proxy's log in the run's logs folder" };
  }
}

export function memoryFailure(message: string): Reason {
  return { code: KILLED_FOR_MEMORY, message, remedy: MEMORY_REMEDY };
}
