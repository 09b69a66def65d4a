import { z } from 'zod';
import { STANDINGS } from './plan.ts';

/** What the testbeds on real Kubernetes (kind, cluster) need to know beside the scenario's own words. */
export const kubernetesSettingsSchema = z.strictObject({
  /** Testbed cluster: kubeconfig contexts, one for each mode in the order of the modes. */
  contexts: z.array(z.string().min(1)),
  /** Testbed kind: the node image, which decides the Kubernetes version; `null` takes the kind program's own. */
  nodeImage: z.string().min(1).nullable(),
  /** Testbed kind: whether the modes' clusters stand at once; `auto` by what the machine has room for. */
  clusters: z.enum(['auto', ...STANDINGS]).default('auto'),
  nginxImage: z.string().min(1),
  /** Any image with Node 18 or later as `node`. */
  clientImage: z.string().min(1),
  /** Testbed cluster: labels of the nodes that clients and backends stand on; empty leaves it to the scheduler. */
  clientNodes: z.record(z.string(), z.string()),
  serverNodes: z.record(z.string(), z.string()),
  /** Testbed cluster: a Prometheus that scrapes kube-proxy, asked when its metrics cannot be reached on the node. */
  prometheus: z.url().nullable(),
  /** Testbed cluster: where kube-proxy's pages are on a node ("10249", "10.0.0.1:10249"); where it is not given, its own settings tell. */
  proxyMetrics: z.string().optional(),
});
export type KubernetesSettings = z.infer<typeof kubernetesSettingsSchema>;
