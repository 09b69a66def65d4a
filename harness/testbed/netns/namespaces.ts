import type { Exec } from '../../system/exec.ts';
import type { IpLine, Wiring } from './links.ts';

/** Words in front of a command that make it run inside a network namespace. nsenter becomes the command (no fork): pids stay right. */
export function inNamespace(name: string): readonly string[] {
  return ['nsenter', `--net=/run/netns/${name}`];
}

/** Makes namespaces, links, addresses and sysctls of a wiring. Needs the laboratory's own /run/netns. */
export async function applyWiring(exec: Exec, wiring: Wiring): Promise<void> {
  await ipBatch(
    exec,
    null,
    wiring.namespaces.map((name) => `netns add ${name}`),
  );
  await Promise.all(wiring.namespaces.map((name) => ipBatch(exec, name, ['link set lo up'])));
  for (const [namespace, lines] of byNamespace(wiring.links)) await ipBatch(exec, namespace, lines);
  for (const [namespace, lines] of byNamespace(wiring.addresses)) await ipBatch(exec, namespace, lines);
  await Promise.all(wiring.sysctls.map((one) => setSysctl(exec, one)));
}

/** Removes a wiring's namespaces, and with them their links, rules and conntrack entries. */
export async function removeWiring(exec: Exec, wiring: Wiring): Promise<void> {
  for (const [namespace, lines] of byNamespace(wiring.removals)) await ipBatch(exec, namespace, lines);
  await ipBatch(
    exec,
    null,
    wiring.namespaces.map((name) => `netns delete ${name}`),
  );
}

function byNamespace(lines: readonly IpLine[]): Map<string | null, string[]> {
  const groups = new Map<string | null, string[]>();
  for (const { namespace, line } of lines) {
    const group = groups.get(namespace);
    if (group === undefined) groups.set(namespace, [line]);
    else group.push(line);
  }
  return groups;
}

async function ipBatch(exec: Exec, namespace: string | null, lines: readonly string[]): Promise<void> {
  const place = namespace === null ? [] : ['-netns', namespace];
  await exec.run(['ip', ...place, '-batch', '-'], { input: `${lines.join('\n')}\n` });
}

async function setSysctl(exec: Exec, sysctl: Wiring['sysctls'][number]): Promise<void> {
  const script = 'printf %s "$1" > "/proc/sys/$2"';
  await exec.run([...inNamespace(sysctl.namespace), 'sh', '-c', script, 'sysctl', sysctl.value, sysctl.key]);
}
