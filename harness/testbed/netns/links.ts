import type { BackendAddress, NodeAddresses } from './addresses.ts';
import { SERVER_GATEWAY, SERVER_NAMESPACE, SERVER_POD_CIDR } from './addresses.ts';

/** One line of `ip -batch`, and the namespace to run it in; `null` is the laboratory's main one. */
export interface IpLine {
  readonly namespace: string | null;
  readonly line: string;
}

/**
 * The laboratory's network: namespaces first, then `links` (all veth pairs, from the main namespace), then `addresses` (addresses, routes, up), then
 * sysctls. Plain point-to-point veth and routes, no bridge: a bridge could send packets through iptables a second time (br_netfilter).
 */
export interface Wiring {
  readonly namespaces: readonly string[];
  readonly links: readonly IpLine[];
  readonly addresses: readonly IpLine[];
  /** Deletes the links that reach out of these namespaces: the kernel takes a deleted namespace apart later, and a peer outside would stay until then. */
  readonly removals: readonly IpLine[];
  readonly sysctls: readonly { readonly namespace: string; readonly key: string; readonly value: string }[];
}

interface End {
  readonly namespace: string | null;
  readonly device: string;
  readonly address: string;
  readonly prefixLength: number;
}

interface Cable {
  readonly ends: readonly [End, End];
}

function cableLink({ ends: [a, b] }: Cable): IpLine {
  const place = (end: End) => (end.namespace === null ? '' : ` netns ${end.namespace}`);
  return { namespace: null, line: `link add ${a.device}${place(a)} type veth peer name ${b.device}${place(b)}` };
}

function cableAddresses({ ends }: Cable): IpLine[] {
  return ends.flatMap((end) => [
    { namespace: end.namespace, line: `addr add ${end.address}/${end.prefixLength} dev ${end.device}` },
    { namespace: end.namespace, line: `link set ${end.device} up` },
  ]);
}

function cableRemovals({ ends }: Cable): IpLine[] {
  const outside = ends.find(({ namespace }) => namespace === null || namespace === SERVER_NAMESPACE);
  return outside === undefined ? [] : [{ namespace: outside.namespace, line: `link delete ${outside.device}` }];
}

const route = (namespace: string, words: string): IpLine => ({ namespace, line: `route add ${words}` });
const forwarding = (namespace: string) => ({ namespace, key: 'net/ipv4/ip_forward', value: '1' });

/** The server's node and its ten backends' pods. */
export function serverWiring(backends: readonly BackendAddress[]): Wiring {
  const cables = backends.map(
    (backend, position): Cable => ({
      ends: [
        { namespace: SERVER_NAMESPACE, device: `pod${position}`, address: SERVER_GATEWAY, prefixLength: 32 },
        { namespace: backend.namespace, device: 'eth0', address: backend.address, prefixLength: 32 },
      ],
    }),
  );
  const routes = backends.flatMap((backend, position) => [
    route(SERVER_NAMESPACE, `${backend.address}/32 dev pod${position}`),
    route(backend.namespace, `${SERVER_GATEWAY}/32 dev eth0`),
    route(backend.namespace, `default via ${SERVER_GATEWAY} dev eth0`),
  ]);
  return {
    namespaces: [SERVER_NAMESPACE, ...backends.map((backend) => backend.namespace)],
    links: cables.map(cableLink),
    removals: cables.flatMap(cableRemovals),
    addresses: [...cables.flatMap(cableAddresses), ...routes],
    sysctls: [forwarding(SERVER_NAMESPACE)],
  };
}

/** One mode's client pod and node, linked to the server's node (through a node with a kube-proxy of its own when `serverProxy`). */
export function nodeWiring(node: NodeAddresses, options: { readonly serverProxy: boolean }): Wiring {
  const between = options.serverProxy ? [node.serverNodeNamespace] : [];
  const cables = [
    clientCable(node),
    managementCable(node),
    ...(options.serverProxy ? serverNodeCables(node) : [serverCable(node)]),
  ];
  const routes = [
    route(node.clientNamespace, `default via ${node.podGateway}`),
    ...(options.serverProxy ? serverNodeRoutes(node) : serverRoutes(node)),
  ];
  return {
    namespaces: [node.nodeNamespace, node.clientNamespace, ...between],
    links: cables.map(cableLink),
    removals: cables.flatMap(cableRemovals),
    addresses: [...cables.flatMap(cableAddresses), ...routes],
    sysctls: [
      ...[node.nodeNamespace, ...between].map(forwarding),
      // All ports above the well-known ones: at one Service there is one VIP:port, and 1,000 new connections a second
      // would go through the usual 28,000 ports within half a minute.
      { namespace: node.clientNamespace, key: 'net/ipv4/ip_local_port_range', value: '1024 65535' },
    ],
  };
}

function clientCable(node: NodeAddresses): Cable {
  return {
    ends: [
      { namespace: node.nodeNamespace, device: 'pod0', address: node.podGateway, prefixLength: 24 },
      { namespace: node.clientNamespace, device: 'eth0', address: node.clientAddress, prefixLength: 24 },
    ],
  };
}

function managementCable(node: NodeAddresses): Cable {
  return {
    ends: [
      { namespace: null, device: `mgmt${node.index}`, address: node.managementHost, prefixLength: 30 },
      { namespace: node.nodeNamespace, device: 'mgmt', address: node.managementNode, prefixLength: 30 },
    ],
  };
}

function serverCable(node: NodeAddresses): Cable {
  return {
    ends: [
      { namespace: node.nodeNamespace, device: 'eth0', address: node.nodeAddress, prefixLength: 24 },
      { namespace: SERVER_NAMESPACE, device: `node${node.index}`, address: node.serverSideAddress, prefixLength: 24 },
    ],
  };
}

function serverRoutes(node: NodeAddresses): IpLine[] {
  return [
    // Also the way to the pods. A node without a default route could not even try a ClusterIP from itself.
    route(node.nodeNamespace, `default via ${node.serverSideAddress}`),
    route(SERVER_NAMESPACE, `${node.podCidr} via ${node.nodeAddress}`),
  ];
}

function serverNodeCables(node: NodeAddresses): Cable[] {
  return [
    {
      ends: [
        { namespace: node.nodeNamespace, device: 'eth0', address: node.nodeAddress, prefixLength: 24 },
        { namespace: node.serverNodeNamespace, device: 'eth0', address: node.serverSideAddress, prefixLength: 24 },
      ],
    },
    {
      ends: [
        { namespace: node.serverNodeNamespace, device: 'pods', address: node.serverNodeAddress, prefixLength: 24 },
        { namespace: SERVER_NAMESPACE, device: `node${node.index}`, address: node.serverNodeUplink, prefixLength: 24 },
      ],
    },
    {
      ends: [
        { namespace: null, device: `smgmt${node.index}`, address: node.serverManagementHost, prefixLength: 30 },
        { namespace: node.serverNodeNamespace, device: 'mgmt', address: node.serverManagementNode, prefixLength: 30 },
      ],
    },
  ];
}

function serverNodeRoutes(node: NodeAddresses): IpLine[] {
  return [
    // Also the way to the pods. A node without a default route could not even try a ClusterIP from itself.
    route(node.nodeNamespace, `default via ${node.serverSideAddress}`),
    route(node.serverNodeNamespace, `${SERVER_POD_CIDR} via ${node.serverNodeUplink}`),
    route(node.serverNodeNamespace, `${node.podCidr} via ${node.nodeAddress}`),
    route(SERVER_NAMESPACE, `${node.podCidr} via ${node.serverNodeAddress}`),
  ];
}
