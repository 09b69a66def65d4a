import { Ajv } from 'ajv';
import vegaLiteSchema from 'vega-lite/vega-lite-schema.json' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import type { Findings } from '../../model/findings.ts';
import { assignModeStyles } from '../mode-style.ts';
import { renderRawSvg } from '../svg.ts';
import {
  makeSyntheticFindings,
  STUDY_SHAPE,
  SYNTHETIC_MODES,
  type SyntheticShape,
} from '../testing/synthetic-findings.ts';
import { makeSyntheticHeader } from '../testing/synthetic-header.ts';
import { makeSyntheticStudies } from '../testing/synthetic-study.ts';
import { makeCharts } from './all-charts.ts';
import type { Chart, ChartPanel } from './chart.ts';

const ajv = new Ajv({ strict: false, validateFormats: false });
const isVegaLite = ajv.compile(vegaLiteSchema);

const ONE_SIZE: SyntheticShape = { ...STUDY_SHAPE, sizesServices: [10_000] };
const ONE_MODE: SyntheticShape = { ...STUDY_SHAPE, modes: SYNTHETIC_MODES.slice(1, 2) };
const ONE_ROUND: SyntheticShape = { ...STUDY_SHAPE, rounds: 1 };

function chartsOf(
  shape: SyntheticShape,
  change: (findings: Findings) => Findings = (findings) => findings,
  studies = makeSyntheticStudies(shape),
): Chart[] {
  const findings = change(makeSyntheticFindings(shape));
  const header = makeSyntheticHeader(shape);
  const styles = assignModeStyles(findings.modeIds, header.scenario.modes);
  return makeCharts({ findings, header, styles, studies });
}

function panelsOf(charts: readonly Chart[]): ChartPanel[] {
  return charts.flatMap((chart) =>
    chart.kind === 'absent' ? [] : [...chart.views.flatMap((view) => view.panels), ...(chart.always ?? [])],
  );
}

describe.each([
  ['a study', STUDY_SHAPE],
  ['one size', ONE_SIZE],
  ['one mode', ONE_MODE],
  ['one round', ONE_ROUND],
  ['all of these', { ...ONE_SIZE, modes: ONE_MODE.modes, rounds: 1 }],
])('charts of %s', (_, shape) => {
  const charts = chartsOf(shape);

  test("fit vega-lite's own schema", () => {
    for (const panel of panelsOf(charts)) {
      const fits = isVegaLite(panel.spec);
      expect(ajv.errorsText(isVegaLite.errors)).toBe('No errors');
      expect(fits).toBe(true);
    }
  });

  test('are drawn by vega with marks, and vega-lite bends nothing', async () => {
    const warnings: string[] = [];
    for (const panel of panelsOf(charts)) {
      const svg = await renderRawSvg(panel.spec, (warning) => warnings.push(warning));
      expect(svg).toMatch(/role-mark[^>]*>\s*<(?:path|line|text|g|rect)/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(warnings).toEqual([]);
  });

  test('have as many cells in a row of their table as there are columns', () => {
    for (const chart of charts) {
      if (chart.kind === 'absent') continue;
      for (const row of chart.table.rows) expect(row).toHaveLength(chart.table.columns.length);
    }
  });
});

describe('charts', () => {
  test('are eight, in the order of the page', () => {
    const ids = chartsOf(STUDY_SHAPE).map((chart) => chart.id);
    expect(ids).toEqual(['rtt', 'cpu', 'rules', 'percentiles', 'rule-index', 'programming', 'timeline', 'backends']);
  });

  test('without data are sentences that say which scenario fills them, never empty frames', () => {
    const empty = (findings: Findings): Findings => ({
      ...findings,
      estimates: [],
      rules: [],
      ruleIndex: [],
      nodes: [],
      distributions: [],
      backends: [],
      timeline: { slices: [], trials: [], syncs: [] },
    });
    const charts = chartsOf(STUDY_SHAPE, empty, []);
    for (const chart of charts) {
      expect(chart.kind).toBe('absent');
      if (chart.kind === 'absent') expect(chart.why).toMatch(/scenario/i);
    }
  });

  test('mark the published +35 % and +8 % only where 10,000 Services stand beside a smaller size', () => {
    const texts = (shape: SyntheticShape): string =>
      JSON.stringify(panelsOf(chartsOf(shape)).map((panel) => panel.spec));
    expect(texts(STUDY_SHAPE)).toContain('2019: +35 %');
    expect(texts(STUDY_SHAPE)).toContain('2019: +8 %');
    expect(texts(ONE_SIZE)).not.toContain('2019: +35 %');
  });

  test('of CPU hold their bars also when classes cancel each other', () => {
    const charts = chartsOf(ONE_SIZE, (findings) => ({
      ...findings,
      estimates: findings.estimates.map((one) => {
        const values: Record<string, number> = { cpu: 0.01, 'cpu.system': -0.4, 'cpu.user': 0.4 };
        const value = values[one.quantity];
        return value === undefined ? one : { ...one, value, low: null, high: null };
      }),
    }));
    const cpu = charts.find((chart) => chart.id === 'cpu');
    const text = JSON.stringify(cpu?.kind === 'drawn' ? cpu.views[0]?.panels[0]?.spec : null);
    const [, low, high] =
      /"from","type":"quantitative","scale":\{"type":"linear","domain":\[([^,]+),([^\]]+)\]/.exec(text) ?? [];
    expect(Number(low)).toBeLessThanOrEqual(-40);
    expect(Number(high)).toBeGreaterThanOrEqual(40);
  });

  test('toggle between p50, p99 and mean', () => {
    const rtt = chartsOf(STUDY_SHAPE)[0];
    const statistic = rtt?.kind === 'drawn' ? rtt.toggles.find((toggle) => toggle.id === 'statistic') : undefined;
    expect(statistic?.options.map((option) => option.value)).toEqual(['p50', 'p99', 'mean']);
  });

  test('tell a finding in the title when the slopes say one', () => {
    const title = chartsOf(STUDY_SHAPE)[0]?.title;
    expect(title).toBe(
      'With a new connection for each request, a handshake takes longer the more Services there are in iptables-legacy and iptables-nft, and not in none, ipvs and nftables',
    );
    expect(chartsOf(ONE_SIZE)[0]?.title).toMatch(/^Response time at 10,000/);
  });

  test('give a mode one colour everywhere', () => {
    const styles = assignModeStyles(
      STUDY_SHAPE.modes.map((mode) => mode.id),
      STUDY_SHAPE.modes,
    );
    const known = new Set([...styles.values()].flatMap((style) => [style.lightColour, style.lightInk]));
    const used =
      JSON.stringify(panelsOf(chartsOf(STUDY_SHAPE)).map((panel) => panel.spec)).match(/#[0-9a-f]{6}/g) ?? [];
    const inks = new Set(['#1c2024', '#5c6670', '#9aa3ab', '#e4e7ea', '#fefefe']);
    expect(used.filter((colour) => !known.has(colour) && !inks.has(colour))).toEqual([]);
  });
});
