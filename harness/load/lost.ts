import { BenchError, EXIT } from '../errors.ts';

/** A load client died, broke off or gave no whole result. Its trial has no load data at all: half of a shared load is not a load. */
export class LoadLostError extends BenchError {
  override readonly name = 'LoadLostError';
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(EXIT.invalidRun, message, remedy, options);
  }
}
