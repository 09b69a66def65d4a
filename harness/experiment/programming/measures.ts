import type { Quantity } from '../../model/quantity.ts';
import type { Run } from '../../model/run.ts';
import { type Observed, readValues } from '../observed.ts';

export const PROGRAMMING = 'programming';

/** A kube-proxy that starts beside tables that are empty. */
export const COLD_START = 'cold-start';

const SHARED = {
  experiment: PROGRAMMING,
  margin: { absolute: 0, ratio: 0 },
  primary: null,
  distribution: null,
  asked: [],
  aliases: [],
} satisfies Partial<Quantity>;

/** What standing a node up says of its programming. Taken once for each node and size: no margin, and so no verdict. */
export const PROGRAMMING_QUANTITIES: readonly Quantity[] = [
  {
    ...SHARED,
    id: 'programming.settled',
    name: 'programming time',
    short: 'programming',
    meaning:
      'From kube-proxy’s start to the settle gate: the last sync began after the last change, and the rules are all there.',
    unit: 'ms',
    asked: ['runs', 'overview'],
    aliases: ['programming'],
  },
  {
    ...SHARED,
    id: 'programming.objects',
    name: 'time to write the objects',
    short: 'objects written',
    meaning: 'Writing all Services and EndpointSlices into the API.',
    unit: 'ms',
  },
  {
    ...SHARED,
    id: 'programming.sync',
    name: 'kube-proxy’s own sync time',
    short: 'sync time',
    meaning: 'All syncs of kube-proxy added up, as its metrics say.',
    unit: 'ms',
  },
  {
    ...SHARED,
    id: 'programming.syncs',
    name: 'number of syncs',
    short: 'syncs',
    meaning: 'Syncs of kube-proxy until it was settled.',
    unit: 'count',
  },
  {
    ...SHARED,
    id: 'programming.cpu',
    name: 'CPU of kube-proxy and its children',
    short: 'CPU of kube-proxy',
    meaning: 'CPU time of kube-proxy and of the tools that it starts, until it was settled.',
    unit: 's',
  },
  {
    ...SHARED,
    id: 'programming.memory',
    name: 'memory of kube-proxy',
    short: 'memory of kube-proxy',
    meaning: 'Resident memory of kube-proxy when it was settled.',
    unit: 'bytes',
  },
];

/** Every node that stood up, as one observation. */
export function observeProgramming({ nodes }: Run): Observed[] {
  return nodes.map(({ sizeServices, modeId, programming }) => ({
    sizeServices,
    modeId,
    experiment: PROGRAMMING,
    spec: COLD_START,
    repetition: 'node',
    round: 0,
    reading: readValues({
      'programming.settled': programming.settledMs,
      'programming.objects': programming.loadObjectsMs,
      'programming.sync': programming.syncMs,
      'programming.syncs': programming.syncs,
      'programming.cpu': programming.kubeProxyCpuUs === null ? null : programming.kubeProxyCpuUs / 1e6,
      'programming.memory': programming.kubeProxyRssBytes,
    }),
  }));
}
