import { LOAD } from '../../experiment/load/quantities.ts';
import { specsOf } from '../../model/estimate-lookup.ts';
import type { RuleIndexSeries } from '../../model/findings.ts';
import {
  formatConfidence,
  formatCount,
  formatNumber,
  formatServices,
  formatTimeUs,
  formatUnitInterval,
} from '../format-number.ts';
import { policyShort, policyTitle } from '../wording.ts';
import type { Chart, ChartContext, ChartPanel, ChartView } from './chart.ts';
import { fittingTicks, linearDomain, linearTicks } from './layout.ts';
import {
  type Axis,
  alongAxis,
  type EndLabel,
  endLabelLayers,
  HALF_PX,
  type Layer,
  labelRoomPx,
  makePanel,
  modeColour,
  modeDash,
  modeLabels,
  modeShape,
  PADDING,
  type Row,
} from './panel.ts';
import { INK, textWidthPx } from './theme.ts';

const PLOT_HEIGHT_PX = 210;

function fittedUs(series: RuleIndexSeries, ruleIndex: number): number | null {
  return series.fit === null ? null : series.fit.interceptUs + (series.fit.nsPerRule.value * ruleIndex) / 1000;
}

function pointRows(series: RuleIndexSeries): Row[] {
  return series.points.map((point) => ({
    mode: series.modeId,
    index: point.ruleIndex,
    us: point.p50Us,
    tip: `${series.modeId}, ${point.targetId}: rule ${formatCount(point.ruleIndex)}, ${formatTimeUs(point.p50Us)} (${formatCount(point.connections)} connections)`,
  }));
}

function lineRows(series: RuleIndexSeries, largest: number): Row[] {
  return [0, largest].flatMap((index) => {
    const us = fittedUs(series, index);
    return us === null ? [] : [{ mode: series.modeId, index, us }];
  });
}

function layersOf(series: readonly RuleIndexSeries[], x: Axis, y: Axis, context: ChartContext): Layer[] {
  const place = { x: alongAxis('index', x, 'x'), y: alongAxis('us', y, 'y'), color: modeColour(context.styles) };
  const tip = { field: 'tip', type: 'nominal' as const };
  const largest = x.scale.domain[1];
  return [
    {
      data: { values: series.flatMap((one) => lineRows(one, largest)) },
      mark: { type: 'line', strokeWidth: 1.25, aria: false },
      encoding: { ...place, strokeDash: modeDash(context.styles) },
    },
    {
      data: { values: series.flatMap(pointRows) },
      mark: { type: 'point', filled: true, size: 46, opacity: 0.9 },
      encoding: { ...place, shape: modeShape(context.styles), description: tip, tooltip: tip },
    },
  ];
}

function endLabels(series: readonly RuleIndexSeries[], largest: number, context: ChartContext): EndLabel[] {
  const names = modeLabels(context.styles);
  return series.flatMap((one) => {
    const lastPoint = one.points.toSorted((a, b) => a.ruleIndex - b.ruleIndex).at(-1);
    const atEnd = fittedUs(one, largest) ?? lastPoint?.p50Us;
    if (atEnd === undefined) return [];
    const slope = one.fit === null ? '' : ` ${formatNumber(one.fit.nsPerRule.value)} ns`;
    const inkColour = context.styles.get(one.modeId)?.lightInk ?? INK.text;
    const x = one.fit === null ? (lastPoint?.ruleIndex ?? largest) : largest;
    return [{ x, y: atEnd, text: `${names.get(one.modeId) ?? one.modeId}${slope}`, inkColour }];
  });
}

