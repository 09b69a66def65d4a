import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { TopLevelSpec } from 'vega-lite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyseRun } from '../../analysis/analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../../analysis/testing/synthetic-run.ts';
import { holdAgainstStudies } from '../../studies/table.ts';
import { renderRawSvg } from '../svg.ts';
import { findChromium, startChromium } from '../testing/browser.ts';
import {
  countChartsShown,
  countDrawings,
  findBadLabels,
  findWrongSettings,
  listShownViews,
  measureSidewaysPx,
  openAllDetails,
  readClipboard,
  readColours,
  readFocus,
  readStructure,
} from '../testing/page-probes.js';
import { makeSyntheticFindings, STUDY_SHAPE } from '../testing/synthetic-findings.ts';
import { makeSyntheticHeader } from '../testing/synthetic-header.ts';
import { makeSyntheticStudies } from '../testing/synthetic-study.ts';
import { renderHtml } from './report-page.ts';

const chromiumPath = await findChromium(process.env);
const mustRun = process.env.CI === 'true';
if (chromiumPath === null && !mustRun)
  console.warn('skipped: there is no Chromium on the PATH (apt-get install chromium)');

/** What a page did that it should not have done. */
interface Trouble {
  readonly texts: string[];
}

describe.skipIf(chromiumPath === null && !mustRun)('the page in Chromium', () => {
  let browser: Browser;
  let directory = '';
  const urls = { study: '', odd: '', analysed: '' };

  async function store(name: string, page: string): Promise<string> {
    const path = join(directory, `${name}.html`);
    await writeFile(path, page);
    return pathToFileURL(path).href;
  }

  beforeAll(async () => {
    browser = await startChromium(chromiumPath ?? 'chromium');
    directory = await mkdtemp(join(tmpdir(), 'report-page-'));
    urls.study = await store(
      'study',
      await renderHtml({
        findings: makeSyntheticFindings(),
        header: makeSyntheticHeader(),
        studies: makeSyntheticStudies(),
      }),
    );
    const modes = STUDY_SHAPE.modes.map((mode, index) => ({
      ...mode,
      id:
        index === 1 ? `<script>alert("x")</script> ${'long '.repeat(10)}` : index === 2 ? `${'i'.repeat(70)}` : mode.id,
    }));
    const odd = { ...STUDY_SHAPE, modes, sizesServices: [10_000], rounds: 1 };
    urls.odd = await store(
      'odd',
      await renderHtml({
        findings: makeSyntheticFindings(odd),
        header: makeSyntheticHeader(odd),
        studies: makeSyntheticStudies(odd),
      }),
    );
    const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], requests: 600 });
    const findings = analyseRun(run);
    urls.analysed = await store(
      'analysed',
      await renderHtml({ findings, header: run.header, studies: holdAgainstStudies(run, findings) }),
    );
  });

  afterAll(async () => {
    await browser?.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function open(url: string, options: BrowserContextOptions = {}): Promise<{ page: Page; trouble: Trouble }> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
    const page = await context.newPage();
    const trouble: Trouble = { texts: [] };
    page.on('console', (message) => trouble.texts.push(`console ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => trouble.texts.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      trouble.texts.push('dialog');
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) trouble.texts.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return { page, trouble };
  }

  test.each(['study', 'odd', 'analysed'] as const)('%s: no console message, no request, no dialog', async (name) => {
    const { page, trouble } = await open(urls[name]);
    await page.mouse.wheel(0, 20_000);
    expect(trouble.texts).toEqual([]);
    await page.context().close();
  });

  test('every drawing of every view has marks', async () => {
    const { page } = await open(urls.study);
    const { all, empty } = await page.evaluate(countDrawings);
    expect(all).toBeGreaterThan(50);
    expect(empty).toBe(0);
    await page.context().close();
  });

  test.each([
    ['study', 1100],
    ['odd', 1100],
    ['analysed', 1100],
    ['study', 360],
    ['odd', 360],
  ] as const)('%s at %d px: no label of any view is cut off or lies on another', async (name, width) => {
    const { page } = await open(urls[name], { viewport: { width, height: 900 } });
    await page.addStyleTag({ content: '.view{display:block!important}' });
    expect(await page.evaluate(findBadLabels)).toEqual([]);
    await page.context().close();
  });

  test.each(['study', 'odd', 'analysed'] as const)(
    '%s: 360 px wide, nothing scrolls sideways but boxes of their own',
    async (name) => {
      const { page } = await open(urls[name], { viewport: { width: 360, height: 740 } });
      await page.evaluate(openAllDetails);
      expect(await page.evaluate(measureSidewaysPx)).toBe(0);
      await page.context().close();
    },
  );

  test('a toggle changes the view by mouse', async () => {
    const { page } = await open(urls.study);
    expect(await page.evaluate(listShownViews, 'rtt')).toEqual(['rtt-0']);
    await page.locator('#rtt label', { hasText: /^p99$/ }).click();
    expect(await page.evaluate(listShownViews, 'rtt')).toEqual(['rtt-1']);
    await page.locator('#rtt label', { hasText: /^total$/ }).click();
    expect(await page.evaluate(listShownViews, 'rtt')).toEqual(['rtt-7']);
    await page.context().close();
  });

  test('toggles are reached by Tab and moved by arrows, with a visible focus', async () => {
    const { page } = await open(urls.study);
    await page.locator('#rtt-metric-0').focus();
    await page.keyboard.press('Tab');
    expect((await page.evaluate(readFocus)).id).toBe('rtt-statistic-0');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate(listShownViews, 'rtt')).toEqual(['rtt-2']);
    expect((await page.evaluate(readFocus)).outline).toBe('solid');
    await page.context().close();
  });

  test('each setting of each chart shows exactly one view', async () => {
    const { page } = await open(urls.study);
    expect(await page.evaluate(findWrongSettings)).toEqual([]);
    await page.context().close();
  });

  test('without JavaScript it shows the same charts and tables, and toggles still work', async () => {
    const { page } = await open(urls.study, { javaScriptEnabled: false });
    expect(await page.locator('#rtt .view[data-view="rtt-0"] svg').first().isVisible()).toBe(true);
    await page.locator('#rtt label', { hasText: /^mean$/ }).click();
    expect(await page.locator('#rtt .view[data-view="rtt-2"] svg').first().isVisible()).toBe(true);
    expect(await page.locator('#rtt .view[data-view="rtt-0"] svg').first().isVisible()).toBe(false);
    expect(await page.locator('table.claims').first().isVisible()).toBe(true);
    expect(await page.locator('#rtt title').count()).toBeGreaterThan(20);
    await page.context().close();
  });

  test('a point says its numbers when the mouse is over it', async () => {
    const { page } = await open(urls.study);
    const point = page.locator('#rtt .view[data-view="rtt-0"] path[data-tip*="iptables-nft, 10,000"]').first();
    await point.scrollIntoViewIfNeeded();
    await point.hover({ force: true });
    await expect
      .poll(() => page.locator('.tip').textContent())
      .toMatch(/iptables-nft, 10,000.Services: median handshake on the wire .*µs.*n = 8.rounds/);
    await page.context().close();
  });

  test('the specification of what is shown can be copied, and vega draws it', async () => {
    const { page, trouble } = await open(urls.study, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.locator('#rtt label', { hasText: /^p99$/ }).click();
    await page.locator('#rtt button').click();
    await page.locator('#rtt button', { hasText: 'Copied' }).waitFor();
    const copied: TopLevelSpec[] = JSON.parse(await page.evaluate(readClipboard));
    expect(copied).toHaveLength(2);
    expect(JSON.stringify(copied)).toContain('p99 handshake on the wire');
    for (const specification of copied) expect(await renderRawSvg(specification)).toMatch(/role-mark/);
    expect(trouble.texts).toEqual([]);
    await page.context().close();
  });

  test('light and dark differ in paper and ink, and print is light', async () => {
    const colours = (page: Page): Promise<string[]> => page.evaluate(readColours);
    const light = await open(urls.study, { colorScheme: 'light' });
    const dark = await open(urls.study, { colorScheme: 'dark' });
    expect(await colours(light.page)).toEqual(['rgb(254, 254, 254)', 'rgb(181, 56, 10)']);
    expect(await colours(dark.page)).toEqual(['rgb(20, 23, 26)', 'rgb(255, 122, 61)']);
    await dark.page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await colours(dark.page)).toEqual(await colours(light.page));
    await light.page.context().close();
    await dark.page.context().close();
  });

  test('in print every chart is there with its caption, and nothing to click', async () => {
    const { page } = await open(urls.study);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('fieldset:visible, button:visible, nav ul:visible').count()).toBe(0);
    expect(await page.evaluate(countChartsShown)).toBe(8);
    expect(await page.locator('#rtt .view-caption').first().isVisible()).toBe(true);
    expect((await page.pdf({ format: 'A4' })).byteLength).toBeGreaterThan(50_000);
    await page.context().close();
  });

  test('headings go down one step at a time, tables have captions, drawings and boxes have names', async () => {
    const { page } = await open(urls.study);
    const found = await page.evaluate(readStructure);
    expect(found.levels[0]).toBe(1);
    for (const [at, level] of found.levels.entries())
      expect(level - (found.levels[at - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(found).toMatchObject({ tablesWithoutCaption: 0, unnamed: 0, twice: [] });
    await page.context().close();
  });
});
