import { differs, listDifferences, PLAIN_MODE, totalsOf } from '../base.ts';
import { iptablesRequirements } from '../iptables/requirements.ts';
import type { FoundTables, ModeKind, ProgrammedServices } from '../mode.ts';
import { VETH } from '../veth.ts';
import { clusterIpSetsText } from './cluster-ip-sets.ts';
import { ipvsRequirements } from './requirements.ts';
import { IPVS_SCHEDULERS } from './schedulers.ts';
import { readIpvsTables } from './tables.ts';

/** kube-proxy's own default of ipvs.syncPeriod: the one mode that goes over all its rules again and again, changed or not. */
const SYNC_PERIOD_S = 30;

/** The kernel's load balancer: a virtual server for each Service. The plain word is the scheduler rr, kube-proxy's default. */
export const ipvs: ModeKind = {
  words: {
    ipvs: { kind: 'ipvs', scheduler: 'rr' },
    ...Object.fromEntries(
      IPVS_SCHEDULERS.map((scheduler) => [`ipvs-${scheduler}`, { kind: 'ipvs', scheduler }] as const),
    ),
  },
  listed: ['ipvs'],
  options: { scheduler: IPVS_SCHEDULERS },
  make(routing) {
    const scheduler = IPVS_SCHEDULERS.find((one) => one === routing.scheduler) ?? 'rr';
    return {
      ...PLAIN_MODE,
      name: scheduler === 'rr' ? 'ipvs' : `ipvs-${scheduler}`,
      proxyWord: 'ipvs',
      releases: { from: 8, until: 43, note: 'KEP-5495 removes it' },
      requirements: [VETH, ...ipvsRequirements(scheduler), ...iptablesRequirements('nft')],
      tools: ['ipvsadm', 'ipset', 'iptables-nft'],
      iptables: { flavour: 'nft', holdsServices: false },
      syncPeriodS: SYNC_PERIOD_S,
      // It logs the ends of its syncs at -v=4 only.
      syncsSeenIn: 'metrics',
      proxySettings: (periodS) => ({
        ipvs: { scheduler, ...(periodS === null ? {} : { syncPeriod: `${periodS}s` }) },
      }),
      // KEP-5495: from 1.37 it stands behind the gate KubeProxyIPVS.
      featureGates: (minor): Record<string, boolean> => (minor >= 37 ? { KubeProxyIPVS: true } : {}),
      // A removed one is listed with weight 0 until its connections are forgotten.
      keepsRemovedEndpoints: true,
      setsBeforeStart: (services) => ({ command: ['ipset', 'restore'], input: clusterIpSetsText(services) }),
      readTables: (read) => readIpvsTables(read),
      oracle: ipvsOracle,
      colours: { light: '#1273d8', dark: '#4fa8f2', lightInk: '#0d62bb', dash: [3, 2], shape: 'diamond' },
    };
  },
};

function ipvsOracle({ kernelObjects }: FoundTables, programmed: ProgrammedServices): readonly string[] {
  const { services, endpoints } = totalsOf(programmed);
  const { nodePorts, nodeAddresses, endpointsPerService, endpointsPerNodePort = endpointsPerService } = programmed;
  const onNode = nodePorts * nodeAddresses;
  return listDifferences([
    differs('ipvs services', kernelObjects.ipvsServices, services + onNode),
    differs('ipvs destinations', kernelObjects.ipvsDestinations, endpoints + onNode * endpointsPerNodePort),
    differs('addresses on kube-ipvs0', kernelObjects.dummyAddresses, services),
  ]);
}
