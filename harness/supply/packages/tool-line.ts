import type { DoctorLine } from '../../model/diagnosis.ts';
import { formatInstallation, type Machine } from './installation.ts';
import type { Prerequisite } from './prerequisites.ts';
import type { ToolState } from './tool-state.ts';

/** A tool of the table, and how it was found. */
export interface ExaminedTool {
  readonly one: Prerequisite;
  readonly state: ToolState;
}

/** A tool's line of doctor. Without a tool that every laboratory needs, nothing runs. */
export function describeTool({ one, state }: ExaminedTool, machine: Machine): DoctorLine {
  const name = one.tool;
  if (state.kind === 'fit')
    return { name, value: state.version ?? 'found (says no version)', lacks: [], blocks: false };
  const remedy = formatInstallation([one.debianPackage], machine);
  const value = state.kind === 'missing' ? `not found (${one.purpose})` : `does not do: ${state.why}`;
  const lack =
    state.kind === 'missing'
      ? { code: 'tool-missing', message: `needed for: ${one.purpose}`, remedy }
      : { code: 'tool-unfit', message: state.why, remedy };
  return { name, value, lacks: [lack], blocks: one.neededFor === 'laboratory' || one.neededFor === 'wire' };
}
