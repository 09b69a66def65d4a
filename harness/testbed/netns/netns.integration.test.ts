import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { testUniformity } from '../../analysis/backends.ts';
import { laboratoryCommand } from '../../launch/namespaces.ts';
import type { Mode } from '../../model/mode.ts';
import type { Scenario } from '../../model/scenario.ts';
import { parseScenario } from '../../scenario/parse.ts';
import { findKubeProxy } from '../../supply/kube-proxy/binary.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../../supply/kube-proxy/version.ts';
import { systemExec } from '../../system/exec.ts';
import { probeModes } from '../mode-support.ts';
import type { Examined, ExamineRequest } from './testing/examine.ts';

const PROGRAM = fileURLToPath(new URL('./testing/examine.ts', import.meta.url));
const SIZES = [1, 20, 200];

const TEXT = `
services: [${SIZES.join(', ')}]
modes: [none, iptables-legacy, iptables-nft, nftables, ipvs]
targets: 10
load: { rate: 400/s, keepalive: [none], warmUp: 100ms, idle: 200ms, duration: 2500ms }
`;

const scenario: Scenario = parseScenario({ name: 'examine', file: 'examine.yaml', text: TEXT }, []);

async function examine(request: ExamineRequest): Promise<Examined> {
  const user = process.getuid?.() === 0 ? 'root' : 'ordinary';
  const command = laboratoryCommand({ user, program: [process.execPath, PROGRAM, JSON.stringify(request)] });
  const { stdout } = await systemExec.run(command, { timeoutMs: 170_000, variables: 'laboratory' });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Examined;
}

const support = await probeModes(scenario.modes, systemExec);
const modes = support.filter((one) => one.supported).map((one) => one.mode);
const refused = support.flatMap((one) => (one.supported ? [] : [`${one.mode.id}: ${one.reason.message}`]));

