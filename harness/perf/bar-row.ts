import { BenchError, EXIT, type ExitCode, InterruptedError } from '../errors.ts';

/** One number that the program must reach. */
export interface BarRow {
  readonly what: string;
  readonly measured: string;
  readonly bar: string;
  /** `null`: too little was measured to say (a shortened benchmark). */
  readonly met: boolean | null;
}

/** The columns of every row, in words. */
export const BAR_COLUMNS = 'what | measured | bar | met?';

function formatMet(met: boolean | null): string {
  if (met === null) return 'not judged';
  return met ? 'met' : 'MISSED';
}

export function formatBarRow({ what, measured, bar, met }: BarRow): string {
  return [what, measured, bar, formatMet(met)].join(' | ');
}

/** Runs a benchmark and prints its rows. Exit code 1 when one missed its bar; an error's own code when it could not be measured. */
export async function printBenchmark(measure: () => Promise<readonly BarRow[]>): Promise<ExitCode> {
  try {
    const rows = await measure();
    for (const line of [BAR_COLUMNS, ...rows.map(formatBarRow)]) process.stdout.write(`${line}\n`);
    return rows.some(({ met }) => met === false) ? EXIT.verdictFailed : EXIT.ok;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    // Its remedy is to go on with the run; this one's is gone.
    const remedy = error instanceof InterruptedError ? '' : `  → ${error.remedy}\n`;
    process.stderr.write(`\nnot measured: ${error.message}\n${remedy}`);
    return error.exitCode;
  }
}
