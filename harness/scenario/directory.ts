import { join } from 'node:path';
import { PROJECT } from '../system/project.ts';

/** The scenarios that come with the program. */
export const SCENARIOS_DIRECTORY = join(PROJECT, 'scenarios');