function panelOf(all: readonly RuleIndexSeries[], spec: string, context: ChartContext): ChartPanel {
  const own = all.filter((series) => series.spec === spec);
  const largest = linearDomain(all.flatMap((series) => series.points.map((point) => point.ruleIndex)))[1];
  const values = all.flatMap((series) =>
    [...pointRows(series), ...lineRows(series, largest)].map((row) => Number(row.us)),
  );
  const labels = endLabels(own, largest, context);
  const padding = { ...PADDING, right: labelRoomPx(labels.map((label) => label.text)) };
  const plotWidthPx = HALF_PX - padding.left - padding.right;
  const xScale = { kind: 'linear' as const, domain: [0, largest] as const, lengthPx: plotWidthPx };
  const xTicks = fittingTicks(xScale, (value) => textWidthPx(formatCount(value)));
  const x: Axis = {
    scale: xScale,
    title: "place of the Service's rule",
    ticks: xTicks,
    labelExpression: "format(datum.value, ',')",
  };
  const domain = linearDomain(values);
  const y: Axis = {
    scale: { kind: 'linear', domain, lengthPx: PLOT_HEIGHT_PX },
    title: 'µs',
    ticks: linearTicks(domain),
  };
  const title = policyTitle(spec);
  return makePanel({
    title,
    description: `${title}: median handshake against the place of the Service's rule in the chain, with the fitted line.`,
    layers: [...layersOf(own, x, y, context), ...endLabelLayers(labels, x, y)],
    plotWidthPx,
    plotHeightPx: PLOT_HEIGHT_PX,
    padding,
  });
}

function titleOf(series: readonly RuleIndexSeries[]): string {
  const fits = series.flatMap((one) =>
    one.fit === null || one.fit.nsPerRule.low === null || one.fit.nsPerRule.low <= 0 ? [] : [one],
  );
  const largest = Math.max(...fits.map((one) => one.sizeServices));
  const best = fits.filter((one) => one.sizeServices === largest && one.spec === fits[0]?.spec);
  if (best.length === 0) return "Handshake time against the place of the Service's rule in the chain";
  const parts = best.map((one) => `${formatNumber(one.fit?.nsPerRule.value ?? Number.NaN)} ns in ${one.modeId}`);
  return `Each rule that a new connection has to pass costs about ${parts.join(', ')}`;
}

/** Handshake time against rule index, with the fitted slope: where O(n) comes from. */
export function ruleIndexChart(context: ChartContext): Chart {
  const id = 'rule-index';
  const { findings } = context;
  const series = findings.ruleIndex.filter((one) => new Set(one.points.map((point) => point.ruleIndex)).size > 1);
  if (series.length === 0) {
    return {
      kind: 'absent',
      id,
      title: "Handshake time against the place of the Service's rule in the chain",
      why: 'No mode of this run has at least two targets at different places of an ordered chain, with the handshake captured on the wire. The scenarios `1k`, `5k`, `10k` and `study` fill this chart in iptables modes; ipvs and nftables look Services up in a table and have no such place.',
    };
  }
  const sizes = findings.sizesServices.filter((size) => series.some((one) => one.sizeServices === size)).toReversed();
  const views: ChartView[] = sizes.map((size) => {
    const own = series.filter((one) => one.sizeServices === size);
    const policies = specsOf(findings, LOAD).filter((id) => own.some(({ spec }) => spec === id));
    return {
      choice: { size: String(size) },
      panels: policies.map((spec) => panelOf(own, spec, context)),
      caption: `Median handshake at ${formatServices(size)}`,
    };
  });
  return {
    kind: 'drawn',
    id,
    title: titleOf(series),
    explanation: `One point per target Service, all valid rounds together; lines are fitted over rounds. "ns" at a line's end is its slope per rule.`,
    toggles: [
      {
        id: 'size',
        legend: 'Size',
        options: sizes.map((size) => ({ value: String(size), label: formatServices(size) })),
      },
    ],
    views,
    table: {
      caption: `Fitted cost of a rule, with its ${formatConfidence(findings.confidence)} interval`,
      columns: [
        { label: 'Services', numeric: true },
        { label: 'Connections', numeric: false },
        { label: 'Mode', numeric: false },
        { label: 'Targets', numeric: true },
        { label: 'ns per rule', numeric: true },
        { label: 'At rule 0', numeric: true },
      ],
      rows: series.map((one) => [
        formatCount(one.sizeServices),
        policyShort(one.spec),
        one.modeId,
        String(one.points.length),
        one.fit === null ? '–' : formatUnitInterval(one.fit.nsPerRule, 'ns'),
        one.fit === null ? '–' : formatTimeUs(one.fit.interceptUs),
      ]),
    },
  };
}
