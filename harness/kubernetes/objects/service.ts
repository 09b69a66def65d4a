import type { V1Service } from '@kubernetes/client-node';

export interface ServiceOptions {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIp: string;
  readonly port: number;
  readonly targetPort: number;
  /** A port on every node besides the ClusterIP; `null` for a plain ClusterIP Service. */
  readonly nodePort: number | null;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * A Service without selector (its EndpointSlices are written by us) with every field that an API server would default,
 * so that it is the same object whichever server takes it.
 */
export function makeService(options: ServiceOptions): V1Service {
  const { nodePort } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: options.name, namespace: options.namespace, labels: options.labels },
    spec: {
      type: nodePort === null ? 'ClusterIP' : 'NodePort',
      clusterIP: options.clusterIp,
      clusterIPs: [options.clusterIp],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      ...(nodePort === null ? {} : { externalTrafficPolicy: 'Cluster' }),
      ports: [
        {
          name: 'http',
          protocol: 'TCP',
          port: options.port,
          targetPort: options.targetPort,
          ...(nodePort === null ? {} : { nodePort }),
        },
      ],
    },
    status: { loadBalancer: {} },
  };
}
