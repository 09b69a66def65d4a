import { LOAD } from '../experiment/load/quantities.ts';
import { listSpecs } from '../experiment/quantities.ts';
import type { BackendShares } from '../model/findings.ts';
import type { Run } from '../model/run.ts';
import { chiSquareUpperTail } from './statistics/student.ts';

/** Below this many expected connections per backend Pearson's approximation does not hold (Cochran, Biometrics 10, 1954). */
const LEAST_EXPECTED = 5;

/** Pearson's chi-square of equal shares. */
export function testUniformity(counts: readonly number[]): BackendShares['uniformity'] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const expected = total / counts.length;
  if (counts.length < 2 || expected < LEAST_EXPECTED) return null;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const degreesOfFreedom = counts.length - 1;
  return { chiSquare, degreesOfFreedom, pValue: chiSquareUpperTail(chiSquare, degreesOfFreedom) };
}

/** Every backend that answered anywhere in the run: one that a mode never chose counts there with 0. */
function listBackends(run: Run): string[] {
  const targets = run.trials.flatMap(({ load }) => load?.targets ?? []);
  const names = new Set(
    targets.flatMap(({ backends, connectionBackends }) => [
      ...Object.keys(backends),
      ...Object.keys(connectionBackends),
    ]),
  );
  return [...names].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
}

function countConnections(run: Run, modeId: string, spec: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { valid, load, plan } of run.trials) {
    if (!valid || load === null || plan.modeId !== modeId || plan.policyId !== spec) continue;
    for (const [backend, count] of load.targets.flatMap((target) => Object.entries(target.connectionBackends))) {
      counts.set(backend, (counts.get(backend) ?? 0) + count);
    }
  }
  return counts;
}

/** New connections per backend, by mode and spec. The same real backends serve every target. */
export function summarizeBackends(run: Run): BackendShares[] {
  const asked = listSpecs(run.header.scenario).filter(({ experiment }) => experiment === LOAD);
  const names = listBackends(run);
  return run.header.scenario.modes.flatMap(({ id: modeId }) =>
    asked.flatMap(({ experiment, spec }) => {
      const counts = countConnections(run, modeId, spec);
      const connections = [...counts.values()].reduce((sum, count) => sum + count, 0);
      if (connections === 0) return [];
      const backends = names.map((backend) => {
        const count = counts.get(backend) ?? 0;
        return { backend, connections: count, share: count / connections };
      });
      const uniformity = testUniformity(backends.map((one) => one.connections));
      return [{ modeId, experiment, spec, connections, backends, uniformity }];
    }),
  );
}
