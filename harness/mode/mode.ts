import type { Routing } from '../model/mode.ts';
import type { Reason } from '../model/reason.ts';
import type { KernelObjects } from '../model/target.ts';

/** One question to the kernel: make an object of some kind. Yes is exit code 0. */
export interface KernelProbe {
  readonly id: string;
  readonly command: readonly string[];
  /** The command's standard input. */
  readonly input?: string;
}

/** A probe with what its "no" means. */
export interface Requirement extends KernelProbe {
  /** For people: "the ipvs module". */
  readonly what: string;
  /** The kernel options that give it; `null` when it is none of the kernel's build. */
  readonly option: string | null;
  /** The module, where one can be loaded by name. */
  readonly module: string | null;
  /** The tool's Debian package. */
  readonly package: string;
  /** What an answer must look like beside exit code 0. */
  readonly says?: RegExp;
  /** Set where a "no" is the tool's and not the kernel's, as long as the kernel says yes to the rest: what the tool lacks. */
  readonly toolLacks?: string;
  /** Set where a "no" has nothing to do with kernel and tools: what to tell then. */
  readonly reason?: Reason;
}

/** Hands over every line that a command writes. Where it runs (a namespace, a container) is the business of whoever gives this. */
export type ReadLines = (command: readonly string[], onLine: (line: string) => void) => Promise<void>;

/** `quick` leaves out what takes seconds at 10,000 Services and no oracle asks for. */
export type ReadingDepth = 'quick' | 'whole';

/** What is in one node's kernel, and where the Services' jumps are (empty in modes without an order). */
export interface NodeTables {
  readonly kernelObjects: KernelObjects;
  readonly positions: ReadonlyMap<string, number>;
  /** Rules of iptables that lead to an endpoint; `null` in modes without. For the oracle alone. */
  readonly endpointRules: number | null;
}

/** What kube-proxy was asked to programme: ClusterIP Services with one TCP port, all with the same number of ready endpoints. */
export interface ProgrammedServices {
  readonly services: number;
  readonly endpointsPerService: number;
  /** Services and endpoints that stand besides them (the API server's own `kubernetes`, a node-port probe). */
  readonly extraServices: number;
  readonly extraEndpoints: number;
  /** Node ports, each with `endpointsPerService` endpoints, and the node's addresses that ipvs mode serves them on. */
  readonly nodePorts: number;
  readonly nodeAddresses: number;
  /** Endpoints of each node port; `endpointsPerService` unless the Service that it leads to has fewer. */
  readonly endpointsPerNodePort?: number;
}

/** What was found, as far as the oracle asks. */
export type FoundTables = Pick<NodeTables, 'kernelObjects'> & Partial<Pick<NodeTables, 'endpointRules'>>;

/** A Service as far as a mode asks. */
export interface ServicePorts {
  readonly spec?: {
    readonly clusterIP?: string;
    readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  };
}

/** How a mode looks on charts. Colours as #rrggbb. */
export interface ModeColours {
  readonly light: string;
  readonly dark: string;
  /** For its name as text: at least 4.5 to 1 against the page. */
  readonly lightInk: string;
  readonly dash: readonly number[];
  readonly shape: string;
}

/** Minor releases of kube-proxy that have the mode. */
interface Releases {
  readonly from: number;
  /** The first that has it no more. */
  readonly until: number | null;
  readonly note: string;
}

/** Everything that differs between modes, as values: nobody else asks which mode it is. */
export interface RoutingMode {
  /** `iptables-legacy`, `ipvs` (rr, the default), `ipvs-lc`, `nftables`. */
  readonly name: string;
  /** For doctor; `null` when there is nothing to add. */
  readonly note: string | null;
  /** Plain routes to the pods: every mode with rules is compared with it. */
  readonly isFloor: boolean;
  /** Not set but found, as it stands, in a cluster. */
  readonly isFound: boolean;
  /** kube-proxy's own word for it; `null` for routings that no kube-proxy makes. */
  readonly proxyWord: string | null;
  readonly releases: Releases;
  /** kube-proxy refuses the mode below it; `null` where any will do. */
  readonly leastKernel: readonly [number, number] | null;
  /** One object of every kind that the mode's kube-proxy makes. */
  readonly requirements: readonly Requirement[];
  /** Programs beside those of every laboratory. */
  readonly tools: readonly string[];
  /** Why an ordinary user cannot run it; `null` when he can. */
  readonly needsRoot: string | null;
  /** The flavour of iptables that it uses, and whether its Services are rules there or only its masquerading is. */
  readonly iptables: { readonly flavour: 'legacy' | 'nft'; readonly holdsServices: boolean } | null;
  /** Whether a connection meets one rule after the other, up to its Service's. */
  readonly rulesHaveOrder: boolean;
  /** What it goes over all its rules by, changed or not, s; `null` when it does not. */
  readonly syncPeriodS: number | null;
  /** Where each of its syncs can be seen at the level of logging that it runs with. */
  readonly syncsSeenIn: 'log' | 'metrics';
  readonly settledSeenIn: 'log' | 'metrics';
  readonly logFlags: readonly string[];
  /** Its part of KubeProxyConfiguration beside the mode's word; with another sync period where one is given, s. */
  proxySettings(periodS: number | null): Readonly<Record<string, unknown>>;
  /** Gates that it stands behind in that minor release. */
  featureGates(minor: number): Readonly<Record<string, boolean>>;
  /** Whether it reads Endpoints and no EndpointSlices. */
  readonly needsEndpoints: boolean;
  /** Whether an endpoint that was removed stays listed while its connections last. */
  readonly keepsRemovedEndpoints: boolean;
  /** What can be written before kube-proxy starts, as if it had been restarted; `null` where it fills its tables in one go. */
  readonly setsBeforeStart:
    | ((services: readonly ServicePorts[]) => { readonly command: readonly string[]; readonly input: string })
    | null;
  /** Rules of table nat that Services account for. */
  natRules(programmed: ProgrammedServices): number;
  readTables(read: ReadLines, depth: ReadingDepth): Promise<NodeTables>;
  /** Why the kernel's objects are not what was programmed; empty when they are. */
  oracle(found: FoundTables, programmed: ProgrammedServices): readonly string[];
  readonly colours: ModeColours;
}

/** A kind of routing with its options: one folder or file, and one line in table.ts. */
export interface ModeKind {
  /** Words of scenario files and --modes that name it, each with what it means. */
  readonly words: Readonly<Record<string, Routing>>;
  /** Which of them stand for it where modes are listed. */
  readonly listed: readonly string[];
  /** Its options and their values; `null`: any text. */
  readonly options: Readonly<Record<string, readonly string[] | null>>;
  /** `routing` is one that table.ts has looked through. */
  make(routing: Routing): RoutingMode;
}
