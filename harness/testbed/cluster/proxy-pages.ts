import { METRICS_PORT } from '../../dataplane/kube-proxy/config.ts';
import { type PageAddress, parsePageAddress } from '../../model/page-address.ts';

export interface PageHint {
  /** What the scenario says (kubernetes.proxyMetrics). */
  readonly given: string | null;
  /** metricsBindAddress of kube-proxy's settings, if they could be read. */
  readonly bound: unknown;
  readonly node: NodeAddresses;
}

/** How a node is reached from itself. */
export interface NodeAddresses {
  /** What kube-proxy was started with there, in the form of metricsBindAddress; `null` where it does not say. */
  readonly metricsFlag: string | null;
  /** The one that the cluster knows it by. */
  readonly first: string;
  /** Those of its interfaces. */
  readonly local: readonly string[];
}

/** A page's host and port, as they are asked for. */
export interface NodePage {
  readonly host: string;
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
const ANYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::', '']);

/**
 * Where kube-proxy's pages may be on a node, in the order to try them. One ConfigMap is for all nodes: an address in it that is another node's would answer for that
 * one, and of it the port alone is taken. Unless its settings or its flags say otherwise kube-proxy listens on 127.0.0.1:10249. Pure.
 */
export function listProxyPages({ given, bound, node }: PageHint): readonly NodePage[] {
  if (given !== null) {
    const address = parsePageAddress(given);
    // An address that somebody typed is meant.
    if (address?.host != null && !ANYWHERE.has(address.host)) return [{ host: address.host, port: address.port }];
    return onNode(address, node);
  }
  const pages = [
    ...[bound, node.metricsFlag].flatMap((text) => onNode(typeof text === 'string' ? parseBound(text) : null, node)),
    { host: LOOPBACK, port: METRICS_PORT },
  ];
  return pages.filter((page, index) => pages.findIndex((one) => formatPage(one) === formatPage(page)) === index);
}

/** kube-proxy takes an address without a port too, and then its own port; "[::]:10249" is everywhere. */
function parseBound(bound: string): PageAddress | null {
  if (bound === '') return null;
  const [, host] = /^\[?([0-9a-fA-F:]*:[0-9a-fA-F:]*|[0-9.]+)\]?$/.exec(bound) ?? [];
  const isAddressAlone = host !== undefined && host !== '' && !/^:[0-9]+$/.test(bound) && !/^[0-9]+$/.test(bound);
  return isAddressAlone ? { host, port: METRICS_PORT } : parsePageAddress(bound);
}

function onNode(address: PageAddress | null, { first, local }: NodeAddresses): readonly NodePage[] {
  if (address === null) return [];
  const { host, port } = address;
  const own = [LOOPBACK, first].map((one) => ({ host: one, port }));
  if (host === null || ANYWHERE.has(host)) return own;
  return isLocal(host, local) ? [{ host, port }, ...own] : own;
}

function isLocal(host: string, local: readonly string[]): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || local.includes(host);
}

/** "127.0.0.1:10249", "[::1]:10249" */
export function formatPage({ host, port }: NodePage): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
