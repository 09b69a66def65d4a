/**
 * Where a kube-proxy that was set by flags alone says that its pages are: kops, RKE2 and Talos write no file of settings. `commandLine` as /proc/PID/cmdline has it. `null` where no
 * flag says it. --metrics-port is the older flag, for an address that has no port. Pure.
 */
export function readMetricsFlag(commandLine: string): string | null {
  const words = commandLine.split('\0');
  const address = lastValue('--metrics-bind-address', words);
  const port = lastValue('--metrics-port', words);
  if (port !== null && (address === null || !/:[0-9]+$/.test(address))) return `:${port}`;
  return address;
}

/** "--flag=value", or the word behind "--flag"; the last one counts. */
function lastValue(flag: string, words: readonly string[]): string | null {
  const values = words.flatMap((word, index) => {
    if (word.startsWith(`${flag}=`)) return [word.slice(flag.length + 1)];
    return word === flag ? [words[index + 1] ?? ''] : [];
  });
  return values.findLast((value) => value !== '') ?? null;
}
