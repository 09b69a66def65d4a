import { LOAD_SETTINGS } from '../experiment/load/settings.ts';
import type { Setting, Settings } from '../model/setting.ts';
import { CLUSTER_SETTINGS } from './cluster-settings.ts';
import { COMPARED_SETTINGS, PLACE_SETTINGS, SERIES_SETTINGS } from './compared-settings.ts';
import { SERVICE_SETTINGS } from './service-settings.ts';
import { MARGIN_SETTINGS, MEASURE_SETTINGS, STOP_SETTINGS } from './stop-settings.ts';

/**
 * Every setting of a scenario, once. The schema of its file, the JSON Schema for editors, the flags of `bench`, its `--help` and the table in
 * scenarios/README.md are made from this.
 */
export const SETTINGS = {
  ...COMPARED_SETTINGS,
  ...PLACE_SETTINGS,
  ...SERIES_SETTINGS,
  ...SERVICE_SETTINGS,
  ...LOAD_SETTINGS,
  ...MEASURE_SETTINGS,
  ...STOP_SETTINGS,
  ...MARGIN_SETTINGS,
  ...CLUSTER_SETTINGS,
} as const;

/** The same under headings, in the order of `--help`. */
export const SECTIONS: readonly { readonly title: string; readonly settings: Settings }[] = [
  { title: 'What is compared', settings: COMPARED_SETTINGS },
  { title: 'Where it is measured', settings: PLACE_SETTINGS },
  { title: 'A series of runs', settings: SERIES_SETTINGS },
  { title: 'The Services', settings: SERVICE_SETTINGS },
  { title: 'The load', settings: LOAD_SETTINGS },
  { title: 'Measured beside the load', settings: MEASURE_SETTINGS },
  { title: 'When it is enough', settings: STOP_SETTINGS },
  { title: 'What does not matter', settings: MARGIN_SETTINGS },
  { title: 'Clusters', settings: CLUSTER_SETTINGS },
];

/** A setting with its key in a file, and the steps to it: "load.rate", [load, rate]. */
export type KeyedSetting = Setting & { readonly key: string; readonly path: readonly string[] };

export function keyed(settings: Settings): readonly KeyedSetting[] {
  return Object.entries(settings).map(([key, setting]) => ({ ...setting, key, path: key.split('.') }));
}

export const ALL_SETTINGS: readonly KeyedSetting[] = keyed(SETTINGS);
