import { readFileSync } from 'node:fs';
import { EnvironmentError } from '../errors.ts';
import type { Exec } from '../system/exec.ts';
import { findTool } from '../system/find-tool.ts';
import { installDebianPackages } from './apt.ts';
import { type Machine, planInstallation } from './installation.ts';
import { type Demand, neededPrerequisites, type Prerequisite } from './prerequisites.ts';

/** The world that the preflight looks at and changes. */
export interface SetupWorld {
  readonly exec: Exec;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly machine: Machine;
  readonly onProgress: (text: string) => void;
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

/** Everything that a demand needs and this machine has not, at once. Looks at files only; takes about a millisecond. */
export function checkPrerequisites(demand: Demand, env: SetupWorld['env']): readonly Prerequisite[] {
  return neededPrerequisites(demand).filter((one) => findTool(one.tool, env) === null);
}

/**
 * Makes sure that a demand's prerequisites are there: as root on Debian it says what it installs and does (all that is missing for anything, so that it
 * happens once); elsewhere it rejects with an EnvironmentError that has the one command to type.
 */
export async function ensurePrerequisites(demand: Demand, world: SetupWorld): Promise<void> {
  if (checkPrerequisites(demand, world.env).length === 0) return;
  const missing = checkPrerequisites('everything', world.env);
  const plan = planInstallation(missing, world.machine);
  switch (plan.kind) {
    case 'nothing':
      return;
    case 'tell':
      throw new EnvironmentError(`not found: ${formatMissing(missing)}`, plan.command);
    case 'install':
      world.onProgress(`not found: ${formatMissing(missing)}`);
      world.onProgress(`installing the packages ${plan.packages.join(' ')} (their services are not started)`);
      await installDebianPackages(plan.packages, world.exec);
  }
  const still = checkPrerequisites(demand, world.env);
  if (still.length > 0)
    throw new EnvironmentError(
      `not found, though their packages are installed: ${formatMissing(still)}`,
      `apt-get install --reinstall ${plan.packages.join(' ')}`,
    );
}

function formatMissing(missing: readonly Prerequisite[]): string {
  return missing.map((one) => `${one.tool} (${one.purpose})`).join(', ');
}
