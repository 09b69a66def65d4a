import { expect, test } from 'vitest';
import { parseScenario } from '../../scenario/parse.ts';
import { backendAddresses } from '../../testbed/netns/addresses.ts';
import { makeTable } from '../../testbed/netns/cluster-table.ts';
import { clusterIpSetsText } from './cluster-ip-sets.ts';

test('the sets of ClusterIPs have every Service, one with its protocol and port', () => {
  const scenario = parseScenario({ name: 'set', file: 'set.yaml', text: 'services: [60]\nmodes: [ipvs]' });
  const table = makeTable(scenario, 60, backendAddresses(10));
  const shape = 'family inet hashsize 1024 maxelem 65536';
  expect(clusterIpSetsText(table.services).trimEnd().split('\n')).toEqual([
    `create KUBE-CLUSTER-IP hash:ip,port ${shape}`,
    ...table.services.map(({ spec }) => `add KUBE-CLUSTER-IP ${spec?.clusterIP},tcp:${spec?.ports?.[0]?.port}`),
    `create KUBE-IPVS-IPS hash:ip ${shape}`,
    ...table.services.map(({ spec }) => `add KUBE-IPVS-IPS ${spec?.clusterIP}`),
  ]);
});
