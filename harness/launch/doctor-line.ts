import type { DoctorLine } from '../model/diagnosis.ts';
import type { Reason } from '../model/reason.ts';

/** A place's line of doctor: what it offers, or what it lacks. The smoke scenario runs without it. */
export function doctorLine(name: string, value: string, lacks: readonly (Reason | null)[]): DoctorLine {
  const real = lacks.filter((one) => one !== null);
  return { name, value: real.length === 0 ? value : 'cannot run here', lacks: real, blocks: false };
}
