import type { RunningDifference } from '../model/run-event.ts';
import type { BlockState, ProgressState, TrialState } from './state.ts';
import {
  formatAhead,
  formatBlockEnd,
  formatClock,
  formatCount,
  formatDifference,
  formatPair,
  formatQuantityId,
  formatRunEnd,
  formatSize,
  oneLine,
} from './words.ts';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';
/** Text in a style, or as it is where there are no colours. Styles never carry the meaning alone. */
export type Paint = (style: Style, text: string) => string;

export interface Viewport {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
  readonly paint: Paint;
  /** `cut` fits the drawing into columns and rows; `wrap`, for the last one, which stays, leaves that to the terminal. */
  readonly overflow: 'cut' | 'wrap';
}

/** A line before it is cut to the terminal's width: cutting comes first, colours after. */
interface Line {
  readonly text: string;
  readonly style: Style | null;
}

const plain = (text: string): Line => ({ text, style: null });

/**
 * What is on the terminal at this moment, a line each, none wider than the terminal and not more than it has rows: when there is no room,
 * finished sizes take one line each. Pure.
 */
export function formatLiveView(state: ProgressState, viewport: Viewport): readonly string[] {
  // One row stays free for the cursor.
  const rows = viewport.overflow === 'wrap' ? Number.POSITIVE_INFINITY : viewport.rows - 1;
  const whole = allLines(state, viewport, 'whole');
  const lines = whole.length <= rows ? whole : allLines(state, viewport, 'short');
  const shown =
    lines.length <= rows ? lines : [...lines.slice(0, rows - 1), plain(`  … ${lines.length - rows + 1} more lines`)];
  return shown.map((line) => paintLine(line, viewport));
}

function allLines(state: ProgressState, viewport: Viewport, finished: 'whole' | 'short'): readonly Line[] {
  return [
    ...headLines(state),
    ...stepLines(state),
    ...state.blocks.flatMap((block) => {
      const lines = blockLines(block, state, viewport);
      return block.phase === 'finished' && finished === 'short' ? lines.slice(0, 1) : lines;
    }),
    ...trialCountLines(state),
    ...endLines(state),
  ];
}

function paintLine({ text, style }: Line, { columns, paint, overflow }: Viewport): string {
  const cut = overflow === 'wrap' || text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
  return style === null ? cut : paint(style, cut);
}

function headLines({ run, timeLeft, finished }: ProgressState): readonly Line[] {
  if (run === null) return [];
  const left =
    timeLeft === null || finished !== null
      ? ''
      : ` · about ${formatAhead(timeLeft.expectedMs)} left, at most ${formatAhead(timeLeft.atMostMs)}`;
  const head = `${run.scenario} in ${run.testbed}${left}`;
  const leftOut = run.refusedModes.map(
    ({ mode, reason }): Line => ({ text: `  left out: ${mode.id}: ${oneLine(reason.message)}`, style: 'yellow' }),
  );
  return [{ text: head, style: 'bold' }, ...leftOut];
}

const STEP_MARKS = { started: '▸', done: '✔', failed: '✖' } as const;

/** Steps before the first size; once that stands they have said what they had to say. */
function stepLines({ steps, blocks }: ProgressState): readonly Line[] {
  if (blocks.some((block) => block.phase !== 'waiting')) return [];
  return steps.map(({ name, state, detail }) => ({
    text: `  ${STEP_MARKS[state]} ${name}${detail === '' ? '' : `: ${oneLine(detail)}`}`,
    style: state === 'failed' ? 'red' : null,
  }));
}

