import { PLACES } from '../launch/places.ts';
import { isFloor, LISTED_MODES, modeOf } from '../mode/table.ts';
import { findModeVersionReason } from '../mode/version.ts';
import type { Diagnosis, DoctorLine } from '../model/diagnosis.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import { DEFAULT_KUBE_PROXY_VERSION } from '../supply/kube-proxy/version.ts';
import { findToolReason, type Lack, toLack } from '../supply/packages/ensure.ts';
import { formatInstallation, type Machine } from '../supply/packages/installation.ts';
import { PREREQUISITES } from '../supply/packages/prerequisites.ts';
import { describeTool, type ExaminedTool } from '../supply/packages/tool-line.ts';
import { findToolState, type ToolWorld } from '../supply/packages/tool-state.ts';
import { probeModes } from '../testbed/mode-support.ts';
import { findSystemState } from './system-state.ts';

interface DiagnosisWorld extends ToolWorld {
  readonly machine: Machine;
}

/** Looks at the machine, its tools, its kernel and every place. Changes nothing. */
export async function diagnose(world: DiagnosisWorld): Promise<Diagnosis> {
  const { machine } = world;
  const [support, examined, system] = await Promise.all([
    probeModes(LISTED_MODES, world.exec, { user: machine.user }),
    Promise.all(PREREQUISITES.map(async (one) => ({ one, state: await findToolState(one, world) }))),
    findSystemState(world),
  ]);
  const own = examined.filter(({ one }) => one.neededFor !== 'guest');
  const tools = own.map((tool) => describeTool(tool, machine));
  const lacks = examined.map(({ one, state }) => toLack(one, state)).filter((one) => one !== null);
  const judged = support.map((one) => withToolReason(one, lacks, machine));
  const places = Object.values(PLACES);
  const testbeds = await Promise.all(places.map((place) => place.diagnose({ ...world, tools: examined, support })));
  const isBlocked = [...system, ...tools, ...testbeds].some((one) => one.blocks);
  return {
    schemaVersion: 1,
    system,
    tools,
    modes: judged.map(describeMode),
    testbeds,
    installCommand: installAll(own, machine),
    smokeCanRun: !isBlocked && measuredModes(judged).length > 0,
  };
}

/** What a mode's own tools lack, as the check before a run says it. */
function withToolReason(support: ModeSupport, lacks: readonly Lack[], machine: Machine): ModeSupport {
  const reason = findToolReason(support.mode, lacks, machine);
  return reason === null ? support : { mode: support.mode, supported: false, reason };
}

function installAll(examined: readonly ExaminedTool[], machine: Machine): string | null {
  const missing = examined.filter(({ state }) => state.kind === 'missing');
  if (missing.length === 0) return null;
  return formatInstallation([...new Set(missing.map(({ one }) => one.debianPackage))].sort(), machine);
}

function describeMode(support: ModeSupport): DoctorLine {
  const { id } = support.mode;
  if (!support.supported) return { name: id, value: 'cannot run here', lacks: [support.reason], blocks: false };
  return { name: id, value: modeOf(support.mode).note ?? 'this kernel runs it', lacks: [], blocks: false };
}

/** Modes with rules to measure that the usual kube-proxy has: the floor alone is no measurement. */
function measuredModes(support: readonly ModeSupport[]): readonly ModeSupport[] {
  return support.filter(
    ({ supported, mode }) =>
      supported && !isFloor(mode) && findModeVersionReason(mode, DEFAULT_KUBE_PROXY_VERSION) === null,
  );
}
