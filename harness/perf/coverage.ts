import { analyseRun } from '../analysis/analyse-run.ts';
import { makeTrialPool, SIMULATED_STATISTICS, simulateCoverage } from '../analysis/testing/coverage.ts';
import { DRIFTING, RESTLESS, SKEWED, TWO_HUMPS } from '../analysis/testing/shapes.ts';
import { makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';

/**
 * How often 95 % intervals hold the known truth, for realistic latency shapes and the numbers of rounds that scenarios use.
 * Run it with `node harness/perf/coverage.ts [runs]`; the unit tests hold a smaller version of it to 93-97 %.
 */
function formatShare(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(7);
}

const ROUNDS = [4, 5, 6, 8, 10, 12];

function printTable(runs: number): void {
  console.log(
    `95 % intervals, ${runs} simulated runs a line (standard error ${(100 * Math.sqrt((0.95 * 0.05) / runs)).toFixed(1)} %)`,
  );
  console.log('| shape | machine | statistic | rounds | level | difference of 20 % | A/A | A/A, all a then all b |');
  console.log('|---|---|---|---|---|---|---|---|');
  for (const shape of [SKEWED, TWO_HUMPS]) {
    const pool = makeTrialPool(shape, 4000, 600, 11);
    for (const mood of [RESTLESS, DRIFTING]) {
      for (const statistic of SIMULATED_STATISTICS) {
        for (const rounds of ROUNDS) {
          const base = { pool, mood, statistic, rounds, runs, confidence: 0.95, seed: rounds };
          const different = simulateCoverage({ ...base, ratio: 1.2, design: 'interleaved' });
          const same = simulateCoverage({ ...base, ratio: 1, design: 'interleaved' });
          const blocked = simulateCoverage({ ...base, ratio: 1, design: 'blocked' });
          const cells = [different.level, different.difference, same.difference, blocked.difference].map(formatShare);
          console.log(`| ${shape.name} | ${mood.name} | ${statistic} | ${rounds} | ${cells.join(' | ')} |`);
        }
      }
    }
  }
}

/** A/A through the whole analysis: how often any headline comparison of a run excludes 0. Holm keeps it at 5 %. */
function printFamily(runs: number): void {
  const modes = ['nftables#a', 'nftables#b'].map((id) => ({ ...NFTABLES, id }));
  let alarms = 0;
  for (let seed = 1; seed <= runs; seed += 1) {
    const small = { sizesServices: [1000], policies: [{ kind: 'per-request' }] as const, targets: 1, requests: 60 };
    const { differences } = analyseRun(makeSyntheticRun({ ...small, modes, rounds: 5 + (seed % 5), seed }));
    if (differences.some(({ inFamily, excludesZero }) => inFamily && excludesZero)) alarms += 1;
  }
  console.log(
    `\nA/A runs through the whole analysis in which any headline comparison excludes 0: ${formatShare(alarms / runs)} of ${runs}`,
  );
}

printFamily(Number(process.argv[2] ?? 2000) / 2);
printTable(Number(process.argv[2] ?? 2000));
