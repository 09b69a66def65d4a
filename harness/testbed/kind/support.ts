import type { Mode } from '../../model/mode.ts';
import type { ModeSupport } from '../../model/mode-support.ts';
import type { Standing } from '../../model/plan.ts';
import type { Scenario } from '../../model/scenario.ts';
import { systemExec } from '../../system/exec.ts';
import { requireSettings } from '../kubernetes-shared/opening.ts';
import { probeModes } from '../mode-support.ts';
import type { Arrangement } from '../testbed.ts';
import { findEngine, findEngineFlavour, findKind } from './engine.ts';
import { imageVersion, refusalOnKind } from './refusal.ts';
import { arrangeClusters, readResources } from './resources.ts';

/** Engine, program and machine are asked for here, before anything is created; then the kernel, mode by mode (all nodes run on the machine's own). */
export async function supportOnKind(modes: readonly Mode[], scenario: Scenario): Promise<readonly ModeSupport[]> {
  await findEngine(systemExec);
  await findKind(systemExec);
  const support = (await probeModes(modes, systemExec)).map((one) => leaveToNodes(one));
  const flavour = await findEngineFlavour(systemExec);
  const version = imageVersion(requireSettings(scenario).nodeImage);
  return support.map((one) => {
    const reason = refusalOnKind(one.mode, { flavour, version });
    return reason === null || !one.supported ? one : { mode: one.mode, supported: false, reason };
  });
}

/** The nodes have root and tools of their own: what only this user or this machine's programs lack is no reason. What a node cannot do after all, its kube-proxy tells (/proxyMode). */
const OWN_LACKS = new Set(['tool-missing', 'tool-unfit', 'needs-root', 'no-namespaces', 'few-open-files']);

export function leaveToNodes(
  support: ModeSupport,
  user: 'root' | 'ordinary' = process.getuid?.() === 0 ? 'root' : 'ordinary',
): ModeSupport {
  if (support.supported) return support;
  const { code } = support.reason;
  // Modules come when root asks for them, and not always for others.
  const isOwn = OWN_LACKS.has(code) || (user === 'ordinary' && code === 'kernel-lacks-module');
  return isOwn ? { mode: support.mode, supported: true } : support;
}

/** Only for the modes that can run: what the machine lacks for the others tells nobody anything. */
export async function arrangeOnKind(
  modes: readonly Mode[],
  scenario: Scenario,
  begun: Standing | null,
): Promise<Arrangement> {
  const engine = await findEngine(systemExec);
  return arrangeClusters(readResources(engine), {
    clusters: modes.length,
    services: scenario.sizesServices.at(-1) ?? 0,
    asked: begun ?? requireSettings(scenario).clusters,
  });
}
