import type { KubeProxy } from '../../dataplane/kube-proxy/started.ts';
import type { BlockNode, Programming } from '../../model/target.ts';
import { isSlow } from '../../system/patience.ts';
import { withoutPlaces } from '../../system/private-path.ts';
import type { NodeAddresses } from './addresses.ts';
import { probeDeadEndpoint } from './dead-endpoint.ts';
import { inspectKernel } from './inspect.ts';
import { inNamespace } from './namespaces.ts';
import { answersPing } from './probe.ts';
import { type ProbeContext, probeChanges, probeReachability, probeRuleWalks } from './probes.ts';
import { binaryOf, type ProxyPlace } from './proxies.ts';
import type { StandUpContext } from './stand-up-context.ts';

/** A node whose rules are programmed. */
export interface ProgrammedNode extends ProxyPlace {
  readonly proxy: KubeProxy;
  readonly programming: Programming;
  readonly settled: (changedAtMs: number) => Promise<void>;
}

/** What stands in a programmed node's kernel, and how its rules behave: probes, each once, that leave nothing behind. */
export async function examineNode(context: StandUpContext, place: ProgrammedNode): Promise<BlockNode> {
  const { mode, addresses, proxy, programming } = place;
  const binary = binaryOf(context, mode);
  const inspect = () => inspectKernel({ mode, node: addresses, signal: context.signal }, context.table);
  const kernel = await inspect();
  const probes: ProbeContext = {
    exec: context.exec,
    node: addresses,
    mode,
    table: context.table,
    store: place.api.store,
    // What the first target had: the probes give it back.
    backends: context.backends.slice(0, context.table.targetEndpoints),
    signal: context.signal,
    settled: place.settled,
  };
  const [target] = context.table.targets;
  const asked = context.scenario.measure.probes;
  const ruleWalks = asked ? await probeRuleWalks(probes) : [];
  const smallest = context.table.services.length === context.scenario.sizesServices[0];
  // Two syncs at least: emulated they take minutes at a large size.
  const changes = asked && (smallest || !isSlow()) ? await probeChanges(probes) : [];
  const deadEndpoint = asked && smallest ? await probeDeadEndpoint(probes) : null;
  // The probes asked addresses while nothing served them: what conntrack remembers of that would lead later connections astray.
  await forgetConnections(context, addresses);
  // A full write puts KUBE-SERVICES in another order: positions are read once more when a change went in.
  const final = changes.length > 0 || deadEndpoint !== null ? await inspect() : kernel;
  const config = await proxy.effectiveConfig(context.signal);
  return {
    type: 'node',
    sizeServices: context.table.services.length,
    modeId: mode.id,
    proxyMode: await proxy.runningMode(context.signal),
    proxyVersion: binary.version,
    proxySha256: binary.sha256,
    iptablesBackend: final.iptablesBackend,
    effectiveConfig: config === null ? null : withoutPlaces(config),
    targets: context.table.targets.map(({ id, address, port }) => ({
      id,
      address,
      port,
      ruleIndex: final.positions.get(`${address}:${port}`) ?? null,
    })),
    kernelObjects: final.kernelObjects,
    programming,
    changes,
    ruleWalks,
    vipAnswersPing:
      asked && target !== undefined ? await answersPing(context.exec, addresses.clientNamespace, target.address) : null,
    reachability: asked ? await probeReachability(probes) : [],
    deadEndpoint,
    proxyErrors: [...proxy.takeErrors()],
  };
}

/** Empties the node's conntrack table. */
async function forgetConnections(context: StandUpContext, addresses: NodeAddresses): Promise<void> {
  await context.exec.run([...inNamespace(addresses.nodeNamespace), 'conntrack', '-F']);
}
