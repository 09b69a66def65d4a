import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCounters } from './counters-objects.ts';

const TEMPLATE = readFileSync(join(import.meta.dirname, '../../../infra/kubernetes/counters.yaml'), 'utf8');
const run = {
  namespace: 'bench-1',
  labels: { owner: 'me' },
  image: 'node:24',
  nodeSelector: { a: 'b' },
  program: '// program',
};

it('the counters read /proc and nothing else: no capability, no writing, no token', () => {
  const spec = makeCounters(TEMPLATE, run).daemonSet.spec?.template.spec;
  const [container] = spec?.containers ?? [];
  expect(spec?.automountServiceAccountToken).toBe(false);
  expect(spec?.hostPID ?? false).toBe(false);
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(container?.volumeMounts?.every((mount) => mount.readOnly === true)).toBe(true);
  expect(spec?.volumes?.flatMap((volume) => volume.hostPath?.path ?? [])).toEqual(['/proc']);
});

it("the counters stand on the client's nodes, in the run's namespace, with its labels and image", () => {
  const { config, daemonSet } = makeCounters(TEMPLATE, run);
  expect(config.data).toEqual({ 'counters.mjs': '// program' });
  expect(daemonSet.metadata).toMatchObject({ namespace: 'bench-1', labels: { owner: 'me' } });
  expect(daemonSet.spec?.template.spec).toMatchObject({ nodeSelector: { a: 'b' } });
  expect(daemonSet.spec?.template.spec?.containers[0]?.image).toBe('node:24');
  expect(daemonSet.spec?.template.metadata?.labels).toMatchObject(daemonSet.spec?.selector.matchLabels ?? {});
});
