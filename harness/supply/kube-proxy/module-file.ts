/** The parts of `go mod edit -json` that matter here. */
export interface UpstreamModule {
  readonly Go?: string;
  readonly Require?: readonly { readonly Path: string; readonly Version: string }[] | null;
  readonly Replace?:
    | readonly {
        readonly Old: { readonly Path: string; readonly Version?: string };
        readonly New: { readonly Path: string; readonly Version?: string };
      }[]
    | null;
}

/**
 * go.mod of a main module that builds kube-proxy out of the published module k8s.io/kubernetes. Replaces count only in the main module, so the
 * upstream's are taken over: those that point into its own tree (./staging/src/k8s.io/api) become the same module as published
 * (Kubernetes 1.36.3 ↔ k8s.io/api 0.36.3), and pinned ones stay as they are. The requirements are taken over too, which makes the versions that
 * upstream builds with the lowest that Go may choose; `go` and `godebug` stay upstream's, so that the program behaves as released.
 */
export function makeModuleFile(upstream: UpstreamModule, version: string): string {
  const staged = `v0${version.slice(1)}`;
  const replaces = (upstream.Replace ?? []).map(({ Old: from, New: to }) => {
    const target = to.Path.startsWith('./staging/')
      ? `${from.Path} ${staged}`
      : `${to.Path} ${to.Version ?? ''}`.trim();
    return `\t${from.Path}${from.Version === undefined ? '' : ` ${from.Version}`} => ${target}`;
  });
  const requires = (upstream.Require ?? []).map(
    ({ Path: path, Version: at }) => `\t${path} ${at === 'v0.0.0' && path.startsWith('k8s.io/') ? staged : at}`,
  );
  return [
    'module service-routing-bench.invalid/kube-proxy',
    '',
    `go ${upstream.Go ?? '1.16'}`,
    '',
    `require (\n\tk8s.io/kubernetes v${version}\n${requires.join('\n')}\n)`,
    '',
    `replace (\n${replaces.join('\n')}\n)`,
    '',
  ].join('\n');
}

/** What release builds stamp into the binary (hack/lib/version.sh), as far as it is known of a published module: no commit. */
export function linkerFlags(version: string): string {
  const [major = '', minor = ''] = version.split('.');
  const stamps: Readonly<Record<string, string>> = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'archive',
  };
  const words = Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s -w', ...words].join(' ');
}
