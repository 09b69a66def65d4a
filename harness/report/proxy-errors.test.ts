import { describe, expect, it } from 'vitest';
import { analyseRun } from '../analysis/analyse-run.ts';
import { LEGACY, makeSyntheticRun, NFTABLES } from '../analysis/testing/synthetic-run.ts';
import { findingsSchema } from '../model/findings.ts';
import type { ProxyErrors } from '../model/proxy-errors.ts';
import type { Run } from '../model/run.ts';
import { renderHtml } from './page/report-page.ts';
import { renderSummaryMarkdown } from './summary.ts';
import { renderTerminal } from './terminal.ts';

const quiet = makeSyntheticRun({ modes: [LEGACY, NFTABLES], sizesServices: [1], rounds: 2, requests: 200 });
const FAILED: ProxyErrors = {
  severity: 'error',
  source: 'proxier.go:991',
  count: 8,
  example: '"Failed to list nftables elements"',
};
const LATE: ProxyErrors = { severity: 'warning', source: 'x.go:1', count: 1, example: 'slow <tables>' };

/** Errors while the node stood up, and again in each trial of the mode. */
function loud(): Run {
  const ofMode = (modeId: string, errors: ProxyErrors[]) => (modeId === NFTABLES.id ? { proxyErrors: errors } : {});
  return {
    ...quiet,
    nodes: quiet.nodes.map((node) => ({ ...node, ...ofMode(node.modeId, [FAILED]) })),
    trials: quiet.trials.map((trial) => ({ ...trial, ...ofMode(trial.plan.modeId, [{ ...FAILED, count: 1 }, LATE]) })),
  };
}

describe('what kube-proxy complained of', () => {
  const findings = analyseRun(loud());
  const trials = quiet.trials.filter(({ plan }) => plan.modeId === NFTABLES.id).length;
  const counts = `${8 + trials} errors, ${trials} warnings`;

  it('is added up over standing up and all trials, by mode', () => {
    expect(findings.proxyErrors).toEqual([
      {
        modeId: NFTABLES.id,
        kinds: [
          { ...FAILED, count: 8 + trials },
          { ...LATE, count: trials },
        ],
      },
    ]);
    findingsSchema.parse(JSON.parse(JSON.stringify(findings)));
  });

  it('stands beside its mode, with an example, in the terminal, the summary and on the page', async () => {
    const { header } = quiet;
    const plain = (text: string) => text.replaceAll('\u00a0', ' ');
    const page = plain(await renderHtml({ findings, header }));
    for (const text of [renderTerminal(findings), renderSummaryMarkdown({ findings, header })].map(plain)) {
      expect(text).toContain(`${NFTABLES.id} (${8 + trials} errors)`);
      expect(text).toContain(counts);
      expect(text).toContain('Failed to list nftables elements');
      expect(text).not.toContain(`${LEGACY.id} (`);
    }
    expect(page).toContain(`${NFTABLES.id}: its kube-proxy logged ${counts}`);
    expect(page).toContain('slow &lt;tables&gt;');
  });

  it('is nowhere where there is nothing', () => {
    const none = analyseRun(quiet);
    expect(none).not.toHaveProperty('proxyErrors');
    expect(renderTerminal(none)).not.toContain('its kube-proxy logged');
  });
});
