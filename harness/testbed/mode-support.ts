import type { KernelProbe, Requirement } from '../mode/mode.ts';
import { modeOf } from '../mode/table.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Reason } from '../model/reason.ts';
import { readMachine } from '../supply/packages/ensure.ts';
import { formatInstallation } from '../supply/packages/installation.ts';
import type { Exec } from '../system/exec.ts';
import { isOlderVersion } from '../system/older-version.ts';
import { asRoot } from '../system/root-command.ts';
import { askKernel, type KernelAnswer, type ProbePlace } from './kernel-probe.ts';

/**
 * Can this kernel run these modes? Asks the kernel itself: makes one object of every kind that kube-proxy would make, in a network namespace
 * that is thrown away. Takes well under 300 ms. `as-found` is only ever found in clusters.
 */
export async function probeModes(
  modes: readonly Mode[],
  exec: Exec,
  place: Partial<ProbePlace> = {},
): Promise<ModeSupport[]> {
  const { user = process.getuid?.() === 0 ? 'root' : 'ordinary', slowness = 1 } = place;
  const wanted = modes.map((mode) => ({ mode, requirements: modeOf(mode).requirements }));
  const probes = [...new Map(wanted.flatMap((one) => one.requirements).map((one) => [one.id, one])).values()];
  const asked = await askKernel(exec, [...probes, RELEASE], { user, slowness });
  if (asked.kind === 'no-namespaces') return modes.map((mode) => refused(mode, noNamespaces(asked.why, user)));
  return wanted.map(({ mode, requirements }) => judgeMode(mode, requirements, asked.answers, user));
}

const RELEASE: KernelProbe = { id: 'release', command: ['uname', '-r'] };

function refused(mode: Mode, reason: Reason): ModeSupport {
  return { mode, supported: false, reason };
}

function judgeMode(
  mode: Mode,
  requirements: readonly Requirement[],
  answers: ReadonlyMap<string, KernelAnswer>,
  user: 'root' | 'ordinary',
): ModeSupport {
  const { isFound, leastKernel, needsRoot } = modeOf(mode);
  if (isFound) return refused(mode, AS_FOUND);
  if (user === 'ordinary' && needsRoot !== null)
    return refused(mode, { code: 'needs-root', message: needsRoot, remedy: asRoot() });
  const release = answers.get(RELEASE.id)?.output ?? '';
  if (leastKernel !== null && isOlderVersion(release, leastKernel))
    return refused(mode, tooOld(mode, leastKernel, release));
  const lacking = requirements.filter((one) => !isMet(one, answers.get(one.id)));
  if (lacking.length === 0) return { mode, supported: true };
  const reason = lacking.find((one) => one.reason !== undefined)?.reason;
  if (reason !== undefined) return refused(mode, reason);
  return refused(mode, lackReason({ mode, lacking, answers, release }));
}

function isMet({ says }: Requirement, answer: KernelAnswer | undefined): boolean {
  return answer?.exitCode === 0 && (says === undefined || says.test(answer.output));
}

const AS_FOUND: Reason = {
  code: 'mode-only-in-cluster',
  message: 'a mode "as found" is whatever an existing cluster runs; the laboratory has nothing to find',
  remedy: 'measure it with --testbed cluster',
};

function noNamespaces(why: string, user: 'root' | 'ordinary'): Reason {
  return {
    code: NO_NAMESPACES,
    message: `network namespaces cannot be made here: ${firstLine(why)}`,
    remedy: allowNamespaces(user),
  };
}

/** Of a place where no mode can run, and no guest be started either: it is in namespaces too, which end it with this program. */
export const NO_NAMESPACES = 'no-namespaces';

/** What to do where the laboratory's namespaces cannot be made. */
export function allowNamespaces(user: 'root' | 'ordinary'): string {
  return user === 'root'
    ? 'give this container the right to make namespaces (docker run --privileged, or CAP_SYS_ADMIN and CAP_NET_ADMIN)'
    : `${asRoot()}\n    or allow user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns`;
}

function lackReason(found: {
  readonly mode: Mode;
  readonly lacking: readonly Requirement[];
  readonly answers: ReadonlyMap<string, KernelAnswer>;
  readonly release: string;
}): Reason {
  const { lacking, answers, release } = found;
  const tools = lacking.filter((one) => answers.get(one.id)?.exitCode === 127);
  if (tools.length > 0) return toolMissing(tools);
  if (lacking.every((one) => one.toolLacks !== undefined)) return toolUnfit(lacking, answers);
  const options = [...new Set(lacking.flatMap((one) => one.option ?? []))];
  const modules = [...new Set(lacking.flatMap((one) => one.module ?? []))];
  const said = firstLine(answers.get(lacking[0]?.id ?? '')?.output ?? '');
  return {
    code: 'kernel-lacks-module',
    message: `kernel ${release} has no ${lacking.map((one) => one.what).join(', no ')} (${options.join(', ')}); it answers: ${said}`,
    remedy: `${readMachine().user === 'root' ? '' : 'sudo '}modprobe -a ${modules.join(' ')}\n    where there is no such module: --testbed vm, whose kernels have all of them`,
  };
}

function toolMissing(tools: readonly Requirement[]): Reason {
  const names = [...new Set(tools.map((one) => one.command[0]))].join(', ');
  const packages = [...new Set(tools.map((one) => one.package))];
  return { code: 'tool-missing', message: `${names} not found`, remedy: formatInstallation(packages, readMachine()) };
}

/** The kernel has it all, and the tool does not speak with it as kube-proxy needs it. */
function toolUnfit(tools: readonly Requirement[], answers: ReadonlyMap<string, KernelAnswer>): Reason {
  const lines = tools.map(
    ({ id, command, toolLacks }) =>
      `this ${command[0]} ${toolLacks}; to "${command.join(' ')}" it answers: ${firstLine(answers.get(id)?.output ?? '')}`,
  );
  const packages = [...new Set(tools.map((one) => one.package))];
  return {
    code: 'tool-unfit',
    message: lines.join('; '),
    remedy: `${formatInstallation(packages, readMachine())}\n    the one that does must stand first on PATH`,
  };
}

function tooOld(mode: Mode, leastKernel: readonly number[], release: string): Reason {
  const message = `${modeOf(mode).name} mode needs kernel ${leastKernel.join('.')} or later, this is ${release}`;
  return { code: 'kernel-too-old', message, remedy: 'run a newer kernel, or --testbed vm' };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() || 'nothing';
}
