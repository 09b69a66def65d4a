import type { Quantity } from '../../model/quantity.ts';
import type { Run } from '../../model/run.ts';
import { type Observed, readValues } from '../observed.ts';

export const CHANGE = 'change';

/** One change of one Service, with nothing else going on. */
export const ONE_CHANGE = 'one-change';

export const CHANGE_QUANTITIES: readonly Quantity[] = [
  {
    id: 'change.latency',
    experiment: CHANGE,
    name: 'latency of a change',
    short: 'change',
    meaning:
      'From the write of a Service’s endpoints into the API to the first connection that the changed rules carry.',
    unit: 'ms',
    margin: { absolute: 0, ratio: 0 },
    primary: null,
    asked: ['overview'],
    distribution: null,
    aliases: [],
  },
];

/** Every change that was tried, as one observation. */
export function observeChanges({ nodes }: Run): Observed[] {
  return nodes.flatMap(({ sizeServices, modeId, changes }) =>
    changes.map(({ apiWriteToFirstConnectionMs }, round) => ({
      sizeServices,
      modeId,
      experiment: CHANGE,
      spec: ONE_CHANGE,
      repetition: 'change' as const,
      round,
      reading: readValues({ 'change.latency': apiWriteToFirstConnectionMs }),
    })),
  );
}
