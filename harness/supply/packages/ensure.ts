import { readFileSync } from 'node:fs';
import { EnvironmentError } from '../../errors.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import { installDebianPackages, withoutInstalled } from './apt.ts';
import { formatInstallation, type Machine, planInstallation } from './installation.ts';
import { type Demand, isNeededByMode, neededPrerequisites, type Prerequisite } from './prerequisites.ts';
import { findToolState, type ToolState, type ToolWorld } from './tool-state.ts';

/** The world that the preflight looks at and changes. */
export interface SetupWorld extends ToolWorld {
  readonly machine: Machine;
  readonly onProgress: (text: string) => void;
  /** May these packages be installed (all that would come)? Asked only where the program could do it; `null`: never. */
  readonly mayInstall: ((packages: readonly string[]) => Promise<boolean>) | null;
}

/** This machine, as seen by this process. */
export function readMachine(): Machine {
  return { user: process.getuid?.() === 0 ? 'root' : 'ordinary', osRelease: readOsRelease() };
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

/** A prerequisite that is not there, or is and does not do. */
export interface Lack {
  readonly prerequisite: Prerequisite;
  readonly kind: 'missing' | 'unfit';
  /** "not found: nginx (the backends)". */
  readonly message: string;
}

/** Everything that a demand needs and this machine has not, at once. */
export async function findLacks(demand: Demand, world: ToolWorld): Promise<readonly Lack[]> {
  const lacks = await Promise.all(neededPrerequisites(demand).map((one) => findLack(one, world)));
  return lacks.filter((one) => one !== null);
}

async function findLack(prerequisite: Prerequisite, world: ToolWorld): Promise<Lack | null> {
  return toLack(prerequisite, await findToolState(prerequisite, world));
}

/** `null` when all is well with it. */
export function toLack(prerequisite: Prerequisite, state: ToolState): Lack | null {
  const { tool, purpose } = prerequisite;
  switch (state.kind) {
    case 'fit':
      return null;
    case 'missing':
      return { prerequisite, kind: 'missing', message: `not found: ${tool} (${purpose})` };
    case 'unfit':
      return { prerequisite, kind: 'unfit', message: `${state.why} (${purpose})` };
  }
}

/**
 * Makes sure that a demand's prerequisites are there. As root on Debian it says what it installs, asks where somebody can answer, and does it; nothing that is
 * there is upgraded. Resolves with the tools that cannot be had and that only some modes need; rejects with an EnvironmentError, which has the command to type, when
 * one is missing that every mode needs.
 */
export async function ensurePrerequisites(demand: Demand, world: SetupWorld): Promise<readonly Lack[]> {
  const lacks = await findLacks(demand, world);
  if (lacks.length === 0) return [];
  const trouble = await install(lacks, world);
  const still = trouble === 'nothing done' ? lacks : await findLacks(demand, world);
  const blocking = still.filter((one) => isBlocking(one, demand));
  if (blocking.length === 0) return still;
  if (trouble instanceof EnvironmentError) throw trouble;
  // Who must type a command anyway types it once, for the modes that would be left out too.
  throw new EnvironmentError(blocking.map((one) => one.message).join('; '), remedyOf(still, world.machine));
}

function isBlocking({ prerequisite }: Lack, demand: Demand): boolean {
  const { neededFor } = prerequisite;
  if (neededFor === 'comfort') return false;
  return demand === 'everything' || neededFor === 'laboratory' || neededFor === 'wire' || neededFor === 'guest';
}

/** What a mode lacks of the tools that cannot be had; `null` when it has all. */
export function findToolReason(mode: Mode, lacks: readonly Lack[], machine: Machine): Reason | null {
  const own = lacks.filter((one) => isNeededByMode(one.prerequisite, mode));
  if (own.length === 0) return null;
  return {
    code: own.some((one) => one.kind === 'missing') ? 'tool-missing' : 'tool-unfit',
    message: own.map((one) => one.message).join('; '),
    remedy: remedyOf(own, machine),
  };
}

/** The command to type, alone on its line so that it can be copied, and what to leave out instead where that is possible. */
function remedyOf(lacks: readonly Lack[], machine: Machine): string {
  const packages = [...new Set(lacks.map((one) => one.prerequisite.debianPackage))].sort();
  const unfit = lacks.filter((one) => one.kind === 'unfit').map((one) => one.prerequisite.tool);
  return [
    formatInstallation(packages, machine),
    ...(unfit.length === 0 ? [] : [`(${unfit.join(', ')}: one that does must stand first on PATH)`]),
    ...(lacks.some((one) => one.prerequisite.neededFor === 'wire') ? ['(or measure without tcpdump: --no-wire)'] : []),
  ].join('\n    ');
}

type Outcome = 'done' | 'nothing done' | EnvironmentError;

/** Packages that are installed already are left as they are: what is missing in them no installation fixes. */
async function install(lacks: readonly Lack[], world: SetupWorld): Promise<Outcome> {
  const plan = planInstallation(
    lacks.map((one) => one.prerequisite),
    world.machine,
  );
  const { mayInstall } = world;
  if (plan.kind !== 'install' || mayInstall === null) return 'nothing done';
  const packages = await withoutInstalled(plan.packages, world.exec);
  if (packages.length === 0) return 'nothing done';
  world.onProgress(lacks.map((one) => one.message).join('; '));
  try {
    return await installDebianPackages(packages, world.exec, { onProgress: world.onProgress, mayInstall });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    world.onProgress(error.message);
    return error;
  }
}
