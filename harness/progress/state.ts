import type { RunEvent, RunEventOf, RunningDifference } from '../model/run-event.ts';

/** One size, as far as it has come. */
export interface BlockState {
  readonly sizeServices: number;
  readonly phase: 'waiting' | 'standing-up' | 'measuring' | 'finished';
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** The last step of each mode while it stands up; key '' for what all share. */
  readonly steps: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly widestUs: number | null;
  readonly differences: readonly RunningDifference[];
  readonly end: RunEventOf<'block-finished'>['because'] | null;
}

export interface TrialState {
  readonly event: RunEventOf<'trial-started'>;
  readonly phase: RunEventOf<'trial-phase'>['phase'] | null;
  readonly phaseAtMs: number;
}

/** All that a live view shows. */
export interface ProgressState {
  readonly run: RunEventOf<'run-started'> | null;
  /** The latest event of each step before the first size, in the order of their starts. */
  readonly steps: readonly RunEventOf<'step'>[];
  readonly blocks: readonly BlockState[];
  readonly trial: TrialState | null;
  readonly trials: number;
  readonly invalidTrials: number;
  readonly timeLeft: RunEventOf<'time-left'> | null;
  readonly finished: RunEventOf<'run-finished'> | null;
}

export const NO_PROGRESS: ProgressState = {
  run: null,
  steps: [],
  blocks: [],
  trial: null,
  trials: 0,
  invalidTrials: 0,
  timeLeft: null,
  finished: null,
};

/** The state after an event. Pure; events that change nothing to see leave it as it is. */
export function reduceProgress(state: ProgressState, event: RunEvent): ProgressState {
  switch (event.type) {
    case 'run-started':
      return { ...state, run: event, blocks: event.sizesServices.map(waitingBlock), trials: event.resumedTrials };
    case 'step':
      return { ...state, steps: [...state.steps.filter((step) => step.name !== event.name), event] };
    case 'trial-started':
      return { ...state, trial: { event, phase: null, phaseAtMs: event.atMs } };
    case 'trial-phase':
      if (state.trial?.event.trial.index !== event.trialIndex) return state;
      return { ...state, trial: { ...state.trial, phase: event.phase, phaseAtMs: event.atMs } };
    case 'trial-finished':
      return {
        ...state,
        trial: null,
        trials: state.trials + 1,
        invalidTrials: state.invalidTrials + (event.valid ? 0 : 1),
      };
    case 'time-left':
      return { ...state, timeLeft: event };
    case 'run-finished':
      return { ...state, finished: event, trial: null };
    case 'block-started':
    case 'block-step':
    case 'block-settled':
    case 'round-finished':
    case 'block-finished':
      return { ...state, blocks: withBlock(state.blocks, event) };
    case 'capacity-measured':
    case 'warning':
      return state;
  }
}

function waitingBlock(sizeServices: number): BlockState {
  return {
    sizeServices,
    phase: 'waiting',
    startedAtMs: null,
    endedAtMs: null,
    steps: {},
    rounds: 0,
    widestUs: null,
    differences: [],
    end: null,
  };
}

type BlockEvent = RunEventOf<'block-started' | 'block-step' | 'block-settled' | 'round-finished' | 'block-finished'>;

function withBlock(blocks: readonly BlockState[], event: BlockEvent): readonly BlockState[] {
  return blocks.map((block) => (block.sizeServices === event.sizeServices ? reduceBlock(block, event) : block));
}

function reduceBlock(block: BlockState, event: BlockEvent): BlockState {
  switch (event.type) {
    case 'block-started':
      return { ...block, phase: 'standing-up', startedAtMs: event.atMs };
    case 'block-step':
      return {
        ...block,
        phase: 'standing-up',
        steps: { ...block.steps, [event.modeId ?? '']: `${event.step} ${event.detail}`.trim() },
      };
    case 'block-settled':
      return { ...block, phase: 'measuring', steps: {} };
    case 'round-finished':
      return { ...block, rounds: event.round + 1, differences: event.differences, widestUs: event.widestUs };
    case 'block-finished':
      return {
        ...block,
        phase: 'finished',
        endedAtMs: event.atMs,
        rounds: event.rounds,
        widestUs: event.widestUs,
        end: event.because,
      };
  }
}
