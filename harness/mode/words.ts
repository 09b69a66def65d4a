import type { Mode, Routing } from '../model/mode.ts';
import { MODE_KINDS, modeOf } from './table.ts';

/** Words that name a mode in a scenario file and after --modes, with what they mean. */
const ROUTING_BY_WORD: ReadonlyMap<string, Routing> = new Map(
  Object.values(MODE_KINDS).flatMap(({ words }) => Object.entries(words)),
);

export const MODE_WORDS = [...ROUTING_BY_WORD.keys()] as [string, ...string[]];

/** A mode as the file writes it, already of the right shape. */
export interface WrittenMode {
  readonly name?: string | undefined;
  readonly mode: string;
  readonly backend?: string | undefined;
  readonly scheduler?: string | undefined;
  readonly proxyVersion?: string | undefined;
}

/** What is wrong in a written mode, with the key that it hangs on. */
export interface ModeProblem {
  readonly key: 'name' | 'mode' | 'backend' | 'scheduler' | 'proxyVersion';
  readonly message: string;
}

/** Options of a kind that a file may write beside the plain word. */
const OPTION_KEYS = ['backend', 'scheduler'] as const;

/** Combinations that say two things at once, or a thing that the mode has not. */
export function findModeProblems(written: WrittenMode): ModeProblem[] {
  const problems: ModeProblem[] = OPTION_KEYS.flatMap((key) => {
    const message = written[key] === undefined ? null : findOptionProblem(written.mode, key);
    return message === null ? [] : [{ key, message }];
  });
  const { mode, name, proxyVersion } = written;
  const routing = ROUTING_BY_WORD.get(mode);
  if (routing === undefined && name === undefined)
    problems.push({
      key: 'mode',
      message: `${mode} needs a name: that of what routes Services there, such as cilium`,
    });
  if (routing !== undefined && proxyVersion !== undefined && modeOf({ routing }).proxyWord === null)
    problems.push({ key: 'proxyVersion', message: `mode ${mode} runs no kube-proxy: leave the version away` });
  return problems;
}

/** Only the plain word of a kind takes its option: the others say it. */
function findOptionProblem(word: string, key: string): string | null {
  const kind = ROUTING_BY_WORD.get(word)?.kind ?? word;
  if (MODE_KINDS[kind]?.options[key] === undefined) return `mode ${word} has no ${key}: only ${kindsWith(key)}`;
  return word === kind ? null : `"${word}" names the ${key} already: leave one of the two away`;
}

function kindsWith(key: string): string {
  return Object.entries(MODE_KINDS)
    .filter(([, { options }]) => key in options)
    .map(([kind, { options }]) => `${kind} has (${(options[key] ?? []).join(', ')})`)
    .join(', ');
}

/** A written mode without problems → Mode. Its id is the name, or else the routing's (and the version's, where the mode has its own). */
export function resolveMode(written: WrittenMode): Mode {
  const routing = resolveRouting(written);
  const proxyVersion = written.proxyVersion ?? null;
  return { id: written.name ?? defaultModeId(routing, proxyVersion), routing, proxyVersion };
}

function resolveRouting(written: WrittenMode): Routing {
  const routing = ROUTING_BY_WORD.get(written.mode);
  // A kind without words of its own has a name instead.
  if (routing === undefined) return { kind: written.mode, name: written.name ?? written.mode };
  const options = OPTION_KEYS.flatMap((key) => (written[key] === undefined ? [] : [[key, written[key]] as const]));
  return { ...routing, ...Object.fromEntries(options) };
}

function defaultModeId(routing: Routing, proxyVersion: string | null): string {
  const { name } = modeOf({ routing });
  if (proxyVersion === null) return name;
  return `${name}@${proxyVersion.startsWith('/') ? (proxyVersion.split('/').at(-1) ?? 'binary') : proxyVersion}`.slice(
    0,
    80,
  );
}
