import type { Environment } from './run.ts';

/** Emulated user code is about 20 times slower; few deadlines are for user code alone. */
const OF_EMULATION = 10;

/**
 * How much longer than on bare metal anything may take where a run stands: 1, unless its CPU is emulated. Every deadline there (never a measured duration) is stretched by it. A run says once
 * how it is carried out, in its request; whoever has a deadline is handed this.
 */
export function slownessOf(execution: Environment['execution']): number {
  return execution === 'emulated' ? OF_EMULATION : 1;
}
