import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findIptablesBackend } from '../../mode/iptables/find-backend.ts';
import { countRuleWalk } from '../../mode/iptables/rule-walk.ts';
import { loadIptablesCounters, loadIptablesCounts } from '../../mode/iptables/tables.ts';
import type { ConnectResult } from '../testing/connect-client.ts';
import {
  httpGet,
  makeTwoNamespaces,
  SERVER_ADDRESS,
  SERVER_PORT,
  type TwoNamespaces,
} from '../testing/two-namespaces.ts';
import { systemLines } from './line-source.ts';
import { linesOf } from './read-tables.ts';

const isRoot = process.getuid?.() === 0;
const CLIENT = join(import.meta.dirname, '../testing/connect-client.ts');
const SERVICES = 200;
const ENDPOINTS = 3;

/** Table nat as kube-proxy 1.36 writes it; all endpoints are the one NGINX. */
function natTable(): string {
  const ids = Array.from({ length: SERVICES }, (_, id) => id);
  const endpoints = Array.from({ length: ENDPOINTS }, (_, endpoint) => endpoint);
  const chains = ids.flatMap((id) => [
    `:KUBE-SVC-${id} - [0:0]`,
    ...endpoints.map((endpoint) => `:KUBE-SEP-${id}-${endpoint} - [0:0]`),
  ]);
  const rules = ids.flatMap((id) => [
    `-A KUBE-SERVICES -m comment --comment "default/svc-${id}:http cluster IP" -m tcp -p tcp -d 10.96.0.${id} --dport 80 -j KUBE-SVC-${id}`,
    `-A KUBE-SVC-${id} -m tcp -p tcp -d 10.96.0.${id} --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ`,
    ...endpoints.flatMap((endpoint) => [
      `-A KUBE-SVC-${id} ${draw(endpoint)} -j KUBE-SEP-${id}-${endpoint}`,
      `-A KUBE-SEP-${id}-${endpoint} -s 10.244.1.${endpoint} -j KUBE-MARK-MASQ`,
      `-A KUBE-SEP-${id}-${endpoint} -m tcp -p tcp -j DNAT --to-destination ${SERVER_ADDRESS}:${SERVER_PORT}`,
    ]),
  ]);
  const fixed = [
    '-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
    '-A KUBE-POSTROUTING -j MASQUERADE --random-fully',
  ];
  const heads = ['KUBE-SERVICES', 'KUBE-MARK-MASQ', 'KUBE-POSTROUTING'].map((chain) => `:${chain} - [0:0]`);
  const mangle = ['*mangle', ':KUBE-PROXY-CANARY - [0:0]', 'COMMIT'];
  return [...mangle, '*nat', ...heads, ...chains, ...fixed, ...rules, 'COMMIT', ''].join('\n');
}

function draw(endpoint: number): string {
  const left = ENDPOINTS - endpoint;
  return left === 1 ? '' : `-m statistic --mode random --probability ${(1 / left).toFixed(11)}`;
}

describe.skipIf(!isRoot && process.env.CI !== 'true').each(['legacy', 'nft'] as const)(
  'rules that iptables-%s counts in the kernel (needs root)',
  (backend) => {
    let place: TwoNamespaces;
    const target = { id: 'svc-150', address: '10.96.0.150', port: 80 };
    const access = () => ({ lines: systemLines, commandPrefix: place.client });
    const load = () => loadIptablesCounters(linesOf(access()), backend, [`${target.address}:${target.port}`]);

    beforeAll(async () => {
      place = await makeTwoNamespaces();
      await place.exec.run([...place.client, 'ip', 'route', 'add', '10.96.0.0/16', 'via', SERVER_ADDRESS]);
      await place.exec.run([...place.client, `iptables-${backend}-restore`], { input: natTable() });
    });
    afterAll(async () => {
      await place[Symbol.asyncDispose]();
    });

    it('finds the flavour, all rules, and every Service at its place', async () => {
      expect(await findIptablesBackend(linesOf(access()))).toBe(backend);
      const { rulesByTable, serviceJumps, positions } = await loadIptablesCounts(linesOf(access()), backend);
      expect(rulesByTable.nat).toBe(6 + SERVICES * (2 + 3 * ENDPOINTS));
      expect(serviceJumps).toBe(SERVICES);
      expect(positions.get('10.96.0.150:80')).toBe(150);
    });

    it('counts the walk of each new connection', async () => {
      const before = await load();
      const words = [CLIENT, target.address, target.port, 300, 1].map(String);
      const { stdout } = await place.exec.run([...place.client, process.execPath, ...words]);
      const { connections, failures }: ConnectResult = JSON.parse(stdout);
      expect(failures).toBe(0);
      const outcome = countRuleWalk({ before, after: await load(), target, connections, requests: connections });
      // OUTPUT 1, KUBE-SERVICES 151, masquerade 1 + 1, draws 1 to 3, endpoint 2, POSTROUTING 1 and KUBE-POSTROUTING 3.
      expect(outcome).toMatchObject({
        kind: 'counted',
        walk: { ruleIndex: 150, connections, matchedPackets: connections },
      });
      const { rulesPerConnection } = outcome.kind === 'counted' ? outcome.walk : { rulesPerConnection: Number.NaN };
      expect(rulesPerConnection).toBeGreaterThan(1 + 151 + 2 + 1.7 + 2 + 4);
      expect(rulesPerConnection).toBeLessThan(1 + 151 + 2 + 2.3 + 2 + 4);
    });

    it('sees one match for many requests on one connection', async () => {
      const before = await load();
      const urls = Array.from({ length: 20 }, () => `http://${target.address}/`);
      await place.exec.run([...place.client, ...httpGet(urls)]);
      const outcome = countRuleWalk({ before, after: await load(), target, connections: 1, requests: 20 });
      expect(outcome).toMatchObject({ kind: 'counted', walk: { matchedPackets: 1 } });
    });

    it('notices that a sync rewrote the chains in between', async () => {
      const before = await load();
      await place.exec.run([...place.client, `iptables-${backend}-restore`], { input: natTable() });
      await place.exec.run([...place.client, ...httpGet([`http://${target.address}/`])]);
      const outcome = countRuleWalk({ before, after: await load(), target, connections: 1, requests: 1 });
      expect(outcome).toEqual({ kind: 'uncounted', why: expect.stringContaining('rewritten') });
    });
  },
);
