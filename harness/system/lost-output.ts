import { EXIT, type ExitCode } from '../errors.ts';
import { errorCode } from './atomic-file.ts';

/**
 * What becomes of output that cannot be written. A reader that goes away (`| head`) ends what it reads and not the program; so does a full disk behind `>`, which is reported at the end.
 * Unheard, such an error would end the program in the middle of a run, with exit code 1, which is a verdict.
 */
export class LostOutput {
  #why: Error | null = null;
  readonly #messages: NodeJS.WritableStream;

  constructor(results: NodeJS.WritableStream, messages: NodeJS.WritableStream) {
    this.#messages = messages;
    results.on('error', (error) => {
      if (errorCode(error) !== 'EPIPE') this.#why ??= error;
    });
    // Progress and words for people: nowhere is left to tell that they are lost.
    messages.on('error', () => undefined);
  }

  /** What the program ends with. A result that nobody got is not fine. */
  exitCode(code: ExitCode): ExitCode {
    if (this.#why === null) return code;
    this.#messages.write(
      `\nerror: what this command says could not be written to the end: ${this.#why.message}\n  → make room where its output goes, or let it go elsewhere, and type it again; files that it wrote are whole\n`,
    );
    return code === EXIT.ok ? EXIT.environment : code;
  }
}
