import type { ServiceTable } from '../../kubernetes/objects/service-table.ts';
import type { Exec } from '../../system/exec.ts';
import { inNamespace } from './namespaces.ts';

/** As kube-proxy makes them (pkg/proxy/ipvs/ipset): it takes a set that is there and is the same. */
const SHAPE = 'family inet hashsize 1024 maxelem 65536';
/** Address and port of every Service: what of it is masqueraded. */
const CLUSTER_IP = 'KUBE-CLUSTER-IP';
/** Every address on kube-ipvs0: what is rejected but for its Services' ports. Since 1.27 or so. */
const IPVS_IPS = 'KUBE-IPVS-IPS';

/**
 * Fills the sets of ClusterIPs that kube-proxy's ipvs mode keeps, before kube-proxy starts, as if it had been restarted: it starts a process of ipset for every entry that a set lacks, and where the CPU is
 * emulated a process takes about 0.14 s (at 10,000 Services 23 minutes for each set). What stands in the kernel in the end is the same; only the time to programme it is not, and the run says so.
 */
export async function fillClusterIpSets(exec: Exec, namespace: string, table: ServiceTable): Promise<void> {
  await exec.run([...inNamespace(namespace), 'ipset', 'restore'], { input: clusterIpSetsText(table) });
}

/** What `ipset restore` reads. Pure. */
export function clusterIpSetsText({ services }: ServiceTable): string {
  const ports = services.flatMap(({ spec }) =>
    (spec?.ports ?? []).map(
      ({ port, protocol = 'TCP' }) => `add ${CLUSTER_IP} ${spec?.clusterIP},${protocol.toLowerCase()}:${port}`,
    ),
  );
  const addresses = services.map(({ spec }) => `add ${IPVS_IPS} ${spec?.clusterIP}`);
  const lines = [
    `create ${CLUSTER_IP} hash:ip,port ${SHAPE}`,
    ...ports,
    `create ${IPVS_IPS} hash:ip ${SHAPE}`,
    ...addresses,
  ];
  return `${lines.join('\n')}\n`;
}
