import type { TopLevelSpec } from 'vega-lite';
import type { Chart, ChartPanel } from './chart.ts';
import type { Layer } from './panel.ts';
import { INK } from './theme.ts';

const MARK = 'emulated CPU';
const CAVEAT =
  'The CPU was emulated: absolute times and shares mean nothing; what grows with the number of Services grows, and what does not does not.';
const MARK_PX = 26;

/** The chart of an emulated run says so in its words, and on every panel across the plot: also where the drawing alone is passed on, or its specification. */
export function markEmulated(chart: Chart): Chart {
  if (chart.kind === 'absent') return chart;
  return {
    ...chart,
    explanation: `${chart.explanation} ${CAVEAT}`,
    views: chart.views.map((view) => ({ ...view, panels: markPanels(view.panels) })),
    ...(chart.always === undefined ? {} : { always: markPanels(chart.always) }),
  };
}

export function markPanels(panels: readonly ChartPanel[]): ChartPanel[] {
  return panels.map((panel) => ({ ...panel, spec: markSpec(panel.spec) }));
}

/** Behind everything else that is drawn. */
function markSpec(spec: TopLevelSpec): TopLevelSpec {
  if (!('layer' in spec) || typeof spec.width !== 'number' || typeof spec.height !== 'number')
    throw new Error('a panel is layers of a size in pixels');
  const mark: Layer = {
    data: { values: [{}] },
    mark: {
      type: 'text',
      text: MARK,
      fontSize: Math.min(MARK_PX, spec.height / 2),
      fontWeight: 700,
      opacity: 0.22,
      color: INK.quiet,
      aria: false,
    },
    encoding: { x: { value: spec.width / 2 }, y: { value: spec.height / 2 } },
  };
  return { ...spec, description: `${spec.description ?? ''} (${MARK})`, layer: [mark, ...spec.layer] };
}
