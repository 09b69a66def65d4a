/** Virtual and real servers of IPVS, as `ipvsadm --save --numeric` writes them. */
export interface IpvsServices {
  /** "address:port" of TCP virtual servers → what stands behind them. */
  readonly services: ReadonlyMap<string, IpvsService>;
  readonly serviceCount: number;
  readonly destinationCount: number;
}

interface IpvsService {
  readonly scheduler: string;
  readonly destinations: readonly IpvsDestination[];
}

export interface IpvsDestination {
  readonly address: string;
  readonly forwarding: 'masquerade' | 'route' | 'tunnel';
  readonly weight: number;
}

/** Virtual servers have a letter by protocol (-t, -u), a firewall mark (-f, with -6 behind it for IPv6), or a long word (--sctp-service). */
const SERVICE = /^-A (--?[\w-]+) (\S+).*? (?:-s|--scheduler) (\S+)/;
const DESTINATION = /^-a (--?[\w-]+) (\S+) (?:-6 )?-r (\S+) -([mgi])(?: .*?-w (\d+))?/;
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
    if (line.startsWith('-A ')) this.#takeService(line);
    else if (line.startsWith('-a ')) this.#takeDestination(line);
  }

  get result(): IpvsServices {
    return { services: this.#services, serviceCount: this.#serviceCount, destinationCount: this.#destinationCount };
  }

  /** Counted whatever the kind of server: the kernel knows more of them than these lines were made for. */
  #takeService(line: string): void {
    this.#serviceCount += 1;
    const [, kind, address = '', scheduler = ''] = SERVICE.exec(line) ?? [];
    if (kind === '-t' && this.#wanted.has(address)) this.#services.set(address, { scheduler, destinations: [] });
  }

  #takeDestination(line: string): void {
    this.#destinationCount += 1;
    const [, kind, service = '', address = '', letter, weight = 1] = DESTINATION.exec(line) ?? [];
    if (kind !== '-t') return;
    const forwarding = FORWARDING[letter as keyof typeof FORWARDING];
    this.#services.get(service)?.destinations.push({ address, forwarding, weight: Number(weight) });
  }
}
