import { backendsChart } from './backends.ts';
import type { Chart, ChartContext } from './chart.ts';
import { cpuChart } from './cpu.ts';
import { markEmulated } from './emulated.ts';
import { percentilesChart } from './percentiles.ts';
import { programmingChart } from './programming.ts';
import { rttChart } from './rtt.ts';
import { ruleIndexChart } from './rule-index.ts';
import { rulesChart } from './rules.ts';
import { timelineChart } from './timeline.ts';

/** The page's charts in their order; a new one is one file and one line here. */
const CHARTS: readonly ((context: ChartContext) => Chart)[] = [
  rttChart,
  cpuChart,
  rulesChart,
  percentilesChart,
  ruleIndexChart,
  programmingChart,
  timelineChart,
  backendsChart,
];

export function makeCharts(context: ChartContext): Chart[] {
  const charts = CHARTS.map((chart) => chart(context));
  return context.header.environment.execution === 'emulated' ? charts.map(markEmulated) : charts;
}
