import { describe, expect, it } from 'vitest';
import { makeRunLabels } from './labels.ts';
import { makeBackendConfig, makeBackendPods, makeClientJob } from './pod-objects.ts';

const LABELS = makeRunLabels({ boot: 'b5fc4c', pidNamespace: 4026531836, pid: 4242, startTicks: 99 }, 'm1');
const PLACE = { namespace: 'bench', labels: LABELS, image: 'nginx:1.28', nodeSelector: { role: 'server' } };

describe('the pods of a run', () => {
  it('all carry who made them, and get neither 10,000 Services as environment nor a token', () => {
    const specs = [...makeBackendPods(PLACE, 10).map((pod) => pod), makeClientJob(PLACE, 4).spec?.template];
    for (const pod of specs) {
      expect(pod?.metadata?.labels).toMatchObject(LABELS);
      expect(pod?.spec).toMatchObject({ enableServiceLinks: false, automountServiceAccountToken: false });
      expect(pod?.spec?.nodeSelector).toEqual({ role: 'server' });
    }
  });

  it('are ten NGINX that name themselves by their pod', () => {
    const pods = makeBackendPods(PLACE, 10);
    expect(pods.map((pod) => pod.spec?.hostname)).toEqual(pods.map((pod) => pod.metadata?.name));
    expect(makeBackendConfig(PLACE).data?.['nginx.conf']).toContain('add_header X-Backend $hostname;');
  });

  it('are as many clients as share the load, none of which is ever replaced', () => {
    const { spec } = makeClientJob(PLACE, 4);
    expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 4, parallelism: 4, backoffLimit: 0 });
    expect(spec?.template.spec?.restartPolicy).toBe('Never');
  });

  it('are left to the scheduler where no nodes were named', () => {
    const [pod] = makeBackendPods({ ...PLACE, nodeSelector: {} }, 1);
    expect(pod?.spec).not.toHaveProperty('nodeSelector');
  });

  it('have labels that Kubernetes takes', () => {
    for (const value of Object.values(LABELS)) expect(value).toMatch(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
  });
});
