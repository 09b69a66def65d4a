import { LABORATORY_RANGES } from '../../model/address-ranges.ts';

/**
 * The address plan of the netns laboratory. Pod and Service ranges are the usual ones (kubeadm with flannel or kind):
 * pods 10.244.0.0/16, Services 10.96.0.0/12, nodes 172.18.0.0/16. The management links (API server, metrics) have a range
 * of their own, so that no measured packet shares a link with them.
 */
export interface NodeAddresses {
  /** Position of the mode in the scenario, from 0. */
  readonly index: number;
  readonly nodeName: string;
  readonly nodeNamespace: string;
  readonly clientNamespace: string;
  /** Only with `serverProxy`: the server's node of this mode, between the client's node and the pods. */
  readonly serverNodeName: string;
  readonly serverNodeNamespace: string;
  readonly podCidr: string;
  readonly podGateway: string;
  readonly clientAddress: string;
  readonly nodeAddress: string;
  readonly serverSideAddress: string;
  readonly managementHost: string;
  readonly managementNode: string;
  readonly serverManagementHost: string;
  readonly serverManagementNode: string;
  readonly serverNodeAddress: string;
  readonly serverNodeUplink: string;
}

export interface BackendAddress {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
}

/** Real NGINX pods. */
export const BACKENDS = 10;

export const POD_RANGE = LABORATORY_RANGES.pods;
/** The server's node: pods of the ten backends. */
export const SERVER_POD_CIDR = '10.244.0.0/24';
export const SERVER_GATEWAY = '10.244.0.1';
export const SERVER_NAMESPACE = 'server';
export const BACKEND_PORT = 8080;
export const MAX_MODES = 60;

/**
 * Addresses and namespace names of one mode's node. `index` must be below MAX_MODES. Each size of a run (`block`, from 0) has clients of another address: the pods
 * stay, and hold the last size's connections in TIME_WAIT for a minute. A SYN of the same four numbers with a timestamp of another series would be dropped there.
 */
export function nodeAddresses(index: number, block = 0): NodeAddresses {
  if (!Number.isInteger(index) || index < 0 || index >= MAX_MODES)
    throw new Error(`no addresses for mode number ${index}`);
  return {
    index,
    nodeName: `node-${index}`,
    nodeNamespace: `node-${index}`,
    clientNamespace: `client-${index}`,
    serverNodeName: `server-node-${index}`,
    serverNodeNamespace: `server-node-${index}`,
    podCidr: `10.244.${index + 1}.0/24`,
    podGateway: `10.244.${index + 1}.1`,
    clientAddress: `10.244.${index + 1}.${2 + (block % 250)}`,
    nodeAddress: `172.18.${index}.2`,
    serverSideAddress: `172.18.${index}.1`,
    managementHost: `100.64.${index}.1`,
    managementNode: `100.64.${index}.2`,
    serverManagementHost: `100.64.${index}.5`,
    serverManagementNode: `100.64.${index}.6`,
    serverNodeAddress: `172.18.${100 + index}.2`,
    serverNodeUplink: `172.18.${100 + index}.1`,
  };
}

/** The ten (or `count`) real NGINX backends. */
export function backendAddresses(count: number): readonly BackendAddress[] {
  return Array.from({ length: count }, (_, position) => ({
    name: `backend-${position + 1}`,
    namespace: `pod-${position + 1}`,
    address: `10.244.0.${10 + position}`,
  }));
}
