import { expect, it } from 'vitest';
import { renderSummaryMarkdown } from './summary.ts';
import { renderTerminal } from './terminal.ts';
import { makeSyntheticFindings } from './testing/synthetic-findings.ts';
import { makeSyntheticHeader } from './testing/synthetic-header.ts';

it("a mode's lost connections stand in the terminal and in the summary", () => {
  const message = 'ipvs: 6 of 2000 connections sent their SYN more than once or got no answer';
  const lost = { code: 'connections-lost', message, remedy: 'look for drops' };
  const findings = { ...makeSyntheticFindings(), limits: [lost] };
  expect(renderTerminal(findings)).toContain(message);
  expect(renderSummaryMarkdown({ findings, header: makeSyntheticHeader() })).toContain(message);
});
