import type { TestbedName } from '../model/scenario.ts';
import { type FlagPlace, type NamedTestbed, nameOfFlag } from '../model/setting.ts';
import { findOverride, isRecord, type Override } from './overrides.ts';
import { GUEST_FLAGS, RUN_FLAGS } from './run-flags.ts';
import { ALL_SETTINGS, SETTINGS } from './settings.ts';

/** What `auto` chooses from; the other two are taken when they are asked for, by name or by a flag that only they have. */
const CHOSEN_BY_AUTO: readonly NamedTestbed[] = ['netns', 'vm'];

/** Something that was asked for and that only some testbeds can do: a flag, or a value of the file by its path. */
type PlacedSetting = FlagPlace & { readonly at: SettingAt };
type SettingAt =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'value'; readonly path: readonly PropertyKey[] };

export interface SettingProblem {
  readonly at: SettingAt;
  readonly message: string;
}

/** Those of the flags that were typed. */
export function placedFlags(typed: readonly string[]): readonly PlacedSetting[] {
  return [...RUN_FLAGS, ...GUEST_FLAGS, ...ALL_SETTINGS].flatMap((row) => {
    const flag = nameOfFlag(row);
    return row.place === undefined || !typed.includes(flag) ? [] : [{ ...row.place, at: { kind: 'flag', flag } }];
  });
}

/** Those of a file, which a value that is typed replaces. What says the same as saying nothing asks for nothing. */
export function placedValues(
  value: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
): readonly PlacedSetting[] {
  const said = ALL_SETTINGS.filter(
    ({ path, fallback }) => findOverride(overrides, path) === undefined && saysMore(at(value, path), fallback),
  );
  return [
    ...said.flatMap(({ path, place }) =>
      place === undefined ? [] : [{ ...place, at: { kind: 'value' as const, path } }],
    ),
    ...versionsOfModes(value),
  ];
}

function versionsOfModes({ modes }: Readonly<Record<string, unknown>>): readonly PlacedSetting[] {
  return (Array.isArray(modes) ? modes : []).flatMap((mode: unknown, index) =>
    isRecord(mode) && mode.proxyVersion !== undefined
      ? [{ ...SETTINGS['proxy.version'].place, at: { kind: 'value' as const, path: ['modes', index, 'proxyVersion'] } }]
      : [],
  );
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

function saysMore(said: unknown, silent: unknown): boolean {
  return said !== undefined && said !== null && JSON.stringify(said) !== JSON.stringify(silent);
}

type SettledTestbed =
  | { readonly kind: 'settled'; readonly testbed: TestbedName }
  | { readonly kind: 'wrong'; readonly problems: readonly SettingProblem[] };

/** The testbed that was asked for together with what else was asked for: `auto` becomes the only one that has it all. */
export function settleTestbed(asked: TestbedName, placed: readonly PlacedSetting[]): SettledTestbed {
  if (asked !== 'auto') return refuseOutside(asked, placed);
  const asking = placed.filter(({ isHint }) => isHint !== true);
  const possible = (['netns', 'vm', 'kind', 'cluster'] as const).filter((testbed) =>
    asking.every(({ testbeds }) => testbeds.includes(testbed)),
  );
  const [only, other] = possible;
  if (only === undefined) return { kind: 'wrong', problems: describeConflict(asking) };
  if (other !== undefined && !possible.some((testbed) => CHOSEN_BY_AUTO.includes(testbed)))
    return {
      kind: 'wrong',
      problems: asking.map((one) => ({
        at: one.at,
        message: `is for testbed ${possible.join(' or ')}: say which with --testbed`,
      })),
    };
  if (other !== undefined) return { kind: 'settled', testbed: 'auto' };
  return refuseOutside(only, placed);
}

function refuseOutside(testbed: NamedTestbed, placed: readonly PlacedSetting[]): SettledTestbed {
  const wrong = placed.filter(({ testbeds }) => !testbeds.includes(testbed));
  if (wrong.length === 0) return { kind: 'settled', testbed };
  return { kind: 'wrong', problems: wrong.map((one) => describeOutside(one, testbed)) };
}

function describeOutside({ testbeds, because, at: place }: PlacedSetting, testbed: NamedTestbed): SettingProblem {
  const why = because === undefined ? '' : ` (${because})`;
  return {
    at: place,
    message: `is for testbed ${testbeds.join(' or ')}, not ${testbed}${why}: leave it out, or take --testbed ${testbeds[0]}`,
  };
}

function describeConflict(placed: readonly PlacedSetting[]): SettingProblem[] {
  const what = placed.every((one) => one.at.kind === 'flag') ? 'flags' : 'settings';
  return placed.map(({ testbeds, at: place }) => ({
    at: place,
    message: `is for testbed ${testbeds.join(' or ')}, and no testbed has all of these ${what}: leave some out`,
  }));
}
