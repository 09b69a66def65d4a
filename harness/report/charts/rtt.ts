import type { Findings, Metric, Slope, Statistic, TimeEstimate } from '../../model/findings.ts';
import {
  describeEstimate,
  formatConfidence,
  formatCount,
  formatServices,
  formatTimeInterval,
} from '../format-number.ts';
import { METRIC_NAMES, policyPhrase, policyShort, policyTitle, STATISTIC_NAMES } from '../wording.ts';
import type { Chart, ChartContext, ChartPanel, ChartTable, ChartView } from './chart.ts';
import { dotsPanel } from './dots.ts';
import { sizeLinesPanel } from './size-lines.ts';

const DRAWN_METRICS: readonly Metric[] = ['handshake', 'connect', 'total'];
const TABLED_METRICS: readonly Metric[] = ['handshake', 'connect', 'firstByte', 'total'];
const SHOWN_STATISTICS: readonly Statistic[] = ['p50', 'p99', 'mean'];

/** Above this many µs a panel speaks ms. */
const MS_FROM_US = 5000;

function describeTime(estimate: TimeEstimate): string {
  const what = `${STATISTIC_NAMES[estimate.statistic]} ${METRIC_NAMES[estimate.metric]}`;
  const where = `${estimate.modeId}, ${formatServices(estimate.sizeServices)}`;
  return describeEstimate(estimate.timeUs, `${where}: ${what} ${formatTimeInterval(estimate.timeUs)}`);
}

function panelOf(estimates: readonly TimeEstimate[], policyId: string, context: ChartContext): ChartPanel {
  const values = estimates.flatMap(({ timeUs }) => [timeUs.value, timeUs.high ?? timeUs.value]);
  const scale = Math.max(...values) >= MS_FROM_US ? 1e-3 : 1;
  const unit = scale === 1 ? 'µs' : 'ms';
  const scaled = (us: number | null): number | null => (us === null ? null : us * scale);
  const points = estimates
    .filter((estimate) => estimate.policyId === policyId)
    .sort((a, b) => a.sizeServices - b.sizeServices)
    .map((estimate) => ({
      modeId: estimate.modeId,
      sizeServices: estimate.sizeServices,
      y: estimate.timeUs.value * scale,
      low: scaled(estimate.timeUs.low),
      high: scaled(estimate.timeUs.high),
      tip: describeTime(estimate),
    }));
  const title = policyTitle(policyId);
  const description = `${title}: ${viewCaption(estimates)} of each mode against the number of Services.`;
  const { styles, findings } = context;
  const yValues = values.map((value) => value * scale);
  if (findings.sizesServices.length > 1) {
    const { sizesServices } = findings;
    return sizeLinesPanel({ title, description, unit, points, sizesServices, styles, yKind: 'linear', yValues });
  }
  const dots = points.map((point) => ({ ...point, x: point.y }));
  return dotsPanel({ title, description, unit, dots, xValues: yValues, styles });
}

function viewCaption(estimates: readonly TimeEstimate[]): string {
  const first = estimates[0];
  return first === undefined ? '' : `${STATISTIC_NAMES[first.statistic]} ${METRIC_NAMES[first.metric]}`;
}

function viewOf(metric: Metric, statistic: Statistic, context: ChartContext): ChartView | null {
  const { findings } = context;
  const estimates = findings.times.filter((row) => row.metric === metric && row.statistic === statistic);
  const policies = findings.policyIds.filter((id) => estimates.some((row) => row.policyId === id));
  if (policies.length === 0) return null;
  const name = viewCaption(estimates);
  return {
    choice: { metric, statistic },
    panels: policies.map((policyId) => panelOf(estimates, policyId, context)),
    caption: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  };
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function slopesOf(findings: Findings): Slope[] {
  const fits = findings.slopes.filter(
    (slope) => slope.axis === 'services' && slope.quantity.kind === 'time' && slope.quantity.metric === 'handshake',
  );
  const medians = fits.filter((slope) => slope.quantity.kind === 'time' && slope.quantity.statistic === 'p50');
  return medians.filter((slope) => slope.policyId === findings.policyIds[0]);
}

/** A finding where the slopes permit one, otherwise what is shown. */
function titleOf(findings: Findings): string {
  const slopes = slopesOf(findings);
  const named = (verdict: Slope['verdict']): string[] =>
    slopes.filter((slope) => slope.verdict === verdict).map((slope) => slope.modeId);
  const [growing, constant] = [named('grows'), named('constant')];
  const policy = policyPhrase(findings.policyIds[0] ?? '');
  if (growing.length > 0 && constant.length > 0) {
    return `With ${policy}, a handshake takes longer the more Services there are in ${listOf(growing)}, and not in ${listOf(constant)}`;
  }
  if (growing.length > 0)
    return `With ${policy}, a handshake takes longer the more Services there are in ${listOf(growing)}`;
  if (constant.length > 0)
    return `With ${policy}, the number of Services makes no difference to a handshake in ${listOf(constant)}`;
  const [only] = findings.sizesServices;
  if (findings.sizesServices.length === 1 && only !== undefined) return `Response time at ${formatServices(only)}`;
  return 'Response time against number of Services, by mode and connection policy';
}

function tableOf(context: ChartContext): ChartTable {
  const { findings } = context;
  const rows = findings.times
    .filter((row) => TABLED_METRICS.includes(row.metric))
    .map((row) => [
      formatCount(row.sizeServices),
      policyShort(row.policyId),
      row.modeId,
      METRIC_NAMES[row.metric],
      STATISTIC_NAMES[row.statistic],
      formatTimeInterval(row.timeUs),
      String(row.timeUs.rounds),
      row.samples.toLocaleString('en-US'),
    ]);
  return {
    caption: `Every time of every mode, with its ${formatConfidence(findings.confidence)} interval over rounds`,
    columns: [
      { label: 'Services', numeric: true },
      { label: 'Connections', numeric: false },
      { label: 'Mode', numeric: false },
      { label: 'Time', numeric: false },
      { label: 'Statistic', numeric: false },
      { label: 'Value [interval]', numeric: true },
      { label: 'Rounds', numeric: true },
      { label: 'Samples', numeric: true },
    ],
    rows,
  };
}

/** Chart 1 of the study: round-trip time against number of Services, by mode and connection policy. */
export function rttChart(context: ChartContext): Chart {
  const id = 'rtt';
  const views = DRAWN_METRICS.flatMap((metric) =>
    SHOWN_STATISTICS.flatMap((statistic) => viewOf(metric, statistic, context) ?? []),
  );
  const title = titleOf(context.findings);
  if (views.length === 0) {
    return {
      kind: 'absent',
      id,
      title,
      why: 'No valid trial gave a time. Run the scenario again; the reasons stand under "Invalid trials".',
    };
  }
  const metrics = DRAWN_METRICS.filter((metric) => views.some((view) => view.choice.metric === metric));
  const statistics = SHOWN_STATISTICS.filter((one) => views.some((view) => view.choice.statistic === one));
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `Bands are ${formatConfidence(context.findings.confidence)} intervals over rounds.${context.findings.policyIds.length > 1 ? ' All panels have the same scale.' : ''}`,
    toggles: [
      { id: 'metric', legend: 'Time', options: metrics.map((value) => ({ value, label: METRIC_NAMES[value] })) },
      { id: 'statistic', legend: 'Statistic', options: statistics.map((value) => ({ value, label: value })) },
    ],
    views,
    table: tableOf(context),
  };
}
