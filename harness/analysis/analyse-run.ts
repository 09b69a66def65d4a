import { policyId } from '../experiment/load/policy.ts';
import type { Findings } from '../model/findings.ts';
import { headerOfWhatRan, type Run } from '../model/run.ts';
import { summarizeBackends } from './backends.ts';
import { type Cells, makeCells } from './cells.ts';
import { summarizeCpu } from './cpu.ts';
import { findCrossOvers } from './cross-over.ts';
import { compareModes, describeFamily } from './differences.ts';
import { compareSizes } from './growths.ts';
import { type Evidence, pickHeadlines } from './headlines.ts';
import { countRounds, countWarnings, listInvalidTrials, listLimits } from './limits.ts';
import { summarizeProgramming } from './programming.ts';
import { summarizeProxyErrors } from './proxy-errors.ts';
import { summarizeRules } from './rules.ts';
import { fitSlopes } from './slopes.ts';
import { INTERVAL_METHOD } from './statistics/interval.ts';
import { summarizeTimeline } from './timeline.ts';
import { summarizeTimes } from './times.ts';

function countTrials(run: Run): Findings['trials'] {
  const valid = run.trials.filter((trial) => trial.valid && trial.load !== null).length;
  return { valid, invalid: run.trials.length - valid };
}

function gatherEvidence(run: Run, cells: Cells): Evidence {
  const { scenario, seed } = run.header;
  const { confidence } = scenario.stop;
  const policyIds = scenario.load.policies.map(policyId);
  const options = { confidence, seed };
  const differences = compareModes(cells, scenario, policyIds, seed);
  const comparisons = differences.filter(({ inFamily }) => inFamily).length;
  const rounds = countRounds(run, cells);
  const proxyErrors = summarizeProxyErrors(run);
  return {
    schemaVersion: 1,
    runId: run.header.id,
    scenarioName: scenario.name,
    sizesServices: scenario.sizesServices,
    modeIds: scenario.modes.map(({ id }) => id),
    policyIds,
    trials: countTrials(run),
    rounds,
    confidence,
    margins: scenario.margins,
    family: { comparisons, method: describeFamily(comparisons, confidence) },
    intervalMethod: INTERVAL_METHOD,
    ...summarizeTimes(cells, options),
    differences,
    growths: compareSizes(cells, scenario),
    cpu: summarizeCpu(cells, options),
    ...fitSlopes(run, cells, policyIds, options),
    crossOvers: findCrossOvers(differences, scenario, seed),
    rules: summarizeRules(run),
    programming: summarizeProgramming(run),
    timeline: summarizeTimeline(run),
    backends: summarizeBackends(run, policyIds),
    invalidTrials: listInvalidTrials(run),
    ...(proxyErrors.length === 0 ? {} : { proxyErrors }),
    warnings: countWarnings(run),
    limits: listLimits(run, rounds),
  };
}

/**
 * Run → Findings: everything that a run says, pure and repeatable (all resampling starts from the run's seed). Only valid trials enter; the
 * others are listed with their reasons. Throws when a stored histogram is not what its record says.
 */
export function analyseRun(stored: Run): Findings {
  const run = { ...stored, header: headerOfWhatRan(stored.header) };
  const evidence = gatherEvidence(run, makeCells(run));
  return {
    ...evidence,
    headlines: pickHeadlines(evidence, run.header.scenario),
  };
}
