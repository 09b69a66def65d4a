import type { RulesSeries } from '../../model/findings.ts';
import { formatCount, formatNumber, formatServices } from '../format-number.ts';
import type { ModeStyle } from '../mode-style.ts';
import type { Chart, ChartContext, ChartPanel } from './chart.ts';
import { shortLabels } from './layout.ts';
import { type SizePoint, sizeLinesPanel } from './size-lines.ts';
import { INK } from './theme.ts';

/** Series that are no mode of this run (the study's kube-proxy, Calico): in ink, told apart by dash and shape. */
function referenceStyle(id: string, index: number): ModeStyle {
  const colour = index % 2 === 0 ? INK.text : INK.quiet;
  return {
    modeId: id,
    lightColour: colour,
    darkColour: colour,
    lightInk: colour,
    darkInk: colour,
    dash: index % 2 === 0 ? [2, 3] : [7, 3],
    shape: index % 2 === 0 ? 'cross' : 'triangle-right',
  };
}

const KIND_NAMES: Readonly<Record<RulesSeries['kind'], string>> = {
  measured: "counted by the kernel's own counters",
  'position-model': "from the rules' places in the chain (model)",
  'documented-model': 'from documented chains (model)',
};

function pointsOf(series: RulesSeries): SizePoint[] {
  const modeId = series.modeId ?? series.id;
  return series.points.map((point) => ({
    modeId,
    sizeServices: point.sizeServices,
    y: point.rules,
    // References are models: their spread is in the table, and a band would hide what was measured.
    low: series.modeId === null ? null : point.lowRules,
    high: series.modeId === null ? null : point.highRules,
    tip: `${series.modeId ?? series.id}, ${formatServices(point.sizeServices)}: ${formatNumber(point.rules)} rules per new connection, ${KIND_NAMES[series.kind]}`,
  }));
}

/** Modes whose connections meet no rule at all have no place on a log axis; the text names them. */
function isDrawn(series: RulesSeries): boolean {
  return series.points.some((point) => point.rules > 0);
}

/** "Calico (model)" → "Calico": the panel has little room, and the explanation says that it is one. */
function referenceLabel(id: string): string {
  return shortLabels([id.replace(/ \([^)]*\)$/, '')], 19)[0] ?? id;
}

/** The run's own series, and the studies' models behind them. */
function seriesOf({ findings, studies }: ChartContext): RulesSeries[] {
  return [...findings.rules, ...studies.flatMap((study) => study.rules)];
}

function panelOf(kind: RulesSeries['kind'], context: ChartContext): ChartPanel {
  const { styles } = context;
  const rules = seriesOf(context);
  const chosen = rules.filter((series) => (series.modeId === null || series.kind === kind) && isDrawn(series));
  const references = chosen.filter((series) => series.modeId === null);
  const allStyles = new Map([
    ...styles,
    ...references.map((series, index): [string, ModeStyle] => [series.id, referenceStyle(series.id, index)]),
  ]);
  const sizes = rules.flatMap((series) => series.points.map((point) => point.sizeServices));
  return sizeLinesPanel({
    title: kind === 'measured' ? 'Counted in the kernel' : "By the rules' places in the chain",
    description: `Rules run per new connection against the number of Services, ${KIND_NAMES[kind]}, beside models of Calico and of kube-proxy in 2019.`,
    unit: 'rules per new connection (log scale)',
    points: chosen.flatMap(pointsOf).sort((a, b) => a.sizeServices - b.sizeServices),
    sizesServices: [...new Set(sizes)].sort((a, b) => a - b),
    styles: allStyles,
    yKind: 'log',
    yValues: rules.flatMap((series) =>
      series.points.flatMap((point) => [point.rules, point.lowRules ?? point.rules, point.highRules ?? point.rules]),
    ),
    extraLabels: new Map(references.map((series): [string, string] => [series.id, referenceLabel(series.id)])),
  });
}

/** What the kernel counted at the largest size, where it counted. */
function titleOf({ findings }: ChartContext): string {
  const size = findings.sizesServices.at(-1);
  const counted = findings.rules.flatMap((series) => {
    const point = series.points.find((one) => one.sizeServices === size && one.rules > 0);
    return series.kind === 'measured' && point !== undefined
      ? [{ modeId: series.modeId ?? series.id, rules: point.rules }]
      : [];
  });
  const neutral = 'Rules that one new connection runs through, kube-proxy beside Calico';
  if (size === undefined || counted.length === 0) return neutral;
  const byCount = Map.groupBy(counted, (one) => formatCount(one.rules));
  const parts = [...byCount].map(([rules, modes]) => `${rules} in ${modes.map((one) => one.modeId).join(' and ')}`);
  return `Rules that a new connection runs through at ${formatServices(size)}, mean over the targets: ${parts.join(', ')}`;
}

/** Chart 3 of the study: rules that one new connection runs through, with Calico's series. */
export function rulesChart(context: ChartContext): Chart {
  const id = 'rules';
  const title = titleOf(context);
  const rules = seriesOf(context);
  const kinds = (['measured', 'position-model'] as const).filter((kind) =>
    rules.some((series) => series.kind === kind && isDrawn(series)),
  );
  if (kinds.length === 0) {
    return {
      kind: 'absent',
      id,
      title,
      why: 'This run counted no rules. Any scenario with `probes: true` and an iptables or nftables mode fills this chart, `study` over all sizes.',
    };
  }
  const without = rules
    .filter((series) => series.kind === 'measured' && !isDrawn(series))
    .map((series) => series.modeId);
  const sources = [...new Set(rules.map((series) => series.source))].join(' ');
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `Bands reach from the first target in the chain to the last; the lines in ink (Calico, and kube-proxy as it was in 2019) are models. How each series comes about, and where the models are from, stands with its numbers.${without.length === 0 ? '' : ` No rule at all is met in ${without.join(', ')}.`}`,
    toggles: [],
    views: [{ choice: {}, panels: kinds.map((kind) => panelOf(kind, context)), caption: 'Rules per new connection' }],
    table: {
      caption: `Rules run per new connection. ${sources}`,
      columns: [
        { label: 'Services', numeric: true },
        { label: 'Series', numeric: false },
        { label: 'How it is known', numeric: false },
        { label: 'Rules', numeric: true },
      ],
      rows: rules.flatMap((series) =>
        series.points.map((point) => [
          formatCount(point.sizeServices),
          series.modeId ?? series.id,
          KIND_NAMES[series.kind],
          point.lowRules === null || point.highRules === null
            ? formatNumber(point.rules)
            : `${formatNumber(point.rules)} [${formatCount(point.lowRules)}, ${formatCount(point.highRules)}]`,
        ]),
      ),
    },
  };
}
