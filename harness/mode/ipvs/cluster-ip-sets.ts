import type { ServicePorts } from '../mode.ts';

/** As kube-proxy makes them (pkg/proxy/ipvs/ipset): it takes a set that is there and is the same. */
const SHAPE = 'family inet hashsize 1024 maxelem 65536';
/** Address and port of every Service: what of it is masqueraded. */
const CLUSTER_IP = 'KUBE-CLUSTER-IP';
/** Every address on kube-ipvs0: what is rejected but for its Services' ports. Since 1.27 or so. */
const IPVS_IPS = 'KUBE-IPVS-IPS';

/** What `ipset restore` reads. Pure. */
export function clusterIpSetsText(services: readonly ServicePorts[]): string {
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
