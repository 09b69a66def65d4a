import type { TopLevelSpec } from 'vega-lite';
import type { Findings } from '../../model/findings.ts';
import type { RunHeader } from '../../model/run.ts';
import type { StudyFinding } from '../../model/study.ts';
import type { ModeStyle } from '../mode-style.ts';

/** What a chart is built from. */
export interface ChartContext {
  readonly findings: Findings;
  readonly header: RunHeader;
  readonly styles: ReadonlyMap<string, ModeStyle>;
  readonly studies: readonly StudyFinding[];
}

/** One drawing. Panels of a view stand side by side where there is room and below each other where there is not. */
export interface ChartPanel {
  readonly spec: TopLevelSpec;
  readonly widthPx: number;
}

/** A group of radio buttons over a chart. */
export interface ChartToggle {
  readonly id: string;
  readonly legend: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** What is shown for one setting of all toggles; `choice` maps a toggle's id to its option's value. */
export interface ChartView {
  readonly choice: Readonly<Record<string, string>>;
  readonly panels: readonly ChartPanel[];
  /** What this view shows, for print and for those who do not see it. */
  readonly caption: string;
}

/** The numbers behind a chart, already formatted. */
export interface ChartTable {
  readonly caption: string;
  readonly columns: readonly { readonly label: string; readonly numeric: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

export type Chart =
  | {
      readonly kind: 'drawn';
      readonly id: string;
      /** Says what the chart shows: a finding where the data permits. */
      readonly title: string;
      readonly explanation: string;
      readonly toggles: readonly ChartToggle[];
      readonly views: readonly ChartView[];
      /** Drawn below whatever view is chosen. */
      readonly always?: readonly ChartPanel[];
      readonly table: ChartTable;
    }
  | {
      readonly kind: 'absent';
      readonly id: string;
      readonly title: string;
      /** Why there is nothing to draw, and which scenario fills it. */
      readonly why: string;
    };

/** Only toggles with a choice to make are shown. */
export function usefulToggles(toggles: readonly ChartToggle[]): ChartToggle[] {
  return toggles.filter((toggle) => toggle.options.length > 1);
}
