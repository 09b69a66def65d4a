import { IPVS_SYNC_PERIOD_S } from '../../dataplane/kube-proxy/config.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import { patientMs } from '../../system/patience.ts';
import type { TestbedOptions } from '../testbed.ts';
import { BACKENDS } from './addresses.ts';

/** What the laboratory cannot measure, or measures in its own way: more of it where the CPU is emulated. */
export function laboratoryLimits(
  { modes, scenario }: Pick<TestbedOptions, 'modes' | 'scenario'>,
  execution: Environment['execution'],
): readonly Reason[] {
  const machine: Reason = {
    code: 'cpu-of-the-machine',
    message:
      'CPU by class is of the whole machine (client, node and backends share it); process groups and the idle baseline tell them apart',
    remedy: 'compare modes, not the absolute values with those of a node alone',
  };
  if (execution !== 'emulated') return [machine];
  const withIpvs = modes.some((mode) => mode.routing.kind === 'ipvs');
  const withChanges = scenario.measure.probes && scenario.sizesServices.length > 1;
  return [machine, ...(withIpvs ? ipvsLimits() : []), ...(withChanges ? [CHANGES] : [])];
}

/** The load goes to real pods, and there are ten: what was built is told where more was asked for. */
export function laboratoryConditions({
  endpointsPerService,
  targets,
  sizesServices,
}: TestbedOptions['scenario']): readonly Reason[] {
  if (endpointsPerService <= BACKENDS) return [];
  const small = sizesServices.filter((size) => size <= targets);
  const whole = small.length === 0 ? '' : `; at ${small.join(', ')} Services these are all that there are`;
  return [
    {
      code: 'targets-have-fewer-endpoints',
      message: `the ${targets} Services that the load goes to have ${BACKENDS} endpoints each, because there are ${BACKENDS} real pods; the others have ${endpointsPerService}${whole}`,
      remedy: `ask for at most ${BACKENDS} endpoints to have the same number everywhere`,
    },
  ];
}

const CHANGES = emulated(
  'changes-at-smallest-size',
  'the latency of a change (K7) is measured at the smallest size alone',
);

function ipvsLimits(): readonly Reason[] {
  const periodS = Math.round(IPVS_SYNC_PERIOD_S * patientMs(1));
  return [
    emulated(
      'ipvs-period',
      `kube-proxy in ipvs mode goes over its rules every ${periodS} s instead of every ${IPVS_SYNC_PERIOD_S} s, so that its passes take no larger share of the time than on a real CPU`,
    ),
    emulated(
      'ipvs-sets-filled',
      'the two sets of ClusterIPs that kube-proxy keeps in ipvs mode were filled before it started, as if it had been restarted: it starts a process for every entry that is missing. Its time to programme is too short by that',
    ),
  ];
}

function emulated(code: string, what: string): Reason {
  return {
    code,
    message: `the CPU is emulated, and ${what}`,
    remedy: 'measure on a machine where guests start with KVM',
  };
}
