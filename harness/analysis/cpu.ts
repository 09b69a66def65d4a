import { CPU_CLASSES, PROCESS_GROUPS, type ProcessGroup } from '../model/counters.ts';
import type { CpuEstimate, Estimated } from '../model/findings.ts';
import type { Cell, Cells, TrialSummary } from './cells.ts';
import { estimateMean, type IntervalOptions } from './statistics/interval.ts';

function estimateOver<T>(
  items: readonly T[],
  pick: (item: T) => number | null,
  options: IntervalOptions,
): Estimated | null {
  const values = items.flatMap((item) => pick(item) ?? []);
  return values.length === 0 ? null : estimateMean(values, options);
}

function estimateGroups(trials: readonly TrialSummary[], options: IntervalOptions): CpuEstimate['groups'] {
  const one = (group: ProcessGroup) => {
    const cores = estimateOver(trials, (trial) => trial.groups[group]?.cores ?? null, options);
    const rssBytes = estimateOver(trials, (trial) => trial.groups[group]?.rssBytes ?? null, options);
    return cores === null || rssBytes === null ? [] : [[group, { cores, rssBytes }] as const];
  };
  return Object.fromEntries(PROCESS_GROUPS.flatMap(one));
}

function estimateCell(cell: Cell, options: IntervalOptions): CpuEstimate[] {
  const measured = cell.trials.flatMap((trial) => trial.cpu ?? []);
  if (measured.length === 0) return [];
  const over = (pick: (cpu: (typeof measured)[number]) => number) => estimateMean(measured.map(pick), options);
  const classes = Object.fromEntries(CPU_CLASSES.map((name) => [name, over((cpu) => cpu.classes[name])]));
  return [
    {
      sizeServices: cell.sizeServices,
      modeId: cell.modeId,
      policyId: cell.policyId,
      busyCores: over((cpu) => cpu.busyCores),
      idleBusyCores: over((cpu) => cpu.idleBusyCores),
      perConnectionUs: estimateOver(measured, (cpu) => cpu.perConnectionUs, options),
      perRequestUs: estimateOver(measured, (cpu) => cpu.perRequestUs, options),
      classes: classes as CpuEstimate['classes'],
      groups: estimateGroups(cell.trials, options),
    },
  ];
}

/** CPU over idle of every cell, by class and by process group, with memory. */
export function summarizeCpu(cells: Cells, options: IntervalOptions): CpuEstimate[] {
  return cells.all.flatMap((cell) => estimateCell(cell, options));
}
