import { expect, test } from 'vitest';
import { IPVS_SCHEDULERS } from '../../mode/ipvs/schedulers.ts';
import type { Mode } from '../../model/mode.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { findKubeProxy } from '../../supply/kube-proxy/binary.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../../supply/kube-proxy/version.ts';
import { findLacks } from '../../supply/packages/ensure.ts';
import { OF_A_GUEST } from '../../supply/packages/prerequisites.ts';
import { systemExec } from '../../system/exec.ts';
import { backendAddresses, nodeAddresses } from '../../testbed/netns/addresses.ts';
import { makeTable, NODE_PORT } from '../../testbed/netns/cluster-table.ts';
import type { Examined } from '../../testbed/netns/testing/examine.ts';
import { examineInGuest } from './testing/examine-in-guest.ts';

/**
 * What the machine's own kernel may have to skip (netns.integration.test.ts) is asked of a guest's kernel here, with the same program. Emulated, this takes some minutes: most of them are
 * Node's starts inside.
 */
const lacks = await findLacks(OF_A_GUEST, { exec: systemExec, env: process.env });
const missing = lacks.map((one) => one.prerequisite.tool);
const skip = (missing.length > 0 || process.getuid?.() !== 0) && process.env.CI !== 'true';
const GUEST_DEADLINE_MS = 15 * 60_000;

const mode = (scheduler: (typeof IPVS_SCHEDULERS)[number]): Mode => ({
  id: `ipvs-${scheduler}`,
  routing: { kind: 'ipvs', scheduler },
  proxyVersion: DEFAULT_KUBE_PROXY_VERSION,
});

async function examine(modes: readonly Mode[], text: string): Promise<{ found: Examined; sizes: readonly number[] }> {
  const binary = await findKubeProxy(DEFAULT_KUBE_PROXY_VERSION, {
    exec: systemExec,
    env: process.env,
    onProgress: () => undefined,
  });
  const scenario = parseScenario({ name: 'examine', file: 'examine.yaml', text }, []);
  const found = await examineInGuest({ scenario, modes, kubeProxies: { [scenario.proxy.version]: binary } });
  return { found, sizes: scenario.sizesServices };
}

/** "-a -t 10.96.0.1:80 -r 10.244.0.10:8080 -m -w 1" without what a test need not know, in an order of its own. */
function serversOf(listing: readonly string[]): readonly string[] {
  return listing.map((line) => line.split(' ').slice(0, 5).join(' ')).sort();
}

test.skipIf(skip)(
  'ipvs in a guest: the listing is exactly the Services and endpoints, kube-ipvs0 holds every ClusterIP and no other, a VIP is silent to ping, and iptables rules do not grow',
  async () => {
    const text = `
services: [1, 60]
modes: [ipvs]
targets: 10
load: { rate: 20/s, keepalive: [none], warmUp: 100ms, idle: 200ms, duration: 2s }
`;
    const scenario = parseScenario({ name: 'examine', file: 'examine.yaml', text }, []);
    const { found, sizes } = await examine([mode('rr')], text);
    expect(found.nodes.map(({ record }) => record.sizeServices)).toEqual(sizes);
    for (const { record, ipvs } of found.nodes) {
      const table = makeTable(scenario, record.sizeServices, backendAddresses(10));
      const addresses = nodeAddresses(0);
      const onNode = [addresses.podGateway, addresses.nodeAddress, addresses.managementNode];
      const expected = table.services.flatMap((service, index) => {
        const endpoints = table.slices[index]?.endpoints?.map((one) => one.addresses[0] ?? '') ?? [];
        const port = service.spec?.ports?.[0]?.port ?? 0;
        const fronts = [`${service.spec?.clusterIP}:${port}`];
        if (service.spec?.ports?.[0]?.nodePort === NODE_PORT)
          fronts.push(...onNode.map((address) => `${address}:${NODE_PORT}`));
        return fronts.flatMap((front) => [
          `-A -t ${front} -s rr`,
          ...endpoints.map((address) => `-a -t ${front} -r ${address}:8080`),
        ]);
      });
      expect(serversOf(ipvs?.listing ?? [])).toEqual([...expected].sort());
      const clusterIps = table.services.map((service) => service.spec?.clusterIP ?? '');
      expect([...(ipvs?.dummyAddresses ?? [])].sort()).toEqual([...clusterIps].sort());
      // 1.36 rejects whatever is no Service's port there (chain KUBE-IPVS-FILTER, kubernetes/kubernetes#72236); the kube-proxy of the notes did not.
      expect(record.vipAnswersPing).toBe(false);
      expect(record.reachability.map((one) => one.answered)).toEqual([true, true, true]);
    }
    const [first, last] = found.nodes.map(({ record }) => record);
    expect(first?.kernelObjects.natRules).toBeGreaterThan(0);
    expect(last?.kernelObjects.natRules).toBe(first?.kernelObjects.natRules);
    expect(last?.kernelObjects.ipsetEntries).toBeGreaterThan(first?.kernelObjects.ipsetEntries ?? Number.NaN);
    expect(found.nodes.map(({ record }) => record.iptablesBackend)).toEqual(['nft', 'nft']);
    expect(found.namespacesLeft).toBe('');
  },
  GUEST_DEADLINE_MS,
);

