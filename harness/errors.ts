/** Exit codes of every command. 0 fine, 1 a verdict failed, the rest below. */
export const EXIT = {
  ok: 0,
  verdictFailed: 1,
  usage: 2,
  environment: 3,
  invalidRun: 4,
  internal: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An error that a user can cause or mend. `message` says what is wrong and where, `remedy` what to do about it:
 * preferably the next command to type. Everything else that is thrown counts as our bug (exit 70).
 */
export class BenchError extends Error {
  readonly exitCode: ExitCode;
  readonly remedy: string;

  constructor(exitCode: ExitCode, message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}

/** Wrong words, a wrong file, an impossible combination: exit 2. */
export class UsageError extends BenchError {
  override readonly name = 'UsageError';
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(EXIT.usage, message, remedy, options);
  }
}

/** The machine lacks something: exit 3. */
export class EnvironmentError extends BenchError {
  override readonly name = 'EnvironmentError';
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(EXIT.environment, message, remedy, options);
  }
}

/** The run cannot give a valid result: exit 4. */
export class InvalidRunError extends BenchError {
  override readonly name = 'InvalidRunError';
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(EXIT.invalidRun, message, remedy, options);
  }
}

/** Ctrl-C or SIGTERM: exit 130. */
export class InterruptedError extends BenchError {
  override readonly name = 'InterruptedError';
  constructor() {
    super(EXIT.interrupted, 'interrupted', 'go on from the trials kept so far with --resume');
  }
}

/** What went wrong first: where the tidying up after it failed too, the language wraps it in an error that says nothing else. */
export function firstError(error: unknown): unknown {
  return error instanceof SuppressedError ? firstError(error.suppressed) : error;
}

/** Marks a place that the types say is never reached. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
