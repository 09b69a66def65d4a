import { expect, it } from 'vitest';
import { formatClusterName, keptDigest, parseClusterName } from './cluster-name.ts';

const OWNER = { boot: 'b5fc4c', pidNamespace: 4026531836, pid: 4_194_303, startTicks: 2 ** 40 };

it('a name says who owns the cluster, and leaves room for what kind hangs on it in a host name', () => {
  const name = formatClusterName({ kind: 'owned', owner: OWNER, index: 12 });
  expect(parseClusterName(name)).toEqual({ kind: 'owned', owner: OWNER, index: 12 });
  expect(`${name}-control-plane`.length).toBeLessThanOrEqual(63);
});

it('a kept cluster is found again by its configuration and image, and by no other', () => {
  const digest = keptDigest('config', 'image');
  const name = formatClusterName({ kind: 'kept', digest, index: 0 });
  expect(parseClusterName(name)).toEqual({ kind: 'kept', digest, index: 0 });
  expect(keptDigest('config', 'other')).not.toBe(digest);
  expect(keptDigest('other', 'image')).not.toBe(digest);
});

it.each(['kind', 'kp', 'srb', 'srb-dev', 'srb-my-test-cluster-1', 'srb-kept-mine-0', 'production'])(
  'a cluster called "%s" is none of ours',
  (name) => {
    expect(parseClusterName(name)).toBeNull();
  },
);
