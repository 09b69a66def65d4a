import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { median } from 'simple-statistics';
import { analyseRun } from '../analysis/analyse-run.ts';
import { IPVS, LEGACY, makeSyntheticRun, NFT, NFTABLES, NONE } from '../analysis/testing/synthetic-run.ts';
import type { Run } from '../model/run.ts';
import { renderHtml } from '../report/page/report-page.ts';
import { findChromium, startChromium } from '../report/testing/browser.ts';
import { readFirstChartMs, watchFirstChart } from '../report/testing/page-probes.js';
import { holdAgainstStudies } from '../studies/table.ts';

/** What a report costs: its bars are issue 3's. */
export interface ReportCost {
  readonly analyseMs: number;
  /** Findings to HTML text: wall time, and the CPU time in it (a shared machine stretches only the first). */
  readonly buildMs: number;
  readonly buildCpuMs: number;
  readonly pageBytes: number;
  /** From the navigation's start until the frame with the first chart; null without Chromium. */
  readonly firstChartMs: number | null;
}

/** As large as the study's: 6 sizes, 5 modes, 2 policies. */
export function makeStudySizedRun(): Run {
  return makeSyntheticRun({
    sizesServices: [1, 10, 100, 1000, 5000, 10_000],
    modes: [NONE, LEGACY, NFT, IPVS, NFTABLES],
    rounds: 8,
    requests: 1000,
  });
}

const LOOKS = 3;

/** Median of a few fresh contexts, nothing cached. */
async function measureFirstChartMs(page: string): Promise<number | null> {
  const executablePath = await findChromium(process.env);
  if (executablePath === null) return null;
  const directory = await mkdtemp(join(tmpdir(), 'report-perf-'));
  const path = join(directory, 'report.html');
  await writeFile(path, page);
  const browser = await startChromium(executablePath);
  try {
    const looks: number[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      const context = await browser.newContext();
      const tab = await context.newPage();
      await tab.addInitScript(watchFirstChart);
      await tab.goto(pathToFileURL(path).href);
      await tab.waitForFunction('globalThis.firstChartMs !== undefined');
      looks.push((await tab.evaluate(readFirstChartMs)) ?? Number.NaN);
      await context.close();
    }
    return median(looks);
  } finally {
    await browser.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Measures one report of a run. */
export async function measureReport(run: Run): Promise<ReportCost> {
  const startMs = performance.now();
  const findings = analyseRun(run);
  const analysedMs = performance.now();
  const cpuBefore = process.cpuUsage();
  const page = await renderHtml({ findings, header: run.header, studies: holdAgainstStudies(run, findings) });
  const builtMs = performance.now();
  const cpu = process.cpuUsage(cpuBefore);
  return {
    analyseMs: analysedMs - startMs,
    buildMs: builtMs - analysedMs,
    buildCpuMs: (cpu.user + cpu.system) / 1000,
    pageBytes: Buffer.byteLength(page),
    firstChartMs: await measureFirstChartMs(page),
  };
}

/** Rows as `npm run perf` prints them: what, measured, bar. */
export function formatReportCost(cost: ReportCost): string[][] {
  const chart = cost.firstChartMs === null ? 'no Chromium here' : `${Math.round(cost.firstChartMs)} ms`;
  return [
    ['report: analysis of a study-sized run', `${Math.round(cost.analyseMs)} ms`, '–'],
    [
      'report: HTML built',
      `${Math.round(cost.buildMs)} ms (${Math.round(cost.buildCpuMs)} ms of CPU)`,
      'under 3,000 ms',
    ],
    ['report: size of the page', `${(cost.pageBytes / 1e6).toFixed(2)} MB`, 'under 3 MB'],
    ['report: first chart drawn', chart, 'within 1,500 ms'],
  ];
}

/** Does a cost keep issue 3's bars? Without Chromium the last one is not judged. */
export function isWithinBars(cost: ReportCost): boolean {
  return cost.buildMs < 3000 && cost.pageBytes < 3_000_000 && (cost.firstChartMs ?? 0) <= 1500;
}

if (import.meta.main) {
  const cost = await measureReport(makeStudySizedRun());
  for (const row of formatReportCost(cost)) process.stdout.write(`${row.join(' | ')}\n`);
  if (!isWithinBars(cost)) process.exitCode = 1;
}
