import { constants } from 'node:os';
import { type BenchError, EnvironmentError, EXIT, type ExitCode, InterruptedError } from '../errors.ts';
import {
  describeEnd,
  describeMemoryKill,
  type EndOfProcess,
  hasKilledSince,
  MEMORY_REMEDY,
} from '../system/memory-kills.ts';

export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What is known beside the bare end. */
interface EndCircumstances {
  readonly words: string;
  /** Somebody asked it to stop. */
  readonly stopped: boolean;
  readonly killsBefore: number | null;
}

/**
 * The exit codes that are our own are the program's. It never ends with 1 here: that is a wrapper that could not do its work, or one that lost its child (unshare 2.38 cannot pass SIGKILL on:
 * "sigprocmask unblock failed", exit 1).
 */
export function laboratoryExit(end: EndOfProcess, around: EndCircumstances): ExitCode {
  const known = Object.values(EXIT).find((one) => one === end.exitCode);
  if (known !== undefined && known !== EXIT.verdictFailed) return known;
  if (around.stopped || isStopSignal(end)) throw new InterruptedError();
  throw explainEnd(end, around);
}

function isStopSignal({ exitCode, signal }: EndOfProcess): boolean {
  return STOP_SIGNALS.some((one) => one === signal || exitCode === 128 + constants.signals[one]);
}

function explainEnd(end: EndOfProcess, { words, killsBefore }: EndCircumstances): BenchError {
  const lost = end.exitCode === 1 && /sigprocmask unblock failed/.test(words);
  const real: EndOfProcess = lost ? { exitCode: null, signal: 'SIGKILL' } : namedSignal(end);
  if (hasKilledSince(killsBefore) && (real.signal !== null || end.exitCode === 1))
    return new EnvironmentError(`the measurement was ${describeMemoryKill()}`, `${MEMORY_REMEDY}; ${GO_ON}`);
  if (real.signal !== null)
    return new EnvironmentError(`the measurement ${describeEnd(real, killsBefore)}`, `see what did that; ${GO_ON}`);
  return new EnvironmentError(
    `the laboratory could not be started or ended without a word of the program (exit code ${end.exitCode}): ${words || 'nothing was said'}`,
    'npm run doctor says what the laboratory lacks here: it needs root, or namespaces that an ordinary user may make',
  );
}

const GO_ON = 'the trials so far are kept, and --resume goes on from them';

/** 137 is how a wrapper tells of SIGKILL. */
function namedSignal(end: EndOfProcess): EndOfProcess {
  const found = Object.entries(constants.signals).find(([, number]) => end.exitCode === 128 + number);
  return found === undefined ? end : { exitCode: null, signal: found[0] };
}
