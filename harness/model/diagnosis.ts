import type { Reason } from './reason.ts';

/** A thing that doctor looked at. `lacks` is empty when all is well with it; `blocks`: the smoke scenario cannot run while something lacks here. */
export interface DoctorLine {
  readonly name: string;
  /** What was found, for people. */
  readonly value: string;
  readonly lacks: readonly Reason[];
  readonly blocks: boolean;
}

/** The whole state of a machine, as far as measuring on it goes: what `doctor --json` prints. */
export interface Diagnosis {
  readonly schemaVersion: 1;
  readonly system: readonly DoctorLine[];
  readonly tools: readonly DoctorLine[];
  readonly modes: readonly DoctorLine[];
  readonly testbeds: readonly DoctorLine[];
  /** Installs every missing tool of the laboratory at once; `null` when none is missing. */
  readonly installCommand: string | null;
  readonly smokeCanRun: boolean;
}
