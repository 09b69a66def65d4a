import { LOAD } from '../../experiment/load/quantities.ts';
import { distributionName, estimatesOf, quantityOf, specsOf } from '../../model/estimate-lookup.ts';
import type { Estimate, Findings, Slope } from '../../model/findings.ts';
import { type Statistic, statisticName } from '../../model/quantity.ts';
import {
  describeEstimate,
  formatConfidence,
  formatCount,
  formatServices,
  formatTimeInterval,
} from '../format-number.ts';
import { policyPhrase, policyShort, policyTitle } from '../wording.ts';
import type { Chart, ChartContext, ChartPanel, ChartTable, ChartView } from './chart.ts';
import { dotsPanel } from './dots.ts';
import { sizeLinesPanel } from './size-lines.ts';

const DRAWN_TIMES: readonly string[] = ['handshake', 'connect', 'total'];
const TABLED_TIMES: readonly string[] = [...DRAWN_TIMES, 'firstByte'];
const SHOWN_STATISTICS: readonly Statistic[] = ['p50', 'p99', 'mean'];

/** Above this many µs a panel speaks ms. */
const MS_FROM_US = 5000;

function describeTime(estimate: Estimate, { findings }: ChartContext): string {
  const where = `${estimate.modeId}, ${formatServices(estimate.sizeServices)}`;
  const what = quantityOf(findings, estimate.quantity).name;
  return describeEstimate(estimate, `${where}: ${what} ${formatTimeInterval(estimate)}`);
}

function panelOf(
  estimates: readonly Estimate[],
  { spec, name }: { spec: string; name: string },
  context: ChartContext,
): ChartPanel {
  const values = estimates.flatMap(({ value, high }) => [value, high ?? value]);
  const scale = Math.max(...values) >= MS_FROM_US ? 1e-3 : 1;
  const unit = scale === 1 ? 'µs' : 'ms';
  const scaled = (us: number | null): number | null => (us === null ? null : us * scale);
  const points = estimates
    .filter((estimate) => estimate.spec === spec)
    .sort((a, b) => a.sizeServices - b.sizeServices)
    .map((estimate) => ({
      modeId: estimate.modeId,
      sizeServices: estimate.sizeServices,
      y: estimate.value * scale,
      low: scaled(estimate.low),
      high: scaled(estimate.high),
      tip: describeTime(estimate, context),
    }));
  const title = policyTitle(spec);
  const description = `${title}: ${name} of each mode against the number of Services.`;
  const { styles, findings } = context;
  const yValues = values.map((value) => value * scale);
  if (findings.sizesServices.length > 1) {
    const { sizesServices } = findings;
    return sizeLinesPanel({ title, description, unit, points, sizesServices, styles, yKind: 'linear', yValues });
  }
  const dots = points.map((point) => ({ ...point, x: point.y }));
  return dotsPanel({ title, description, unit, dots, xValues: yValues, styles });
}

function viewOf(time: string, statistic: Statistic, context: ChartContext): ChartView | null {
  const { findings } = context;
  const estimates = estimatesOf(findings, `${time}.${statistic}`);
  const specs = specsOf(findings, LOAD).filter((id) => estimates.some(({ spec }) => spec === id));
  if (specs.length === 0) return null;
  const { name } = quantityOf(findings, `${time}.${statistic}`);
  return {
    choice: { metric: time, statistic },
    panels: specs.map((spec) => panelOf(estimates, { spec, name }, context)),
    caption: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  };
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** Of the wire's median, under the first policy. */
function slopesOf(findings: Findings): Slope[] {
  const [first] = specsOf(findings, LOAD);
  return findings.slopes.filter(
    ({ axis, quantity, spec }) => axis === 'services' && quantity === 'handshake.p50' && spec === first,
  );
}

/** A finding where the slopes permit one, otherwise what is shown. */
function titleOf(findings: Findings): string {
  const slopes = slopesOf(findings);
  const named = (verdict: Slope['verdict']): string[] =>
    slopes.filter((slope) => slope.verdict === verdict).map((slope) => slope.modeId);
  const [growing, constant] = [named('grows'), named('constant')];
  const policy = policyPhrase(specsOf(findings, LOAD)[0] ?? '');
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
  const tabled = new Map(findings.quantities.map(({ id, distribution }) => [id, distribution]));
  const rows = findings.estimates.flatMap((row) => {
    const time = tabled.get(row.quantity) ?? null;
    if (time === null || !TABLED_TIMES.includes(time.id)) return [];
    return [
      [
        formatCount(row.sizeServices),
        policyShort(row.spec),
        row.modeId,
        time.name,
        statisticName(time.statistic),
        formatTimeInterval(row),
        String(row.rounds),
        row.samples.toLocaleString('en-US'),
      ],
    ];
  });
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
  const views = DRAWN_TIMES.flatMap((time) =>
    SHOWN_STATISTICS.flatMap((statistic) => viewOf(time, statistic, context) ?? []),
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
  const times = DRAWN_TIMES.filter((time) => views.some((view) => view.choice.metric === time));
  const statistics = SHOWN_STATISTICS.filter((one) => views.some((view) => view.choice.statistic === one));
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `Bands are ${formatConfidence(context.findings.confidence)} intervals over rounds.${specsOf(context.findings, LOAD).length > 1 ? ' All panels have the same scale.' : ''}`,
    toggles: [
      {
        id: 'metric',
        legend: 'Time',
        options: times.map((value) => ({ value, label: distributionName(context.findings, value) })),
      },
      { id: 'statistic', legend: 'Statistic', options: statistics.map((value) => ({ value, label: value })) },
    ],
    views,
    table: tableOf(context),
  };
}
