import { InvalidRunError } from '../errors.ts';
import { type BarRow, printBenchmark } from './bar-row.ts';
import { type BenchRun, measureBench } from './bench-run.ts';

/*
 * Empty → settled at 10,000 Services x 10 endpoints with nobody else programming, and what it costs the harness. About a minute; needs what bench needs.
 */
const MODE = 'iptables-legacy';
const BARS = { syncRatio: 1.15, beyondSyncMs: 3000, memoryBytes: 400e6, loadObjectsMs: 2000 } as const;
const WORDS = `--scenario 10k --services 10000 --modes ${MODE} --keepalive none --rounds 1 --no-probes`;

function formatSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(2)} s`;
}

function memoryRow(what: string, peakBytes: number | null): BarRow {
  const measured = peakBytes === null ? 'not seen' : `${Math.round(peakBytes / 1e6)} MB`;
  return { what, measured, bar: 'under 400 MB', met: peakBytes !== null && peakBytes < BARS.memoryBytes };
}

function judgeSettle({ run, peaks }: BenchRun): BarRow[] {
  const node = run.nodes.find((one) => one.modeId === MODE);
  if (node === undefined) throw new InvalidRunError(`the run has no node of ${MODE}`, 'run it again');
  const { settledMs, syncMs, syncs, loadObjectsMs } = node.programming;
  const barMs = BARS.syncRatio * syncMs + BARS.beyondSyncMs;
  const share = `${(settledMs / syncMs).toFixed(2)} x its sync of ${formatSeconds(syncMs)} in ${syncs}`;
  return [
    {
      what: 'empty → settled, 10,000 x 10, iptables-legacy',
      measured: `${formatSeconds(settledMs)} (${share})`,
      bar: `at most 1.15 x its sync + 3 s = ${formatSeconds(barMs)}`,
      met: settledMs <= barMs,
    },
    {
      what: '10,000 Services with their slices into the API server',
      measured: formatSeconds(loadObjectsMs),
      bar: 'under 2 s',
      met: loadObjectsMs < BARS.loadObjectsMs,
    },
    memoryRow('memory of the harness in the laboratory, peak', peaks.laboratoryBytes),
    memoryRow('memory of the harness outside, report included, peak', peaks.launcherBytes),
  ];
}

if (import.meta.main)
  process.exitCode = await printBenchmark(async () => judgeSettle(await measureBench(WORDS.split(' '))));
