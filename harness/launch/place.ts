import type { ExitCode } from '../errors.ts';
import type { DoctorLine } from '../model/diagnosis.ts';
import type { Guest } from '../model/guest.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Standing } from '../model/plan.ts';
import type { PlaceName, Scenario } from '../model/scenario.ts';
import type { RunRequest } from '../run/request.ts';
import type { Kernel } from '../supply/kernel/kernel.ts';
import type { Machine } from '../supply/packages/installation.ts';
import type { Need } from '../supply/packages/prerequisites.ts';
import type { ExaminedTool } from '../supply/packages/tool-line.ts';
import type { ToolWorld } from '../supply/packages/tool-state.ts';
import type { CommandWorld } from '../system/world.ts';
import type { Arrangement, TestbedKind } from '../testbed/testbed.ts';
import type { GuestSize } from './guest/guest-size.ts';

/** What a guest is to be, as far as somebody said. Places without a guest do not ask. */
export interface GuestWish {
  /** The kernel, fetched first where that must be. */
  readonly findKernel: () => Promise<Kernel>;
  readonly size: Partial<GuestSize>;
}

/** What doctor has found before it asks the places. */
export interface DoctorWorld extends ToolWorld {
  readonly machine: Machine;
  readonly tools: readonly ExaminedTool[];
  /** Of this machine's own kernel. */
  readonly support: readonly ModeSupport[];
}

/** What a guest is made of. `directory` takes small temporary files. */
export interface GuestParts extends ToolWorld {
  readonly scenario: Scenario;
  readonly wish: GuestWish;
  readonly directory: string;
}

/** A request on its way, and where it stands as a file. */
export interface Launch {
  readonly request: RunRequest;
  readonly requestPath: string;
  readonly world: CommandWorld;
}

/** A place where a run can stand: something that takes the program there, and a testbed. Everything that differs between places is said here. */
export interface Place {
  readonly name: PlaceName;
  /** Which tools of this machine it calls; a mode's own are among them where `mode` is. */
  readonly needs: readonly Need[];
  /** kube-proxy comes with the place (a cluster): none is looked for, and the scenario's version of it decides nothing. */
  readonly bringsKubeProxy: boolean;
  /** All of the run is of this machine and this process: what it may use bounds the run. */
  readonly isHere: boolean;
  /** Loaded when it is asked for: the client library of clusters is 1,200 files, half of all that the laboratory would load at its start, and in an emulated guest ten seconds. */
  loadTestbed(): Promise<TestbedKind>;
  support(modes: readonly Mode[], demand: { scenario: Scenario; guest: GuestWish }): Promise<readonly ModeSupport[]>;
  /**
   * For the modes that can run: what the machine has room for. `begun` is how a resumed run began, which cannot change. Rejects with an EnvironmentError when there
   * is no room.
   */
  arrange(modes: readonly Mode[], scenario: Scenario, begun: Standing | null): Promise<Arrangement>;
  /** The guest that the run is in; `null` where it is in none. */
  makeGuest(parts: GuestParts): Promise<Guest | null>;
  /** Its line of doctor. */
  diagnose(world: DoctorWorld): Promise<DoctorLine>;
  launch(launch: Launch): Promise<ExitCode>;
}

/** Where there is always room for all modes at once. */
export async function sideBySide(): Promise<Arrangement> {
  return { standing: 'side-by-side', reason: null };
}

export async function withoutGuest(): Promise<null> {
  return null;
}
