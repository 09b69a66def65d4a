import { summarizeTimeline } from '../experiment/load/timeline.ts';
import { listQuantities, listSpecs } from '../experiment/quantities.ts';
import type { Findings } from '../model/findings.ts';
import { headerOfWhatRan, type Run } from '../model/run.ts';
import { summarizeBackends } from './backends.ts';
import { type Cells, makeCells } from './cells.ts';
import { findCrossOvers } from './cross-over.ts';
import { compareModes, describeFamily } from './differences.ts';
import { summarizeCells } from './estimates.ts';
import { compareSizes } from './growths.ts';
import { type Evidence, pickHeadlines } from './headlines.ts';
import { countRounds, countWarnings, listInvalidTrials, listLimits } from './limits.ts';
import { listNodeFacts } from './node-facts.ts';
import { summarizeProxyErrors } from './proxy-errors.ts';
import { summarizeRules } from './rules.ts';
import { fitSlopes } from './slopes.ts';
import { INTERVAL_METHOD } from './statistics/interval.ts';

function countTrials(run: Run): Findings['trials'] {
  const valid = run.trials.filter((trial) => trial.valid && trial.load !== null).length;
  return { valid, invalid: run.trials.length - valid };
}

function gatherEvidence(run: Run, cells: Cells): Evidence {
  const { scenario, seed } = run.header;
  const { confidence } = scenario.stop;
  const quantities = listQuantities(scenario);
  const options = { confidence, seed };
  const differences = compareModes(cells, scenario, quantities, seed);
  const comparisons = differences.filter(({ inFamily }) => inFamily).length;
  const rounds = countRounds(run, cells);
  const proxyErrors = summarizeProxyErrors(run);
  return {
    schemaVersion: 2,
    runId: run.header.id,
    scenarioName: scenario.name,
    sizesServices: scenario.sizesServices,
    modeIds: scenario.modes.map(({ id }) => id),
    specs: [...listSpecs(scenario)],
    quantities: [...quantities],
    trials: countTrials(run),
    rounds,
    confidence,
    family: { comparisons, method: describeFamily(comparisons, confidence, quantities) },
    intervalMethod: INTERVAL_METHOD,
    ...summarizeCells(cells, quantities, options),
    differences,
    growths: compareSizes(cells, scenario, quantities),
    ...fitSlopes(run, cells, quantities, options),
    crossOvers: findCrossOvers(differences, scenario, quantities, seed),
    rules: summarizeRules(run),
    nodes: listNodeFacts(run),
    timeline: summarizeTimeline(run),
    backends: summarizeBackends(run),
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
