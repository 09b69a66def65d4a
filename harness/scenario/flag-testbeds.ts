import type { TestbedName } from '../model/scenario.ts';
import { fileSchema } from './file.ts';
import { SCENARIO_OPTIONS } from './options.ts';
import { findOverride, isRecord, type Override } from './overrides.ts';

type NamedTestbed = Exclude<TestbedName, 'auto'>;

/** What `auto` chooses from; the other two are taken when they are asked for, by name or by a flag that only they have. */
const CHOSEN_BY_AUTO: readonly NamedTestbed[] = ['netns', 'vm'];

interface FlagPlace {
  readonly testbeds: readonly NamedTestbed[];
  /** Why it can do nothing elsewhere, where that is not plain. */
  readonly because?: string;
  /** It says how something is had, should it be needed, and does not ask for the testbed. */
  readonly isHint?: true;
}

const OWN_PROXY = 'a cluster brings its own kube-proxy';

/** Flags that mean nothing in some testbeds, and so do the values of a file that they set. What is asked for and does nothing would be a wrong measurement that looks right. */
export const FLAG_PLACES: Readonly<Record<string, FlagPlace>> = {
  '--kernel': { testbeds: ['vm'], because: 'another kernel needs a guest' },
  '--vcpus': { testbeds: ['vm'], because: 'it is the size of a guest' },
  '--memory': { testbeds: ['vm'], because: 'it is the size of a guest' },
  '--debian-archive': { testbeds: ['vm'], because: 'kernels are fetched for a guest', isHint: true },
  '--kube-proxy': { testbeds: ['netns', 'vm'], because: OWN_PROXY },
  '--release-base': { testbeds: ['netns', 'vm'], because: OWN_PROXY, isHint: true },
  '--server-proxy': { testbeds: ['netns', 'vm', 'kind'], because: OWN_PROXY },
  '--node-image': { testbeds: ['kind'] },
  '--clusters': { testbeds: ['kind'] },
  '--context': { testbeds: ['cluster'] },
  '--proxy-metrics': { testbeds: ['cluster'], because: "elsewhere the harness knows where kube-proxy's pages are" },
  '--nginx-image': { testbeds: ['kind', 'cluster'] },
  '--client-image': { testbeds: ['kind', 'cluster'] },
  '--keep': { testbeds: ['kind', 'cluster'], because: 'elsewhere nothing is left that could be kept' },
};

/** Values of a file that no flag sets. */
const OWN_OF_FILES: readonly (FlagPlace & { readonly path: readonly string[] })[] = [
  { path: ['kubernetes', 'prometheus'], testbeds: ['cluster'] },
  { path: ['kubernetes', 'clientNodes'], testbeds: ['cluster'] },
  { path: ['kubernetes', 'serverNodes'], testbeds: ['cluster'] },
  { path: ['axis', 'kubeProxy'], testbeds: ['netns', 'vm'], because: OWN_PROXY },
];

const OF_FILES = [
  ...SCENARIO_OPTIONS.flatMap(({ flag, path }) => {
    const place = FLAG_PLACES[flag];
    return place === undefined ? [] : [{ ...place, path }];
  }),
  ...OWN_OF_FILES,
];

/** Something that was asked for and that only some testbeds can do: a flag, or a value of the file by its path. */
export type PlacedSetting = FlagPlace & { readonly at: SettingAt };
export type SettingAt =
  | { readonly kind: 'flag'; readonly flag: string }
  | { readonly kind: 'value'; readonly path: readonly PropertyKey[] };

export interface SettingProblem {
  readonly at: SettingAt;
  readonly message: string;
}

/** Those of the flags that were typed. */
export function placedFlags(flags: readonly string[]): readonly PlacedSetting[] {
  return [...new Set(flags)].flatMap((flag) => {
    const place = FLAG_PLACES[flag];
    return place === undefined ? [] : [{ ...place, at: { kind: 'flag', flag } as const }];
  });
}

/** Those of a file, which a value that is typed replaces. What says the same as saying nothing asks for nothing. */
export function placedValues(
  value: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
): readonly PlacedSetting[] {
  const silent = fileSchema.parse({ services: 1, modes: ['none'] });
  const said = OF_FILES.filter(
    ({ path }) => findOverride(overrides, path) === undefined && saysMore(at(value, path), at(silent, path)),
  ).map(({ path, ...place }) => ({ ...place, at: { kind: 'value', path } as const }));
  return [...said, ...versionsOfModes(value)];
}

function versionsOfModes({ modes }: Readonly<Record<string, unknown>>): readonly PlacedSetting[] {
  return (Array.isArray(modes) ? modes : []).flatMap((mode: unknown, index) =>
    isRecord(mode) && mode.proxyVersion !== undefined
      ? [
          {
            testbeds: ['netns', 'vm'],
            because: OWN_PROXY,
            at: { kind: 'value', path: ['modes', index, 'proxyVersion'] },
          },
        ]
      : [],
  );
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

function saysMore(said: unknown, silent: unknown): boolean {
  return said !== undefined && said !== null && JSON.stringify(said) !== JSON.stringify(silent);
}

export type SettledTestbed =
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