describe('the netns laboratory with a real kube-proxy', () => {
  let found: Examined;

  beforeAll(async () => {
    const binary = await findKubeProxy(DEFAULT_KUBE_PROXY_VERSION, {
      exec: systemExec,
      env: process.env,
      onProgress: () => undefined,
    });
    found = await examine({ scenario, modes, kubeProxies: { [scenario.proxy.version]: binary } });
  });

  const nodesOf = (modeId: string) => found.nodes.filter((node) => node.record.modeId === modeId);
  const modesOf = (kind: Mode['routing']['kind']) => modes.filter((mode) => mode.routing.kind === kind);

  test('every mode that this kernel can run stood at every size', () => {
    expect(modes.map((mode) => mode.id)).toContain('none');
    expect(modes.length).toBeGreaterThanOrEqual(3);
    expect(found.nodes).toHaveLength(modes.length * SIZES.length);
  });

  test('kube-proxy runs the mode that was asked for, and the rules stand in the flavour that was asked for', () => {
    for (const mode of modes.filter((one) => one.routing.kind !== 'none')) {
      for (const { record } of nodesOf(mode.id)) {
        expect(record.proxyMode).toBe(mode.routing.kind);
        if (mode.routing.kind === 'iptables') expect(record.iptablesBackend).toBe(mode.routing.backend);
      }
    }
  });

  test('in iptables mode there are 2 + 3 x 10 nat rules for every further Service, exactly, and one jump each', () => {
    for (const mode of modesOf('iptables')) {
      const counts = nodesOf(mode.id).map(({ record }) => record.kernelObjects.natRules ?? 0);
      const [first = 0] = counts;
      expect(counts.map((count) => count - first)).toEqual(SIZES.map((size) => (size - 1) * 32));
      expect(first - 32).toBeGreaterThanOrEqual(5);
      expect(first - 32).toBeLessThan(40);
      expect(nodesOf(mode.id).map(({ record }) => record.kernelObjects.serviceJumps)).toEqual(SIZES);
    }
  });

  test('in iptables mode every target has a rule index of its own below the number of Services', () => {
    for (const mode of modesOf('iptables')) {
      for (const { record } of nodesOf(mode.id)) {
        const indexes = record.targets.map((target) => target.ruleIndex ?? -1);
        expect(new Set(indexes).size).toBe(record.targets.length);
        expect(Math.min(...indexes)).toBeGreaterThanOrEqual(0);
        // KUBE-NODEPORTS and, in some releases, a few other rules stand behind or before the jumps.
        expect(Math.max(...indexes)).toBeLessThan(record.sizeServices + 3);
      }
    }
  });

  test('in nftables mode the verdict maps have one element for every Service and one for the node port', () => {
    for (const mode of modesOf('nftables')) {
      expect(nodesOf(mode.id).map(({ record }) => record.kernelObjects.nftMapElements)).toEqual(
        SIZES.map((size) => size + 1),
      );
    }
  });

  test.skipIf(refused.some((text) => text.startsWith('ipvs:')))(
    'ipvs mode holds every ClusterIP, rejects ping (KUBE-IPVS-FILTER of 1.36), and its iptables rules do not grow',
    () => {
      const nodes = nodesOf('ipvs');
      expect(nodes.map(({ record }) => record.kernelObjects.dummyAddresses)).toEqual(SIZES);
      expect(nodes.map(({ record }) => record.vipAnswersPing)).toEqual(SIZES.map(() => false));
      expect(new Set(nodes.map(({ record }) => record.kernelObjects.natRules)).size).toBe(1);
    },
  );

  test('every request to every target is answered, in every mode', () => {
    for (const { record, load } of found.nodes) {
      for (const target of load.targets) {
        const { ok, ...others } = target.outcomes;
        expect({ mode: record.modeId, errors: load.otherErrors, ...others }).toEqual({
          mode: record.modeId,
          errors: {},
          refused: 0,
          reset: 0,
          timedOut: 0,
          badStatus: 0,
          wrongBody: 0,
          failed: 0,
          unsent: 0,
        });
        expect(ok).toBeGreaterThan(0);
      }
    }
  });

  test('ClusterIPs answer from pod and node, and the NodePort from outside', () => {
    for (const { record } of found.nodes.filter((node) => node.record.proxyMode !== null)) {
      expect(record.reachability.map((one) => one.answered)).toEqual([true, true, true]);
    }
  });

  test('iptables and nftables draw their backends uniformly (chi-square, p above 1 in 10,000)', () => {
    for (const { record, load } of found.nodes.filter(
      (node) => node.record.proxyMode === 'iptables' || node.record.proxyMode === 'nftables',
    )) {
      const shares = new Map<string, number>();
      for (const target of load.targets) {
        for (const [backend, count] of Object.entries(target.connectionBackends))
          shares.set(backend, (shares.get(backend) ?? 0) + count);
      }
      expect(shares.size).toBe(10);
      const uniformity = testUniformity([...shares.values()]);
      expect(
        uniformity?.pValue,
        `${record.modeId} at ${record.sizeServices}: ${JSON.stringify([...shares])}`,
      ).toBeGreaterThan(1e-4);
    }
  });

  test('a new connection walks about as many rules as its position says, and requests on it walk none', () => {
    for (const mode of modesOf('iptables')) {
      for (const { record } of nodesOf(mode.id)) {
        expect(record.ruleWalks.length).toBeGreaterThan(0);
        for (const walk of record.ruleWalks) {
          // A SYN that was sent twice (a busy machine) counts once more; requests on a connection never do.
          expect(walk.matchedPackets, JSON.stringify(walk)).toBeGreaterThanOrEqual(walk.connections);
          expect(walk.matchedPackets, JSON.stringify(walk)).toBeLessThan(walk.connections * 1.2);
          expect(walk.rulesPerConnection).toBeGreaterThanOrEqual((walk.ruleIndex ?? 0) + 3);
          expect(walk.rulesPerConnection).toBeLessThan((walk.ruleIndex ?? 0) + 40);
        }
      }
    }
  });

  test('a change reaches the first connection within seconds, and is timed', () => {
    for (const { record } of found.nodes.filter((node) => node.record.proxyMode !== null)) {
      const [change] = record.changes;
      expect(change?.apiWriteToFirstConnectionMs).toBeGreaterThan(0);
      expect(change?.apiWriteToFirstConnectionMs).toBeLessThan(30_000);
    }
  });

  test('with a dead endpoint that is still listed, a mode that leaves a connection at its choice loses some and not all', () => {
    const tried = found.nodes.filter(({ record }) => record.deadEndpoint != null);
    expect(tried.map(({ record }) => record.sizeServices)).toEqual(
      found.nodes.flatMap(({ record }) =>
        record.sizeServices === SIZES[0] && record.proxyMode !== null && record.proxyMode !== 'ipvs' ? [SIZES[0]] : [],
      ),
    );
    for (const { record } of tried) {
      expect(record.deadEndpoint).toMatchObject({ listed: 2, dead: 1, connections: 20 });
      expect(record.deadEndpoint?.answered, record.modeId).toBeGreaterThan(0);
      expect(record.deadEndpoint?.answered, record.modeId).toBeLessThan(20);
    }
  });

  test('taking it down leaves no namespace, process or interface but its own', () => {
    expect(found.namespacesLeft).toBe('');
    expect(found.processesLeft.filter((name) => /nginx|kube-proxy|tcpdump/.test(name))).toEqual([]);
    expect(
      found.interfacesLeft
        .trim()
        .split('\n')
        .filter((line) => /mgmt|pod|node/.test(line)),
    ).toEqual([]);
  });

  test.skipIf(refused.length === 0)(`what this kernel cannot run is refused by name (${refused.join('; ')})`, () => {
    for (const text of refused) expect(text).toMatch(/CONFIG_|root|nft|kernel/);
  });
});
