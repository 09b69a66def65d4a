import type { LoadSpec } from '../../model/load.ts';
import type { LoadEngine } from './engine.ts';

/** Every engine there is, by the name that a specification calls it. Loaded when asked for: autocannon brings 40 packages with it. */
export const ENGINES: Readonly<Record<LoadSpec['engine'], () => Promise<LoadEngine>>> = {
  'open-loop': async () => (await import('./open-loop.ts')).openLoop,
  autocannon: async () => (await import('./autocannon.ts')).autocannonEngine,
};
