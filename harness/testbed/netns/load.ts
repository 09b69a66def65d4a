import { join } from 'node:path';
import type { RunningLoad } from '../../load/running-load.ts';
import { startLoadClient } from '../../load/start.ts';
import type { LoadMessage, LoadSpec } from '../../model/load.ts';
import type { NodeAddresses } from './addresses.ts';
import { inNamespace } from './namespaces.ts';
import type { StandUpContext } from './stand-up-context.ts';

/** Starts load clients in the client's namespace of one node. */
export class NetnsLoad {
  readonly #context: StandUpContext;
  readonly #addresses: NodeAddresses;
  /** Processes of the load that was started last. */
  pids: readonly number[] = [];

  constructor(context: StandUpContext, addresses: NodeAddresses) {
    this.#context = context;
    this.#addresses = addresses;
  }

  async start(spec: LoadSpec, onMessage: (message: LoadMessage) => void): Promise<RunningLoad> {
    const { scenario, logsDirectory, runSignal } = this.#context;
    const load = await startLoadClient({
      commandPrefix: inNamespace(this.#addresses.clientNamespace),
      spec,
      clients: scenario.load.clients,
      onMessage,
      logFile: join(logsDirectory, 'load-client.log'),
      signal: runSignal,
    });
    this.pids = load.pids;
    return load;
  }
}
