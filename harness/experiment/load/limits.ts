import type { Reason } from '../../model/reason.ts';
import type { Run } from '../../model/run.ts';

/** What the instruments of the place did not give. */
export function limitsOfLoad(run: Run): Reason[] {
  const valid = run.trials.filter((trial) => trial.valid);
  const limits: Reason[] = [];
  if (valid.length > 0 && valid.every((trial) => trial.wire === null)) {
    const remedy = run.header.scenario.measure.wire
      ? 'run on a testbed that captures packets (netns, vm)'
      : 'leave --no-wire out (measure.wire in the scenario)';
    limits.push({
      code: 'no-wire',
      message: 'no handshake on the wire was taken; connect time is the client’s own',
      remedy,
    });
  }
  if (valid.length > 0 && valid.every((trial) => trial.cpuLoad === null || trial.cpuIdle === null)) {
    const remedy = 'run on a testbed whose node counters can be read (netns)';
    limits.push({ code: 'no-cpu', message: 'the testbed could not read the node’s CPU', remedy });
  }
  if (run.nodes.length > 0 && run.nodes.every(({ ruleWalks }) => ruleWalks.length === 0)) {
    const remedy = run.header.scenario.measure.probes
      ? 'name a mode whose rules the kernel counts with --modes (iptables-legacy, iptables-nft)'
      : 'leave --no-probes out (measure.probes in the scenario)';
    limits.push({ code: 'no-rule-walks', message: 'rules per connection were not counted', remedy });
  }
  return limits;
}
