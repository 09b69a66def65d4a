// Runs in a network namespace of its own (kube-proxy.integration.test.ts): the API server, a real kube-proxy, and what was seen, as JSON.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fault } from '../../kubernetes/apiserver/testing/fault.ts';
import { startFullApiServer } from '../../kubernetes/apiserver/testing/full-server.ts';
import { makeEndpointSlices } from '../../kubernetes/objects/endpoint-slice.ts';
import { makeNode } from '../../kubernetes/objects/node.ts';
import { makeServices } from '../../kubernetes/objects/service-table.ts';
import { systemExec } from '../../system/exec.ts';
import { startProcess } from '../../system/process.ts';
import { waitFor } from '../../system/wait.ts';
import { kubeconfig, kubeProxyConfig } from '../kube-proxy/config.ts';
import { describeUnsettled, fetchProxyMetrics } from '../kube-proxy/metrics.ts';

const [binary = '', version = '', mode = '', services = '', directory = ''] = process.argv.slice(2);
const routing = mode === 'nftables' ? ({ kind: 'nftables' } as const) : ({ kind: 'iptables', backend: 'nft' } as const);

let fault: Fault | null = null;
const seen: Record<string, number | boolean | string> = {};
const rssBytes = () => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

const startedRss = rssBytes();
await using server = await startFullApiServer({ host: '127.0.0.1', port: 0, faults: () => fault });
let table = makeServices({
  services: Number(services),
  endpointsPerService: 10,
  targets: 10,
  realBackends: Array.from({ length: 10 }, (_, index) => ({ address: `10.244.1.${index + 2}` })),
  backends: 'distinct',
  triggerTime: new Date(),
});
const loadStarted = performance.now();
server.store.create('nodes', makeNode({ name: 'node', address: '127.0.0.1', podCidr: '10.244.0.0/24' }));
server.store.createMany('namespaces', table.namespaces);
server.store.createMany('services', table.services);
server.store.createMany('endpointslices', table.slices);
seen.loadMs = performance.now() - loadStarted;
const { namespace = '', name: serviceName = '' } = table.services[0]?.metadata ?? {};
table = { ...table, services: [], slices: [] };
seen.rssDeltaMb = (rssBytes() - startedRss) / 1e6;

await writeFile(join(directory, 'kubeconfig'), kubeconfig(server.url));
const settings = {
  routing,
  version,
  nodeName: 'node',
  kubeconfigPath: join(directory, 'kubeconfig'),
  podRange: '10.244.0.0/16',
  slowness: 1,
};
await writeFile(join(directory, 'config.yaml'), kubeProxyConfig(settings));
const proxyStarted = performance.now();
const startedWallMs = Date.now();
await using proxy = await startProcess({
  name: `kube-proxy (${mode})`,
  command: [binary, `--config=${join(directory, 'config.yaml')}`, '-v=2'],
  logFile: join(directory, 'kube-proxy.log'),
  env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
});

async function waitUntil(what: string, look: () => Promise<boolean>): Promise<number> {
  await waitFor({
    look: async () => {
      if (proxy.end !== null) throw new Error(`kube-proxy ended:\n${proxy.logTail(10)}`);
      return (await look()) ? { holds: true, value: null } : { holds: false, why: what };
    },
    deadlineMs: 120_000,
    pauseMs: 50,
    onTimeout: (why) => new Error(`never: ${why}\n${proxy.logTail(20)}`),
  });
  return performance.now();
}

async function rules(): Promise<string> {
  const command = mode === 'nftables' ? ['nft', 'list', 'table', 'ip', 'kube-proxy'] : ['iptables-save', '-t', 'nat'];
  return (await systemExec.run(command).catch(() => ({ stdout: '' }))).stdout;
}

/** Asks kube-proxy and not the kernel: dumping 300,000 rules again and again would keep it from writing them. */
async function waitForSyncAfter(wallMs: number): Promise<number> {
  return waitUntil('a sync newer than the last write', async () => {
    const metrics = await fetchProxyMetrics('http://127.0.0.1:10249', AbortSignal.timeout(5_000)).catch(() => null);
    return metrics !== null && metrics.lastSyncMs !== null && describeUnsettled(metrics, wallMs) === null;
  });
}

const caches = async () => proxy.logTail(100_000).split('Caches populated').length > 4;
seen.informersSyncedMs = (await waitUntil('the caches of 4 informers populated', caches)) - proxyStarted;
seen.programmedMs = (await waitForSyncAfter(startedWallMs)) - proxyStarted;
const programmed = await rules();
seen.hasLastService = programmed.includes(`svc-${String(services).padStart(5, '0')}`);
seen.natRules = programmed.split('\n').filter((line) => line.startsWith('-A')).length;
seen.proxyMode = await (await fetch('http://127.0.0.1:10249/proxyMode')).text();

// A change arrives …
const change = (address: string) => {
  const addresses = [address];
  const options = { namespace, serviceName, addresses, targetPort: 8080, labels: {}, triggerTime: new Date() };
  const [slice] = makeEndpointSlices(options);
  if (slice === undefined) throw new Error('no slice');
  return server.store.put('endpointslices', slice);
};
const written = change('10.244.9.9');
seen.changeMs = (await waitForSyncAfter(written.wallMs)) - written.monotonicMs;
seen.hasChange = (await rules()).includes('10.244.9.9');

// … also after every watch was broken and the server refused to answer for a while, and when changes were missed meanwhile.
fault = { kind: 'status', code: 503 };
const broken = server.openWatches;
server.breakConnections();
const missed = change('10.244.9.10');
await new Promise((resolve) => setTimeout(resolve, 1_500));
fault = null;
await waitForSyncAfter(missed.wallMs);
seen.hasMissedChange = (await rules()).includes('10.244.9.10');
seen.brokenWatches = broken;
seen.events = server.store.count('events');
process.stdout.write(`${JSON.stringify(seen)}\n`);
