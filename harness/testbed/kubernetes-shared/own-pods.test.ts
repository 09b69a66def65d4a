import { describe, expect, it } from 'vitest';
import { makeServices } from '../../kubernetes/objects/service-table.ts';
import { SERVICE_LABEL, withOwnPods } from './own-pods.ts';

describe('backends: pods', () => {
  it('gives every Service a selector and pods of its own, and writes no slice', () => {
    const table = makeServices({
      services: 3,
      endpointsPerService: 2,
      targets: 2,
      realBackends: [{ address: '10.244.1.2' }, { address: '10.244.1.3' }],
      backends: 'distinct',
    });
    const own = withOwnPods(table, {
      endpointsPerService: 2,
      place: { labels: {}, image: 'nginx:1.28', nodeSelector: {} },
    });
    expect(own.table.slices).toEqual([]);
    expect(own.table.targets).toEqual(table.targets);
    expect(own.pods).toHaveLength(6);
    expect(new Set(own.pods.map((pod) => pod.metadata?.name)).size).toBe(6);
    for (const service of own.table.services) {
      const selector = service.spec?.selector ?? {};
      const selected = own.pods.filter((pod) => pod.metadata?.labels?.[SERVICE_LABEL] === selector[SERVICE_LABEL]);
      expect(selected).toHaveLength(2);
      for (const pod of selected) expect(pod.metadata?.namespace).toBe(service.metadata?.namespace);
    }
    expect(own.configs.map((config) => config.metadata?.namespace)).toEqual(['bench-1']);
  });
});
