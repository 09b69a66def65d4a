import { EnvironmentError } from '../../errors.ts';
import type { Mode } from '../../model/mode.ts';
import type { Scenario } from '../../model/scenario.ts';
import { systemExec } from '../../system/exec.ts';
import { probeModes } from '../kernel-modes.ts';
import { requireSettings } from '../kubernetes-shared/opening.ts';
import type { ModeSupport } from '../testbed.ts';
import { findEngine, findEngineFlavour, findKind } from './engine.ts';
import { imageVersion, refusalOnKind } from './refusal.ts';
import { findLacks, readResources } from './resources.ts';

/** Engine, program and machine are asked for here, before anything is created; then the kernel, mode by mode (all nodes run on the machine's own). */
export async function supportOnKind(modes: readonly Mode[], scenario: Scenario): Promise<readonly ModeSupport[]> {
  const engine = await findEngine(systemExec);
  await findKind(systemExec);
  const support = await probeModes(modes, systemExec);
  const flavour = await findEngineFlavour(systemExec);
  const version = imageVersion(requireSettings(scenario).nodeImage);
  const answers = support.map((one): ModeSupport => {
    const reason = refusalOnKind(one.mode, { flavour, version });
    return reason === null || !one.supported ? one : { mode: one.mode, supported: false, reason };
  });
  // Only for those that can run: what the machine lacks for the others tells nobody anything.
  const clusters = answers.filter((one) => one.supported).length;
  const lacks = findLacks(readResources(engine), { clusters, services: scenario.sizesServices.at(-1) ?? 0 });
  if (lacks.length > 0)
    throw new EnvironmentError(
      `this machine has too little for ${clusters} kind clusters: ${lacks.map((one) => one.message).join('; ')}`,
      lacks.map((one) => one.remedy).join('; '),
    );
  return answers;
}
