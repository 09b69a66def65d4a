/** Lines of kind's and kubeadm's output that say why a cluster did not come up, in the order of how much they decide. */
const CAUSES: readonly { readonly pattern: RegExp; readonly remedy: string }[] = [
  {
    pattern: /port is already allocated|address already in use/i,
    remedy:
      'another program has the port: end it, or leave the port to kind (apiServerPort in infra/kind/cluster.yaml)',
  },
  {
    pattern:
      /failed to pull image|pull access denied|manifest unknown|no such image|not found: manifest|Unable to find image/i,
    remedy: 'name a node image that the engine has or can pull: --node-image kindest/node:v1.36.3',
  },
  {
    pattern: /unable to apply caps|operation not permitted/i,
    remedy: 'the engine may not run privileged containers here: give it the capabilities, or use --testbed netns',
  },
  {
    pattern: /too many open files|failed to create fsnotify watcher/i,
    remedy: 'as root: sysctl -w fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288',
  },
  { pattern: /no space left on device/i, remedy: 'free disk space where the engine keeps its containers' },
  {
    pattern:
      /kubelet (is )?(not running|isn't running|not healthy)|kubelet-check|timed out waiting for the condition|failed to init node/i,
    remedy:
      "the kubelet did not come up: see its last lines above; often memory, cgroups or an image that is not kind's",
  },
  {
    pattern: /could not find a log line that matches/i,
    remedy: 'the image is no kind node image: --node-image kindest/node:v1.36.3',
  },
  { pattern: /already exist for a cluster/i, remedy: 'npm run clean, or kind delete cluster --name …' },
];

/** klog errors of kubelet and kubeadm, kind's own last word, and Docker's. */
const TELLING =
  /^\s*(ERROR|Error|error|fatal|panic)[: ]|^[EF]\d{4} |\[kubelet-check\]|error execution phase|Error response from daemon/;

/** kind's own progress, which repeats what failed in fewer words. */
const NOISE = /^ [•✓✗] |^DEBUG: |^Creating cluster /;

export interface CreationFailure {
  /** At most 8 lines. */
  readonly lines: readonly string[];
  readonly remedy: string;
}

/** kind's whole output → the lines that decide, and what to do. Pure. */
export function explainCreationFailure(output: string): CreationFailure {
  const lines = output
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '');
  // With -v 1 kind appends Go's stack, which says nothing to whoever reads it.
  const stack = lines.findIndex((line) => line.startsWith('Stack Trace:'));
  const told = stack < 0 ? lines : lines.slice(0, stack);
  const cause = CAUSES.find(({ pattern }) => told.some((line) => pattern.test(line)));
  const telling = told.filter(
    (line) => TELLING.test(line) || (cause?.pattern.test(line) === true && !NOISE.test(line)),
  );
  const chosen = [...new Set(telling.length > 0 ? telling : told)].slice(-8);
  return {
    lines: chosen.map(shorten),
    remedy: cause?.remedy ?? 'read the log named above; "npm run doctor" says what works here',
  };
}

/** A docker run of kind has 700 characters, and how it failed stands behind them. */
function shorten(line: string): string {
  return line.length <= 320 ? line : `${line.slice(0, 120)} … ${line.slice(-180)}`;
}
