import {
  emulatedRateRps,
  loweredRate,
  requireCapacity,
  requireConntrack,
  requireSamples,
} from '../experiment/load/capacity.ts';
import { readConntrackMax } from '../measure/conntrack-max.ts';
import type { Policy } from '../model/policy.ts';
import type { Capacity } from '../model/run.ts';
import type { MeasuredNode } from '../testbed/node.ts';
import type { Testbed } from '../testbed/testbed.ts';
import { CPU_QUOTA } from './allowance-warnings.ts';
import { measureCapacity } from './perform/calibrate.ts';
import type { RunRequest } from './request.ts';
import type { Tell } from './tell.ts';

/** What the instrument can do here, and the rate that follows from it. */
export interface Calibration {
  readonly capacity: readonly Capacity[];
  /** What the trials run at: the scenario's rate, or less in an emulated guest. */
  readonly usedRateRps: number;
}

interface Calibrating {
  readonly request: RunRequest;
  /** The rate that the run began with, or that a series shares. */
  readonly earlierRateRps: number | null;
  readonly tell: Tell;
}

/** Measures the machine and the instrument before the first trial, and refuses what is too much for them. `null` where there is no place to measure them. */
export async function calibrate(testbed: Testbed, options: Calibrating): Promise<Calibration | null> {
  const { scenario, modes } = options.request;
  // A cluster's nodes have tables of their own.
  if (testbed.name !== 'cluster') requireConntrack({ ...scenario, modes: [...modes] }, readConntrackMax());
  if (testbed.calibration === null) return null;
  const capacity: Capacity[] = [];
  for (const policy of scenario.load.policies)
    capacity.push(await calibratePolicy({ ...options, testbed, node: testbed.calibration, policy }));
  return { capacity, usedRateRps: chooseRateRps(testbed, { ...options, capacity }) };
}

async function calibratePolicy(
  options: Calibrating & { readonly testbed: Testbed; readonly node: MeasuredNode; readonly policy: Policy },
): Promise<Capacity> {
  const { request, tell, node, policy } = options;
  const { scenario, machineWarnings } = request;
  const { cpu, execution } = options.testbed.environment;
  const measured = await measureCapacity({ scenario, node, policy, cores: cpu.cores, execution });
  tell.capacity(measured, scenario.load.rateRps);
  const isUnderQuota = machineWarnings?.some(({ code }) => code === CPU_QUOTA) === true;
  if (execution !== 'emulated') requireCapacity(scenario, measured, isUnderQuota ? 'quota' : 'cores');
  return measured;
}

/** An emulated guest runs at the rate that its capacity allows; a resumed run goes on at the one that it began with. */
function chooseRateRps(
  { environment }: Testbed,
  { request, earlierRateRps, tell, capacity }: Calibrating & Pick<Calibration, 'capacity'>,
): number {
  const { scenario } = request;
  const { rateRps } = scenario.load;
  if (environment.execution !== 'emulated') return rateRps;
  const usedRateRps = earlierRateRps ?? emulatedRateRps(scenario, capacity);
  if (usedRateRps >= rateRps) return rateRps;
  requireSamples({ ...scenario.load, rateRps: usedRateRps });
  tell.warnings([loweredRate(rateRps, usedRateRps)]);
  return usedRateRps;
}
