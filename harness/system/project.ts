import { fileURLToPath } from 'node:url';

/** The checkout that this program is in; no slash at the end. */
export const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
