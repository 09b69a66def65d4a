import type { Programming } from '../../model/target.ts';
import type { PerformOnce } from './perform.ts';

/** A node is programmed when it stands: what was noted then. */
export const performProgramming: PerformOnce<Programming> = async ({ programming }) => programming;
