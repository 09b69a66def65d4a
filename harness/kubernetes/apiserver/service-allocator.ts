import type { V1Service } from '@kubernetes/client-node';
import type { Ipv4Cidr } from '../../model/ipv4.ts';
import { type DefaultedService, defaultService } from './service-defaults.ts';

interface Allocation {
  readonly clusterIps: readonly string[];
  readonly nodePorts: readonly number[];
}

/** Who owns which ClusterIP and NodePort. Owners are entry keys. */
export class ServiceAllocator {
  readonly #range: Ipv4Cidr;
  readonly #clusterIps = new Map<string, string>();
  readonly #nodePorts = new Map<number, string>();
  readonly #owned = new Map<string, Allocation>();

  constructor(range: Ipv4Cidr) {
    this.#range = range;
  }

  /** The Service with defaults and addresses filled in; an update that names no ClusterIP keeps the one it has. Takes nothing yet. */
  default(key: string, service: V1Service): DefaultedService {
    const [held] = this.#owned.get(key)?.clusterIps ?? [];
    const keeps = held !== undefined && service.spec?.type !== 'ExternalName' && !service.spec?.clusterIP;
    const asked = keeps ? { ...service, spec: { ...service.spec, clusterIP: held } } : service;
    return defaultService(asked, {
      key,
      range: this.#range,
      allocations: { clusterIps: this.#clusterIps, nodePorts: this.#nodePorts },
    });
  }

  take(key: string, service: V1Service): void {
    this.release(key);
    const clusterIps = (service.spec?.clusterIPs ?? []).filter((address) => address !== 'None');
    const nodePorts = (service.spec?.ports ?? []).flatMap((port) =>
      port.nodePort === undefined ? [] : [port.nodePort],
    );
    for (const address of clusterIps) this.#clusterIps.set(address, key);
    for (const port of nodePorts) this.#nodePorts.set(port, key);
    this.#owned.set(key, { clusterIps, nodePorts });
  }

  release(key: string): void {
    const owned = this.#owned.get(key);
    for (const address of owned?.clusterIps ?? []) this.#clusterIps.delete(address);
    for (const port of owned?.nodePorts ?? []) this.#nodePorts.delete(port);
    this.#owned.delete(key);
  }
}
