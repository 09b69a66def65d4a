import type { RulesSeries } from '../../model/findings.ts';
import { formatCount, formatNumber, formatServices } from '../format-number.ts';
import type { ModeStyle } from '../mode-style.ts';
import type { Chart, ChartContext, ChartPanel, ChartView } from './chart.ts';
import { FULL_PX, modeLabels } from './panel.ts';
import { type SizePoint, sizeLinesPanel } from './size-lines.ts';
import { INK } from './theme.ts';

const CALICO: ModeStyle = {
  modeId: 'Calico',
  lightColour: INK.text,
  darkColour: INK.text,
  lightInk: INK.text,
  darkInk: INK.text,
  dash: [2, 3],
  shape: 'cross',
};

const KIND_NAMES: Readonly<Record<RulesSeries['kind'], string>> = {
  measured: "counted by the kernel's own counters",
  'position-model': "from the rules' places in the chain (model)",
  'calico-model': 'documented chains (model)',
};

function pointsOf(series: RulesSeries): SizePoint[] {
  const modeId = series.modeId ?? series.id;
  return series.points.map((point) => ({
    modeId,
    sizeServices: point.sizeServices,
    y: point.rules,
    low: point.lowRules,
    high: point.highRules,
    tip: `${series.modeId ?? 'Calico'}, ${formatServices(point.sizeServices)}: ${formatNumber(point.rules)} rules per new connection, ${KIND_NAMES[series.kind]}`,
  }));
}

/** Modes whose connections meet no rule at all have no place on a log axis; the text names them. */
function isDrawn(series: RulesSeries): boolean {
  return series.points.some((point) => point.rules > 0);
}

function panelOf(kind: RulesSeries['kind'], context: ChartContext): ChartPanel {
  const { findings, styles } = context;
  const chosen = findings.rules
    .filter((series) => series.kind === kind || series.kind === 'calico-model')
    .filter(isDrawn);
  const calico = chosen.filter((series) => series.modeId === null);
  const withCalico = new Map([...styles, ...calico.map((series): [string, ModeStyle] => [series.id, CALICO])]);
  const title = kind === 'measured' ? 'Counted in the kernel' : "Model: from the rules' places";
  return sizeLinesPanel({
    title,
    description: `Rules run per new connection against the number of Services, ${KIND_NAMES[kind]}.`,
    unit: 'rules per new connection (log scale)',
    points: chosen.flatMap(pointsOf).sort((a, b) => a.sizeServices - b.sizeServices),
    sizesServices: [
      ...new Set(findings.rules.flatMap((series) => series.points.map((point) => point.sizeServices))),
    ].sort((a, b) => a - b),
    styles: withCalico,
    yKind: 'log',
    yValues: findings.rules.flatMap((series) => series.points.map((point) => point.rules)),
    widthPx: FULL_PX * 0.8,
    extraLabels: new Map([
      ...modeLabels(styles),
      ...calico.map((series): [string, string] => [series.id, 'Calico (model)']),
    ]),
  });
}

/** Chart 3 of the study: rules that one new connection runs through, with Calico's series. */
export function rulesChart(context: ChartContext): Chart {
  const id = 'rules';
  const title = 'Rules that one new connection runs through, kube-proxy beside Calico';
  const { rules } = context.findings;
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
  const views: ChartView[] = kinds.map((kind) => ({
    choice: { kind },
    panels: [panelOf(kind, context)],
    caption: kind === 'measured' ? 'Counted in the kernel' : 'Position model',
  }));
  const sources = [...new Set(rules.map((series) => series.source))].join(' ');
  return {
    kind: 'drawn',
    id,
    title,
    explanation: `${sources}${without.length === 0 ? '' : ` No rule at all is met in ${without.join(', ')}.`}`,
    toggles: [
      {
        id: 'kind',
        legend: 'Rules',
        options: kinds.map((value) => ({ value, label: value === 'measured' ? 'counted' : 'position model' })),
      },
    ],
    views,
    table: {
      caption: 'Rules run per new connection',
      columns: [
        { label: 'Services', numeric: true },
        { label: 'Series', numeric: false },
        { label: 'How it is known', numeric: false },
        { label: 'Rules', numeric: true },
      ],
      rows: rules.flatMap((series) =>
        series.points.map((point) => [
          formatCount(point.sizeServices),
          series.modeId ?? 'Calico',
          KIND_NAMES[series.kind],
          point.lowRules === null || point.highRules === null
            ? formatNumber(point.rules)
            : `${formatNumber(point.rules)} [${formatCount(point.lowRules)}, ${formatCount(point.highRules)}]`,
        ]),
      ),
    },
  };
}
