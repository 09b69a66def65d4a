import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { createLogUpdate } from 'log-update';
import type { RunEvent, RunListener } from '../model/run-event.ts';
import { formatLiveView, type Paint } from './live-view.ts';
import { formatPlainLines } from './plain-lines.ts';
import { NO_PROGRESS, reduceProgress } from './state.ts';
import { oneLine } from './words.ts';

/** Shows a run's events until it is disposed of. */
export interface Progress extends AsyncDisposable {
  readonly listen: RunListener;
}

export type ProgressKind = 'live' | 'plain' | 'json';

/** The standard streams, as far as progress needs them. */
export interface ProgressStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;
}

/**
 * `--json`: events for machines on standard output, which is then nothing else. Otherwise people read it on standard error: live on a
 * terminal, in lines where there is none (or one that cannot move its cursor, or a CI system that only stores what it sees).
 */
export function chooseProgress(
  options: { readonly json: boolean },
  streams: ProgressStreams,
  env: Readonly<Record<string, string | undefined>>,
): ProgressKind {
  if (options.json) return 'json';
  const isPlain = streams.stderr.isTTY !== true || env.TERM === 'dumb' || (env.CI ?? '') !== '';
  return isPlain ? 'plain' : 'live';
}

/** Starts showing. */
export function startProgress(kind: ProgressKind, streams: ProgressStreams): Progress {
  switch (kind) {
    case 'json':
      return startJson(streams);
    case 'plain':
      return startPlain(streams);
    case 'live':
      return startLive(streams);
  }
}

function startJson({ stdout }: ProgressStreams): Progress {
  return {
    listen: (event) => stdout.write(`${JSON.stringify(event)}\n`),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function startPlain({ stderr }: ProgressStreams): Progress {
  let startedAtMs: number | null = null;
  let timeLeft: RunEvent | null = null;
  const write = (event: RunEvent, since: number) => {
    for (const line of formatPlainLines(event, since)) stderr.write(`${line}\n`);
  };
  return {
    listen: (event) => {
      startedAtMs ??= event.atMs;
      // A log need not know after every trial how long is left: once a round.
      if (event.type === 'time-left') timeLeft = event;
      else write(event, startedAtMs);
      if (event.type === 'round-finished' && timeLeft !== null) write({ ...timeLeft, atMs: event.atMs }, startedAtMs);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Once a second is enough to see time pass; more would take CPU from what is measured. */
const REDRAW_MS = 1000;

function startLive({ stderr }: ProgressStreams): Progress {
  const log = createLogUpdate(stderr as WriteStream, { showCursor: true });
  // NO_COLOR, FORCE_COLOR and what the terminal can do are looked at by styleText (Node 22.13 and later).
  const paint: Paint = (style, text) => styleText(style, text, { stream: stderr });
  let state = NO_PROGRESS;
  const view = (overflow: 'cut' | 'wrap') => {
    const { columns = 80, rows = 24 } = stderr;
    return formatLiveView(state, { columns, rows, nowMs: Date.now(), paint, overflow }).join('\n');
  };
  const draw = () => log(view('cut'));
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    listen: (event) => {
      state = reduceProgress(state, event);
      for (const line of lastingLines(event)) log.persist(paint('yellow', line));
      draw();
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      // The last drawing stays: whole, however small the terminal.
      log.clear();
      log.done();
      stderr.write(`${view('wrap')}\n`);
    },
  };
}

/** What must not be gone with the next drawing. */
function lastingLines(event: RunEvent): readonly string[] {
  if (event.type === 'warning') return [`warning: ${oneLine(event.reason.message)}; ${oneLine(event.reason.remedy)}`];
  if (event.type !== 'trial-finished') return [];
  return event.invalid.map(
    (reason) => `trial ${event.trial.index} (${event.trial.modeId}) is invalid: ${oneLine(reason.message)}`,
  );
}
