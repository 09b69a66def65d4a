import type { CommandWorld } from '../system/world.ts';

/** Below this nothing can be set. */
const LEAST_COLUMNS = 20;

/** Columns of the terminal that standard output is; without one what COLUMNS says, and else as many as there need be: a file has no edge. */
export function terminalColumns({ streams, env }: Pick<CommandWorld, 'streams' | 'env'>): number {
  const { columns } = streams.stdout as { readonly columns?: number };
  const told = columns ?? Number(env.COLUMNS ?? Number.NaN);
  return Number.isInteger(told) && told > 0 ? Math.max(LEAST_COLUMNS, told) : Number.POSITIVE_INFINITY;
}
