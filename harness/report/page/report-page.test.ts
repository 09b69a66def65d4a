import { beforeAll, describe, expect, test } from 'vitest';
import { analyseRun } from '../../analysis/analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../../analysis/testing/synthetic-run.ts';
import type { Findings } from '../../model/findings.ts';
import type { Run, RunHeader } from '../../model/run.ts';
import { holdAgainstStudies } from '../../studies/table.ts';
import { renderSummaryMarkdown, SUMMARY_MOST_BYTES } from '../summary.ts';
import { makeSyntheticFindings, STUDY_SHAPE } from '../testing/synthetic-findings.ts';
import { makeSyntheticHeader } from '../testing/synthetic-header.ts';
import { makeSyntheticStudies } from '../testing/synthetic-study.ts';
import { renderHtml } from './report-page.ts';

const HOSTILE = `"><script>alert('x')</script><!-- & ]]> ${'very long '.repeat(5)}`.slice(0, 80);

describe('the page of a study', () => {
  let page = '';
  beforeAll(async () => {
    page = await renderHtml({
      findings: makeSyntheticFindings(),
      header: makeSyntheticHeader(),
      studies: makeSyntheticStudies(),
    });
  });

  test('has its parts in the order of the issue', () => {
    const places = ['answer', 'claims', 'charts', 'differences', 'method', 'environment', 'warnings', 'raw'].map((id) =>
      page.indexOf(`<h2 id="${id}"`),
    );
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('is one file under 3 MB that names no address to fetch', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
    const addresses = page.match(/(?:src|href)="[^"#]*"/g) ?? [];
    expect(addresses.filter((address) => /:\/\//.test(address))).toEqual([]);
    expect(page).not.toMatch(/@import|url\(/);
  });

  test('says at most three sentences first, with sizes and intervals', () => {
    const answer = page
      .slice(page.indexOf('<h2 id="answer"'), page.indexOf('<h2 id="claims"'))
      .replaceAll('\u00a0', ' ');
    expect(answer).toContain(
      'At 10,000 Services and with a new connection for each request, iptables-nft is slower than nftables',
    );
    expect(answer).toMatch(/151 µs \[137, 166\] more/);
    expect(answer.split('</p>').length - 1).toBeLessThanOrEqual(4);
  });

  test('gives the same bytes for the same findings', async () => {
    const again = await renderHtml({
      findings: makeSyntheticFindings(),
      header: makeSyntheticHeader(),
      studies: makeSyntheticStudies(),
    });
    expect(again === page).toBe(true);
  });
});

/** What `report` shows of a run. */
function shown(run: Run) {
  const findings = analyseRun(run);
  return { findings, header: run.header, studies: holdAgainstStudies(run, findings) };
}

describe('hostile strings', () => {
  const modes = STUDY_SHAPE.modes.map((mode, index) => ({ ...mode, id: index === 1 ? HOSTILE : mode.id }));
  const shape = { ...STUDY_SHAPE, sizesServices: [1, 10_000], modes };
  const header: RunHeader = {
    ...makeSyntheticHeader(shape),
    command: [HOSTILE],
    statusReason: HOSTILE,
    status: 'failed',
  };
  const findings: Findings = { ...makeSyntheticFindings(shape), scenarioName: HOSTILE, runId: HOSTILE };

  test('come out of the page as text', async () => {
    const page = await renderHtml({ findings, header, studies: makeSyntheticStudies(shape) });
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;script&gt;alert');
    // One script that runs, and the data block.
    expect(page.match(/<script/g)).toHaveLength(2);
  });

  test('come out of the summary as text, and end no table cell', () => {
    const summary = renderSummaryMarkdown({ findings: { ...findings, modeIds: [`a|b\n| c`, HOSTILE] }, header });
    expect(summary).not.toContain('<script>');
    expect(summary).toContain('a\\|b \\| c');
  });
});

describe('a run that cannot say much', () => {
  const cases: [string, Run, RegExp][] = [
    ['only invalid trials', makeSyntheticRun({ isInvalid: () => true }), /cannot|invalid/i],
    ['one mode', makeSyntheticRun({ modes: [LEGACY] }), /one mode|no other mode|compare/i],
    ['one size', makeSyntheticRun({ sizesServices: [1000] }), /one size|size/i],
    ['one round', makeSyntheticRun({ rounds: 1 }), /too few|round/i],
    ['no trial at all', { ...makeSyntheticRun(), trials: [], nodes: [] }, /cannot|no valid/i],
  ];

  test.each(cases)('%s: the page and the summary are made, and say so', async (_, run, words) => {
    const page = await renderHtml(shown(run));
    const answer = page.slice(page.indexOf('<h2 id="answer"'), page.indexOf('<h2 id="claims"'));
    expect(answer.replace(/<[^>]+>/g, ' ')).toMatch(words);
    expect(page.replace(/<script[\s\S]*?<\/script>/g, '')).not.toMatch(/NaN|undefined|Infinity/);
    expect(renderSummaryMarkdown(shown(run))).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the summary', () => {
  test('is what it was (golden)', async () => {
    const shape = { ...STUDY_SHAPE, sizesServices: [1, 10_000] };
    const summary = renderSummaryMarkdown({
      findings: makeSyntheticFindings(shape),
      header: makeSyntheticHeader(shape),
      studies: makeSyntheticStudies(shape),
    });
    await expect(summary).toMatchFileSnapshot('./testing/summary.golden.txt');
  });

  test('of an analysed small run is what it was (golden)', async () => {
    const run = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1, 1000], rounds: 4, requests: 400 });
    const summary = renderSummaryMarkdown(shown(run));
    await expect(summary).toMatchFileSnapshot('./testing/analysed-summary.golden.txt');
  });

  test('fits a comment, however many sizes there are', () => {
    const sizesServices = Array.from({ length: 40 }, (_, index) => 1 + index * 250);
    const shape = { ...STUDY_SHAPE, sizesServices };
    const summary = renderSummaryMarkdown({
      findings: makeSyntheticFindings(shape),
      header: makeSyntheticHeader(shape),
      studies: makeSyntheticStudies(shape),
    });
    expect(Buffer.byteLength(summary)).toBeLessThan(SUMMARY_MOST_BYTES + 1);
    expect(summary).toContain('The rest did not fit here');
    expect(summary).toContain('9,751');
  });
});
