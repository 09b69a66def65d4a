import type { TestbedName } from '../model/scenario.ts';

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

/** Flags that mean nothing in some testbeds. A flag that is typed and does nothing would be a wrong measurement that looks right. */
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

export interface FlagProblem {
  readonly flag: string;
  readonly message: string;
}

export type SettledTestbed =
  | { readonly kind: 'settled'; readonly testbed: TestbedName }
  | { readonly kind: 'wrong'; readonly problems: readonly FlagProblem[] };

/** The testbed that was asked for together with the flags that were typed: `auto` becomes the only one that has them all. */
export function settleTestbed(asked: TestbedName, flags: readonly string[]): SettledTestbed {
  const placed = [...new Set(flags)].flatMap((flag) => {
    const place = FLAG_PLACES[flag];
    return place === undefined ? [] : [{ flag, ...place }];
  });
  if (asked !== 'auto') return refuseOutside(asked, placed);
  const asking = placed.filter(({ isHint }) => isHint !== true);
  const possible = (['netns', 'vm', 'kind', 'cluster'] as const).filter((testbed) =>
    asking.every(({ testbeds }) => testbeds.includes(testbed)),
  );
  const [only, other] = possible;
  if (only === undefined) return { kind: 'wrong', problems: asking.map(describeConflict) };
  if (other !== undefined && !possible.some((testbed) => CHOSEN_BY_AUTO.includes(testbed)))
    return {
      kind: 'wrong',
      problems: asking.map(({ flag }) => ({
        flag,
        message: `is for testbed ${possible.join(' or ')}: say which with --testbed`,
      })),
    };
  if (other !== undefined) return { kind: 'settled', testbed: 'auto' };
  return refuseOutside(only, placed);
}

type PlacedFlag = FlagPlace & { readonly flag: string };

function refuseOutside(testbed: NamedTestbed, flags: readonly PlacedFlag[]): SettledTestbed {
  const wrong = flags.filter(({ testbeds }) => !testbeds.includes(testbed));
  if (wrong.length === 0) return { kind: 'settled', testbed };
  return { kind: 'wrong', problems: wrong.map((one) => describeOutside(one, testbed)) };
}

function describeOutside({ flag, testbeds, because }: PlacedFlag, testbed: NamedTestbed): FlagProblem {
  const why = because === undefined ? '' : ` (${because})`;
  return {
    flag,
    message: `is for testbed ${testbeds.join(' or ')}, not ${testbed}${why}: leave it out, or take --testbed ${testbeds[0]}`,
  };
}

function describeConflict({ flag, testbeds }: PlacedFlag): FlagProblem {
  return {
    flag,
    message: `is for testbed ${testbeds.join(' or ')}, and no testbed has all of these flags: leave some out`,
  };
}
