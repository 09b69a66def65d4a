import { modeOf } from '../../mode/table.ts';
import type { Mode } from '../../model/mode.ts';
import type { Reason } from '../../model/reason.ts';
import type { Environment } from '../../model/run.ts';
import { slownessOf } from '../../model/slowness.ts';
import type { TestbedOptions } from '../testbed.ts';

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
  const withChanges = scenario.measure.probes && scenario.sizesServices.length > 1;
  const slowness = slownessOf(execution);
  return [machine, ...modes.flatMap((mode) => slowedLimits(mode, slowness)), ...(withChanges ? [CHANGES] : [])];
}

const CHANGES = emulated(
  'changes-at-smallest-size',
  'the latency of a change (K7) is measured at the smallest size alone',
);

/** What was done so that a mode keeps up on an emulated CPU. */
function slowedLimits(mode: Mode, slowness: number): readonly Reason[] {
  const { syncPeriodS, setsBeforeStart, proxyWord } = modeOf(mode);
  return [
    ...(syncPeriodS === null ? [] : [slowedPeriod(mode, syncPeriodS, slowness)]),
    ...(setsBeforeStart === null
      ? []
      : [
          emulated(
            'sets-filled',
            `the sets of ClusterIPs that kube-proxy keeps in ${proxyWord} mode (${mode.id}) were filled before it started, as if it had been restarted: it starts a process for every entry that is missing. Its time to programme is too short by that`,
          ),
        ]),
  ];
}

function slowedPeriod(mode: Mode, syncPeriodS: number, slowness: number): Reason {
  const periodS = Math.round(syncPeriodS * slowness);
  return emulated(
    'sync-period',
    `kube-proxy in ${modeOf(mode).proxyWord} mode (${mode.id}) goes over its rules every ${periodS} s instead of every ${syncPeriodS} s, so that its passes take no larger share of the time than on a real CPU`,
  );
}

function emulated(code: string, what: string): Reason {
  return {
    code,
    message: `the CPU is emulated, and ${what}`,
    remedy: 'measure on a machine where guests start with KVM',
  };
}
