import type { V1Namespace } from '@kubernetes/client-node';
import { MANAGED_BY, MANAGED_BY_LABEL } from './labels.ts';

export function makeNamespace(name: string, labels: Readonly<Record<string, string>> = {}): V1Namespace {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name, [MANAGED_BY_LABEL]: MANAGED_BY, ...labels } },
    status: { phase: 'Active' },
  };
}
