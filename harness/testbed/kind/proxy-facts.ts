import { type NodeProxy, requireProxyMode } from '../../dataplane/kube-proxy/found.ts';
import { EnvironmentError } from '../../errors.ts';
import { readProcessTable } from '../../measure/process-table.ts';
import type { TablesAccess } from '../../measure/tables/read-tables.ts';
import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import { sha256OfFile } from '../../supply/kube-proxy/binary-cache.ts';
import { waitFor } from '../../system/wait.ts';
import { inspectBaseline } from '../kubernetes-shared/baseline.ts';
import type { ForeignPorts } from '../kubernetes-shared/foreign-services.ts';
import type { NodeFacts } from '../kubernetes-shared/place.ts';
import type { KindNodes } from './kind-cluster.ts';
import { findInNode } from './node-processes.ts';

const PROXY_DEADLINE_MS = 90_000;

interface ProxyParts {
  readonly mode: Mode;
  readonly proxy: NodeProxy;
  readonly nodes: KindNodes;
  readonly signal: AbortSignal;
}

/** Asks the kube-proxy of the client's node what it is, and the kernel what it holds. Rejects when that is not the mode that was asked for. */
export async function loadProxyFacts({
  tables,
  loadForeign,
  ...parts
}: ProxyParts & {
  readonly tables: TablesAccess;
  readonly loadForeign: () => Promise<ForeignPorts>;
}): Promise<NodeFacts> {
  const { mode, proxy, nodes } = parts;
  const running = await waitForProxyMode(parts);
  requireProxyMode(modeOf(mode).proxyWord ?? '', running, nodes.client.name);
  await proxy.findHabit();
  const inspected = await inspectBaseline(tables, mode.routing, loadForeign);
  requireFlavour(mode, inspected.iptablesBackend);
  const [pid] = findInNode(readProcessTable(), nodes.client.pid, 'kube-proxy');
  return {
    proxyMode: running,
    proxyVersion: proxy.version,
    proxySha256: pid === undefined ? null : await sha256OfFile(`/proc/${pid}/exe`).catch(() => null),
    effectiveConfig: await proxy.configz(),
    ...inspected,
  };
}

/** A kube-proxy that crashes (a mode that its version does not know) leaves every node Ready and this page silent. */
function waitForProxyMode({ proxy, mode, nodes, signal }: ProxyParts): Promise<string> {
  return waitFor({
    look: async () => {
      try {
        await proxy.metrics();
        return { holds: true as const, value: await proxy.mode() };
      } catch (error) {
        return { holds: false as const, why: String(error instanceof Error ? error.message : error).slice(0, 500) };
      }
    },
    deadlineMs: PROXY_DEADLINE_MS,
    pauseMs: 1000,
    onTimeout: (why) =>
      new EnvironmentError(
        `kube-proxy on ${nodes.client.name} does not answer in ${mode.id}: ${why}`,
        'does this Kubernetes version know the mode? (nftables came with 1.29; another --node-image has another version)',
      ),
    signal,
  });
}

/** Which flavour of iptables holds the rules is the node image's and the engine's doing, not ours: a wrong one is refused by name. */
function requireFlavour(mode: Mode, found: 'legacy' | 'nft' | null): void {
  const { iptables } = modeOf(mode);
  if (iptables?.holdsServices !== true || iptables.flavour === found) return;
  throw new EnvironmentError(
    `${mode.id} was asked for, and the nodes of this image put their rules into ${found === null ? 'neither flavour' : `the ${found} flavour`} of iptables`,
    found === null ? 'read the log of kube-proxy' : `ask for what it gives: --modes iptables-${found}`,
  );
}
