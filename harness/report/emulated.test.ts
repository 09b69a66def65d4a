import { expect, test } from 'vitest';
import { analyseRun } from '../analysis/analyse-run.ts';
import { compareRuns } from '../analysis/compare/compare-runs.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';
import type { Run } from '../model/run.ts';
import { renderComparisonHtml } from './comparison/comparison-page.ts';
import { renderHtml } from './page/report-page.ts';
import { renderSiteIndex } from './site/index-page.ts';
import { renderSummaryMarkdown } from './summary.ts';

const MARK = 'emulated CPU';

function runIn(execution: 'native' | 'emulated', id: string): Run {
  const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1, 1000], rounds: 4, requests: 200 });
  const environment = { ...run.header.environment, execution };
  const used = execution === 'emulated' ? { usedRateRps: 40 } : {};
  return { ...run, header: { ...run.header, id, environment, ...used } };
}

const drawingsOf = (page: string) => page.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
const isMarked = (drawing: string) => drawing.includes(MARK);

const native = runIn('native', 'native');
const emulated = runIn('emulated', 'emulated');

test('every drawing in the report of an emulated run is marked, and none of another', async () => {
  const page = (run: Run) => renderHtml({ findings: analyseRun(run), header: run.header });
  const marked = drawingsOf(await page(emulated));
  expect(marked.length).toBeGreaterThan(20);
  expect(marked.filter((drawing) => !isMarked(drawing))).toEqual([]);
  expect(drawingsOf(await page(native)).filter(isMarked)).toEqual([]);
});

test('summary and page say the rate that was used and the one that was asked for', async () => {
  const findings = analyseRun(emulated);
  const summary = renderSummaryMarkdown({ findings, header: emulated.header });
  expect(summary).toContain('testbed netns (emulated CPU) · 40 requests/s (asked for: 1,000)');
  expect(await renderHtml({ findings, header: emulated.header })).toContain('40 requests/s (asked for: 1,000)');
});

test('every drawing in a comparison of emulated runs is marked', async () => {
  const compare = async (runs: readonly Run[]) =>
    drawingsOf(
      await renderComparisonHtml(
        compareRuns(runs, { axis: 'kernel', forced: true, rules: [] }),
        native.header.scenario.modes,
      ),
    );
  const marked = await compare([emulated, runIn('emulated', 'again')]);
  expect(marked.length).toBeGreaterThan(4);
  expect(marked.every(isMarked)).toBe(true);
  expect((await compare([native, runIn('native', 'again')])).some(isMarked)).toBe(false);
});

test('on a site, emulated runs have a history of their own', async () => {
  const publish = (runs: readonly Run[]) =>
    renderSiteIndex(runs.map((run) => ({ header: run.header, findings: analyseRun(run) })));
  const index = await publish([native, runIn('native', 'again'), emulated]);
  expect(drawingsOf(index).some(isMarked)).toBe(false);
  expect(index).toContain('the next run of scenario synthetic (emulated) that is published starts it');
  const both = drawingsOf(await publish([native, runIn('native', 'again'), emulated, runIn('emulated', 'more')]));
  expect(both.filter(isMarked).length * 2).toBe(both.length);
});
