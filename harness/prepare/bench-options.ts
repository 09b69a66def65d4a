import type { Override } from '../scenario/overrides.ts';
import type { GuestWords } from './guest.ts';

/** Flags that were typed and are no values of a scenario, but mean something in some testbeds only. */
export function typedFlags({ keep, releaseBase, guest }: BenchOptions): readonly string[] {
  const typed: Readonly<Record<string, boolean>> = {
    '--kernel': guest.kernel !== null,
    '--vcpus': guest.cpus !== null,
    '--memory': guest.memory !== null,
    '--debian-archive': guest.archive !== null,
    '--keep': keep,
    '--release-base': releaseBase !== null,
  };
  return Object.keys(typed).filter((flag) => typed[flag] === true);
}

/** What the command line of `bench` says. */
export interface BenchOptions {
  /** Name or path; `null` lists those that there are. */
  readonly scenario: string | null;
  readonly overrides: readonly Override[];
  /** A run to go on with: path, id or "latest". */
  readonly resume: string | null;
  readonly json: boolean;
  readonly keep: boolean;
  /** May packages be installed that are missing? */
  readonly install: boolean;
  readonly releaseBase: string | null;
  /** Testbed vm: which kernel, how large the guest, and where kernels come from; `null` leaves it to the program. */
  readonly guest: GuestWords;
  /** Where runs are kept; `null` is reports/runs. */
  readonly runsDirectory: string | null;
  /** Requests per second that the runs before in a series took, where they could not take the scenario's. */
  readonly usedRateRps?: number | null;
}
