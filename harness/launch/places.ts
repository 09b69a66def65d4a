import type { PlaceName } from '../model/scenario.ts';
import { cluster } from './cluster.ts';
import { vm } from './guest/vm.ts';
import { kind } from './kind.ts';
import { netns } from './netns.ts';
import type { Place } from './place.ts';

/** Every place where a run can stand, in the order in which doctor lists them; a new one is a file and a line here. */
export const PLACES: Readonly<Record<PlaceName, Place>> = { netns, vm, kind, cluster };
