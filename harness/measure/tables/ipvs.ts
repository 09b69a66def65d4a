/** Virtual and real servers of IPVS, as `ipvsadm --save --numeric` writes them. */
export interface IpvsServices {
  /** "address:port" of TCP virtual servers → what stands behind them. */
  readonly services: ReadonlyMap<string, IpvsService>;
  readonly serviceCount: number;
  readonly destinationCount: number;
}

export interface IpvsService {
  readonly scheduler: string;
  readonly destinations: readonly IpvsDestination[];
}

export interface IpvsDestination {
  readonly address: string;
  readonly forwarding: 'masquerade' | 'route' | 'tunnel';
  readonly weight: number;
}

const SERVICE = /^-A -([tuf]) (\S+) -s (\S+)/;
const DESTINATION = /^-a -([tuf]) (\S+) -r (\S+) -([mgi])(?: -w (\d+))?/;
const FORWARDING = { m: 'masquerade', g: 'route', i: 'tunnel' } as const;

/**
 * Reads `ipvsadm -Sn` line by line: every server is counted; those named in `wanted` ("address:port") are kept with their
 * destinations, so that 100,000 of them need no memory.
 */
export class IpvsReader {
  readonly #wanted: ReadonlySet<string>;
  readonly #services = new Map<string, { scheduler: string; destinations: IpvsDestination[] }>();
  #serviceCount = 0;
  #destinationCount = 0;

  constructor(wanted: Iterable<string> = []) {
    this.#wanted = new Set(wanted);
  }

  push(line: string): void {
    const service = SERVICE.exec(line);
    if (service !== null) {
      this.#serviceCount += 1;
      const address = service[2] ?? '';
      if (service[1] === 't' && this.#wanted.has(address)) {
        this.#services.set(address, { scheduler: service[3] ?? '', destinations: [] });
      }
      return;
    }
    const destination = DESTINATION.exec(line);
    if (destination === null) return;
    this.#destinationCount += 1;
    if (destination[1] !== 't') return;
    const forwarding = FORWARDING[destination[4] as keyof typeof FORWARDING];
    this.#services
      .get(destination[2] ?? '')
      ?.destinations.push({ address: destination[3] ?? '', forwarding, weight: Number(destination[5] ?? 1) });
  }

  get result(): IpvsServices {
    return { services: this.#services, serviceCount: this.#serviceCount, destinationCount: this.#destinationCount };
  }
}
