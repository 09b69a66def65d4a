import type { V1EndpointSlice } from '@kubernetes/client-node';
import {
  LAST_CHANGE_TRIGGER_TIME_ANNOTATION,
  MANAGED_BY,
  SERVICE_NAME_LABEL,
  SLICE_MANAGED_BY_LABEL,
} from './labels.ts';

/** What the EndpointSlice controller puts into one slice by default (--max-endpoints-per-slice). */
const MAX_ENDPOINTS_PER_SLICE = 100;

export interface EndpointSliceOptions {
  readonly namespace: string;
  readonly serviceName: string;
  readonly addresses: readonly string[];
  readonly targetPort: number;
  readonly labels: Readonly<Record<string, string>>;
  /** When the change that these endpoints tell of happened; `null` leaves the annotation out. */
  readonly triggerTime: Date | null;
}

/** The slices of one Service, at most 100 endpoints each; a Service without endpoints has one empty slice, as from the controller. */
export function makeEndpointSlices(options: EndpointSliceOptions): V1EndpointSlice[] {
  const count = Math.max(1, Math.ceil(options.addresses.length / MAX_ENDPOINTS_PER_SLICE));
  return Array.from({ length: count }, (_, index) => makeEndpointSlice(options, index));
}

function makeEndpointSlice(options: EndpointSliceOptions, index: number): V1EndpointSlice {
  const start = index * MAX_ENDPOINTS_PER_SLICE;
  const addresses = options.addresses.slice(start, start + MAX_ENDPOINTS_PER_SLICE);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${options.serviceName}-${index + 1}`,
      namespace: options.namespace,
      labels: {
        [SERVICE_NAME_LABEL]: options.serviceName,
        [SLICE_MANAGED_BY_LABEL]: MANAGED_BY,
        ...options.labels,
      },
      ...(options.triggerTime === null
        ? {}
        : { annotations: { [LAST_CHANGE_TRIGGER_TIME_ANNOTATION]: options.triggerTime.toISOString() } }),
    },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
    })),
    ports: [{ name: 'http', protocol: 'TCP', port: options.targetPort }],
  };
}
