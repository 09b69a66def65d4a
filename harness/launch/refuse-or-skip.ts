import type { EnvironmentError } from '../errors.ts';
import { isFloor } from '../mode/table.ts';
import type { Mode } from '../model/mode.ts';
import type { ModeSupport } from '../model/mode-support.ts';
import type { Scenario } from '../model/scenario.ts';

export type RefusedMode = Extract<ModeSupport, { supported: false }>;

/** Which modes run, and which are left out. */
export interface Sorted {
  readonly modes: readonly Mode[];
  readonly refused: readonly RefusedMode[];
}

/** Why nothing runs, from the modes that cannot, as lines; `isSkippable`: to leave them out would leave some to measure. */
type Refusal = (refused: readonly RefusedMode[], lines: string, isSkippable: boolean) => EnvironmentError;

/**
 * The one rule about modes that cannot run, in every place and inside every guest: they are left out where the scenario says `skip` and something to measure is left (plain routes alone
 * are no measurement, unless nothing else was asked for); otherwise throws what `refusal` makes of them.
 */
export function refuseOrSkip(
  support: readonly ModeSupport[],
  scenario: Pick<Scenario, 'modes' | 'unsupported'>,
  refusal: Refusal,
): Sorted {
  const refused = support.filter((one) => !one.supported);
  const modes = support.filter((one) => one.supported).map((one) => one.mode);
  const isSkippable = modes.some((mode) => !isFloor(mode) || scenario.modes.every(isFloor));
  if (refused.length > 0 && (scenario.unsupported === 'refuse' || !isSkippable))
    throw refusal(refused, formatLines(refused), isSkippable);
  return { modes, refused };
}

function formatLines(refused: readonly RefusedMode[]): string {
  return refused.map(({ mode, reason }) => `  ${mode.id}: ${reason.message}\n    ${reason.remedy}`).join('\n');
}