/** What a scheduler promises of connections from one client address to one VIP (ip_vs(9), net/netfilter/ipvs/ip_vs_*.c). */
const SHARES: Readonly<Record<(typeof IPVS_SCHEDULERS)[number], 'even' | 'spread' | 'mostly-one' | 'by-port' | 'one'>> =
  {
    // In turn: counts differ by one at the most.
    rr: 'even',
    wrr: 'even',
    // By connections, of which closed ones still count for a while: every backend gets some.
    lc: 'spread',
    wlc: 'spread',
    // By connections that are open now: where one ends before the next begins, the first backend is always free.
    sed: 'mostly-one',
    nq: 'mostly-one',
    // By the hash of the source or of the destination address, which stay the same here.
    sh: 'one',
    dh: 'one',
    // By a hash that has the source port in it: kube-proxy asks for that (flag mh-port).
    mh: 'by-port',
    lblc: 'one',
    lblcr: 'one',
  };

test.skipIf(skip)(
  'every scheduler of ipvs shares connections over its backends as it promises',
  async () => {
    const modes = IPVS_SCHEDULERS.map(mode);
    const { found } = await examine(
      modes,
      `
services: [2]
modes: [ipvs]
targets: 2
measure: { wire: false, probes: false }
load: { rate: 40/s, keepalive: [none], warmUp: 100ms, idle: 200ms, duration: 4s }
`,
    );
    expect(found.nodes.map(({ record }) => record.modeId)).toEqual(modes.map((one) => one.id));
    for (const { record, load, ipvs } of found.nodes) {
      const scheduler = record.modeId.slice('ipvs-'.length) as (typeof IPVS_SCHEDULERS)[number];
      expect(ipvs?.listing.some((line) => line.endsWith(`-s ${scheduler}`) || line.includes(`-s ${scheduler} `))).toBe(
        true,
      );
      for (const target of load.targets) {
        const counts = Object.values(target.connectionBackends);
        const words = `${scheduler}, ${target.id}: ${JSON.stringify(target.connectionBackends)}`;
        expect(target.outcomes.ok, words).toBeGreaterThanOrEqual(40);
        const [most, least] = [Math.max(...counts), Math.min(...counts)];
        switch (SHARES[scheduler]) {
          case 'one':
            expect(counts.length, words).toBe(1);
            break;
          case 'by-port':
            expect(counts.length, words).toBeGreaterThanOrEqual(8);
            break;
          case 'mostly-one':
            expect(most / target.outcomes.ok, words).toBeGreaterThan(0.5);
            break;
          case 'even':
            expect([counts.length, most - least <= 2], words).toEqual([10, true]);
            break;
          case 'spread':
            expect(counts.length, words).toBe(10);
            break;
        }
      }
    }
  },
  GUEST_DEADLINE_MS,
);
