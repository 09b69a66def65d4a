/** Below this many rounds there is no interval: with 3, one odd round decides everything. */
export const MINIMUM_ROUNDS = 4;
