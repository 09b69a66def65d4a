import type { Store, Written } from '../../kubernetes/apiserver/store.ts';
import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import type { NodeServices } from '../node.ts';
import { type BackendAddress, SERVER_GATEWAY } from './addresses.ts';
import { changeEndpoints } from './cluster-table.ts';

/** The Services in the API server of one node. */
export class NetnsServices implements NodeServices {
  readonly backends: readonly string[];
  /** The server's node, on which no pod's port is open. */
  readonly refusingAddress = SERVER_GATEWAY;
  readonly #store: Store;
  readonly #table: ServiceTable;

  constructor(store: Store, table: ServiceTable, backends: readonly BackendAddress[]) {
    this.#store = store;
    this.#table = table;
    this.backends = backends.slice(0, table.targetEndpoints).map(({ address }) => address);
  }

  setEndpoints(targetId: string, addresses: readonly string[]): Written {
    const target = this.#table.targets.find(({ id }) => id === targetId);
    if (target === undefined) throw new Error(`no target ${targetId}`);
    return changeEndpoints(this.#store, { namespace: target.namespace, serviceName: target.id, addresses });
  }
}
