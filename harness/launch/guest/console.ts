import { EnvironmentError } from '../../errors.ts';
import { readMachine } from '../../supply/packages/ensure.ts';
import { allowNamespaces } from '../../testbed/mode-support.ts';

/** What a guest's console (QEMU's and virtme's own words are in it too) says about its end; `null` when it says nothing known. Texts: Linux 5.10 to 7.2, QEMU 7.2, virtme-ng 1.35. */
export function explainConsole(consoleText: string, guest: { readonly memoryMib: number }): EnvironmentError | null {
  const more = `--memory ${Math.ceil((guest.memoryMib * 1.5) / 512) * 512}M`;
  const find = (pattern: RegExp) => pattern.exec(consoleText)?.[0];
  const outOfMemory = find(/Out of memory: Killed process \d+ \([^)]*\)|Kernel panic[^\n]*out of memory/i);
  if (outOfMemory !== undefined)
    return new EnvironmentError(`the guest ran out of its ${guest.memoryMib} MiB of memory: ${outOfMemory}`, more);
  if (find(/cannot set up guest memory|Cannot allocate memory/) !== undefined)
    return new EnvironmentError(
      `this machine has not the ${guest.memoryMib} MiB of memory that the guest is to have`,
      'end other programs, or give the guest less: --memory 2G',
    );
  const panic = find(/Kernel panic - not syncing[^\n]*/);
  const noRoot = find(
    /Failed to mount real root|Unable to mount root fs|unknown filesystem type '?9p|mount: .*bench\.[a-z]+.*/,
  );
  if (noRoot !== undefined)
    return new EnvironmentError(
      `the guest cannot read this machine's files: ${noRoot.trim()}`,
      "the kernel needs 9p (CONFIG_NET_9P_VIRTIO, CONFIG_9P_FS): Debian's linux-image-amd64 has it, its cloud flavour has not",
    );
  const forbidden = find(/unshare: (?:unshare|write) failed[^\n]*|unshare: cannot [^\n]*/);
  if (forbidden !== undefined)
    return new EnvironmentError(
      `QEMU cannot be started in namespaces of its own, which end it with this program: ${forbidden}`,
      allowNamespaces(readMachine().user),
    );
  if (find(/cannot find script I\/O ports/) !== undefined)
    return new EnvironmentError('the guest finds no port to its script: no udev made its name', 'apt-get install udev');
  if (panic !== undefined)
    return new EnvironmentError(
      `the guest's kernel panicked: ${panic}`,
      'take another kernel with --kernel, and report this one',
    );
  return null;
}

/** The last lines that a person would read, without control characters. */
export function lastLines(consoleText: string, lines: number): string {
  return consoleText
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]|\u001bc|\r/g, '')
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n');
}
