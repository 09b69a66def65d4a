import { PrimaryDifferences } from '../analysis/primary.ts';
import { shouldStop } from '../analysis/stop.ts';
import type { Run } from '../model/run.ts';
import { type BarRow, printBenchmark } from './bar-row.ts';
import { type BenchRun, measureBench } from './bench-run.ts';

/* The main scenario as a user runs it, two modes, to its stated width. At most 15 minutes (its own budget). */
const BARS = { totalMs: 8 * 60_000, loadShare: 0.5 } as const;
const WORDS = '--scenario 10k --modes iptables-legacy,nftables';

function formatMinutes(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Half the width of the widest interval of each size, as the stop rule saw it; `complete` alone would also be a run that met its last round. */
function widestOfSizes(run: Run): readonly { readonly sizeServices: number; readonly widestUs: number | null }[] {
  const { scenario } = run.header;
  return scenario.sizesServices.map((sizeServices) => {
    const differences = new PrimaryDifferences(scenario, scenario.modes);
    for (const trial of run.trials) if (trial.plan.sizeServices === sizeServices) differences.add(trial);
    const estimates = differences.estimates().map(({ estimate }) => estimate);
    return { sizeServices, widestUs: shouldStop(0, estimates, scenario.stop).widestUs };
  });
}

function judgeWidth(run: Run): BarRow {
  const { status, statusReason, scenario } = run.header;
  const { halfWidthUs } = scenario.stop;
  const widest = widestOfSizes(run);
  const words = widest.map(
    ({ sizeServices, widestUs }) =>
      `±${widestUs === null ? '?' : widestUs.toFixed(1)} µs at ${sizeServices.toLocaleString('en')}`,
  );
  const narrow = widest.every(({ widestUs }) => widestUs !== null && widestUs <= halfWidthUs);
  return {
    what: '10k, two modes: ended as asked',
    measured: [status, ...words, ...(statusReason === null ? [] : [statusReason])].join(', '),
    bar: `complete, ±${halfWidthUs} µs or less`,
    met: status === 'complete' && narrow,
  };
}

function judgeTenThousand({ run, wallMs }: BenchRun): BarRow[] {
  const { totalMs, loadMs } = run.header.timing;
  return [
    {
      what: '10k, two modes: time',
      measured: `${formatMinutes(totalMs)} (the whole command ${formatMinutes(wallMs)}; ${run.trials.length} trials)`,
      bar: 'under 8 min',
      met: totalMs < BARS.totalMs,
    },
    judgeWidth(run),
    {
      what: '10k, two modes: load seconds of all',
      measured: `${((100 * loadMs) / totalMs).toFixed(1)} % (${formatMinutes(loadMs)})`,
      bar: 'at least 50 %',
      met: loadMs / totalMs >= BARS.loadShare,
    },
  ];
}

if (import.meta.main)
  process.exitCode = await printBenchmark(async () => judgeTenThousand(await measureBench(WORDS.split(' '))));
