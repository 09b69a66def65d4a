import { expect, test } from 'vitest';
import { linkerFlags, makeModuleFile } from './module-file.ts';

const UPSTREAM = {
  Go: '1.19',
  Require: [
    { Path: 'k8s.io/api', Version: 'v0.0.0' },
    { Path: 'k8s.io/klog/v2', Version: 'v2.70.1' },
  ],
  Replace: [
    { Old: { Path: 'k8s.io/api' }, New: { Path: './staging/src/k8s.io/api' } },
    { Old: { Path: 'github.com/beorn7/perks' }, New: { Path: 'github.com/beorn7/perks', Version: 'v1.0.1' } },
  ],
};

test('staging directories become published modules, pins and requirements of upstream stay', () => {
  expect(makeModuleFile(UPSTREAM, '1.25.16')).toBe(`module service-routing-bench.invalid/kube-proxy

go 1.19

require (
\tk8s.io/kubernetes v1.25.16
\tk8s.io/api v0.25.16
\tk8s.io/klog/v2 v2.70.1
)

replace (
\tk8s.io/api => k8s.io/api v0.25.16
\tgithub.com/beorn7/perks => github.com/beorn7/perks v1.0.1
)
`);
});

test('the version of a pre-release goes over to the staging modules', () => {
  expect(makeModuleFile(UPSTREAM, '1.37.0-rc.1')).toContain('k8s.io/api => k8s.io/api v0.37.0-rc.1');
});

test('the binary is stamped with the version that it will report', () => {
  expect(linkerFlags('1.25.16')).toContain(
    'version.gitVersion=v1.25.16 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=25',
  );
});
