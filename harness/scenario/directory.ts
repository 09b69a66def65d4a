import { join } from 'node:path';

/** The scenarios that come with the program. */
export const SCENARIOS_DIRECTORY = join(import.meta.dirname, '..', '..', 'scenarios');