function blockLines(block: BlockState, state: ProgressState, viewport: Viewport): readonly Line[] {
  const name = formatSize(block.sizeServices);
  const { startedAtMs } = block;
  const since = startedAtMs === null ? '' : ` · ${formatClock((block.endedAtMs ?? viewport.nowMs) - startedAtMs)}`;
  switch (block.phase) {
    case 'waiting':
      return [{ text: `  ○ ${name}`, style: 'dim' }];
    case 'standing-up': {
      const steps = Object.entries(block.steps).map(([modeId, step]) =>
        plain(`      ${modeId === '' ? '' : `${modeId}: `}${oneLine(step)}`),
      );
      return [{ text: `  ▸ ${name}: standing up${since}`, style: 'cyan' }, ...steps];
    }
    case 'measuring':
      return [
        { text: `  ▸ ${name}: ${roundWords(block, state)}${since}`, style: 'cyan' },
        ...trialLines(state.trial, viewport.nowMs),
        ...differenceLines(block.differences, viewport.columns),
      ];
    case 'finished': {
      const end = block.end === null ? '' : formatBlockEnd({ ...block, because: block.end });
      return [
        { text: `  ✔ ${name}: ${end}${since}`, style: 'green' },
        ...differenceLines(block.differences, viewport.columns),
      ];
    }
  }
}

function roundWords(block: BlockState, { run }: ProgressState): string {
  const rounds =
    run === null
      ? ''
      : ` of ${run.minRounds === run.maxRounds ? run.maxRounds : `${run.minRounds} to ${run.maxRounds}`}`;
  const width =
    block.widestUs === null || run === null ? '' : ` · ±${block.widestUs.toFixed(1)} µs, wanted ±${run.halfWidthUs} µs`;
  return `round ${block.rounds + 1}${rounds}${width}`;
}

function trialLines(trial: TrialState | null, nowMs: number): readonly Line[] {
  if (trial === null) return [];
  const { event } = trial;
  const plannedMs = {
    settle: null,
    'warm-up': event.warmUpMs,
    idle: event.idleMs,
    load: event.loadMs,
    'read-out': null,
  };
  const phase = trial.phase ?? 'settle';
  const ofMs = plannedMs[phase];
  const doneS = Math.max(0, nowMs - trial.phaseAtMs) / 1000;
  const progress =
    ofMs === null
      ? ''
      : ` ${Math.min(doneS, ofMs / 1000).toFixed(0)} of ${(ofMs / 1000).toFixed(1).replace('.0', '')} s`;
  return [
    plain(
      `      ${event.position + 1}/${event.trialsInRound} ${event.trial.modeId}, ${event.trial.policyId}: ${phase}${progress}`,
    ),
  ];
}

/** Differences by policy. On a narrow terminal the numbers get a line of their own, because they are what is looked for. */
function differenceLines(differences: readonly RunningDifference[], columns: number): readonly Line[] {
  const policies = [...new Set(differences.map(({ spec }) => spec))];
  const pairWidth = Math.max(0, ...differences.map((difference) => formatPair(difference).length));
  return policies.flatMap((spec) => {
    const ofPolicy = differences.filter((difference) => difference.spec === spec);
    const [first] = ofPolicy;
    const what = first === undefined ? '' : ` (${formatQuantityId(first.quantity)})`;
    return [
      plain(`      ${spec}${what}`),
      ...ofPolicy.flatMap((difference) => rowLines(difference, pairWidth, columns)),
    ];
  });
}

/** Room for "+1234.5 µs", so that numbers stand below each other. */
const VALUE_WIDTH = 10;

function rowLines(difference: RunningDifference, pairWidth: number, columns: number): readonly Line[] {
  const numbers = `${formatDifference(difference, VALUE_WIDTH)}${difference.verdict === null ? '' : `, ${difference.verdict}`}`;
  const style = difference.verdict === 'different' ? 'bold' : null;
  const one = `        ${formatPair(difference).padEnd(pairWidth)}  ${numbers}`;
  if (one.length <= columns) return [{ text: one, style }];
  return [plain(`        ${formatPair(difference)}`), { text: `          ${numbers.trimStart()}`, style }];
}

function trialCountLines({ trials, invalidTrials, finished }: ProgressState): readonly Line[] {
  if (trials === 0 || finished !== null) return [];
  const invalid = invalidTrials === 0 ? '' : `, ${invalidTrials} of them invalid`;
  return [{ text: `  ${formatCount(trials)} trials${invalid}`, style: invalidTrials === 0 ? 'dim' : 'yellow' }];
}

function endLines({ finished }: ProgressState): readonly Line[] {
  if (finished === null) return [];
  return [{ text: formatRunEnd(finished), style: 'bold' }, plain(`results: ${finished.directory}`)];
}
