/**
 * What a figure is: a pure function from plain rows to Vega-Lite specifications with their data inside.
 *
 * A specification is data: it can be read, changed and drawn by any Vega-Lite tool without noisy-rnn. Drawing it here is the
 * work of platform/node/figure-render.ts.
 */

import type { TopLevelSpec } from "vega-lite";

export type FigureCell = string | number | boolean | null;
export type FigureRow = Readonly<Record<string, FigureCell>>;

/** The loss of one trained network at one noise intensity at test. */
export interface PreferenceRow {
  readonly task: string;
  readonly cell: string;
  /** Where the noise enters: "inside" or "outside" the activation. */
  readonly site: string;
  readonly activation: string;
  readonly trainIntensity: number;
  readonly seed: number;
  readonly testIntensity: number;
  /** null or not finite: the run failed. */
  readonly loss: number | null;
  /** Share of right answers in 0..1; null where the task has no classes. */
  readonly accuracy: number | null;
}

/** What the sweeps of all seeds of one condition say together. */
export interface PreferenceSummary {
  readonly task: string;
  readonly cell: string;
  readonly site: string;
  readonly activation: string;
  readonly trainIntensity: number;
  readonly seeds: number;
  readonly preferredIntensity: number | null;
  /** Ends of the 95 % bootstrap interval of the preferred intensity. */
  readonly preferredLow: number | null;
  readonly preferredHigh: number | null;
  readonly lossAtZero: number | null;
  readonly lossAtTraining: number | null;
  readonly lossAtPreferred: number | null;
  readonly accuracyAtZero?: number | null;
  readonly accuracyAtTraining?: number | null;
  /** A sentence or less: what was found against what was expected. */
  readonly verdict?: string;
}

/** The loss of one run at one update. */
export interface TrainingRow {
  /** Name of the run or condition; runs of the same name differ by seed only. */
  readonly run: string;
  readonly seed: number;
  readonly update: number;
  readonly quantity: "training" | "validation";
  /** null or not finite: the run failed here. */
  readonly loss: number | null;
}

/** What an analysis found about one trained network. */
export interface NetworkFindings {
  readonly analysis: string;
  /** The network's run in a line. */
  readonly title: string;
  readonly seed: number;
  /** What the network is, by the columns of runs: task, cell, site, trainIntensity, ...; and the axes of its study. */
  readonly labels: FigureRow;
  readonly numbers: readonly { readonly name: string; readonly meaning: string; readonly value: number | null }[];
  readonly tables: readonly FindingsTable[];
  readonly warnings: readonly string[];
}

/** Rows of one kind, from which figures are drawn. */
export interface FindingsTable {
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly { readonly name: string; readonly meaning: string }[];
  readonly rows: readonly FigureRow[];
}

/** How a task is called for people. */
export interface TaskLabel {
  readonly title: string;
  /** Name of the loss with its unit, for an axis: "mean squared error", "cross-entropy (nats)". */
  readonly loss: string;
  /** Names of its parts in the order in which they are shown. */
  readonly parts?: readonly string[];
}

/** All tables that figures can be drawn from; a figure whose table is absent draws nothing. */
export interface FigureData {
  readonly preferenceRows?: readonly PreferenceRow[];
  readonly preferenceSummary?: readonly PreferenceSummary[];
  readonly trainingRows?: readonly TrainingRow[];
  /** One entry per network and analysis. */
  readonly findings?: readonly NetworkFindings[];
  /** What must be said on every figure beside what its rows show. */
  readonly warnings?: readonly string[];
  /** By task name; a task without a label is shown by its name. */
  readonly taskLabels?: Readonly<Record<string, TaskLabel>>;
  /** What all rows share and rows of other figures do not: "Hidden units: 8"; it stands behind every title. */
  readonly setting?: string;
}

export interface Figure {
  /** Name of its files and anchor, unique in a set: kebab-case. */
  readonly name: string;
  readonly title: string;
  /** What is drawn, over how many seeds, and what an interval is. */
  readonly caption: string;
  /** The same for those who do not see it, with the numbers that matter. */
  readonly alternative: string;
  /** What a reader must know before believing it; these stand on the figure itself. */
  readonly warnings: readonly string[];
  readonly specification: TopLevelSpec;
  /** What was measured; the rows that are drawn are inside the specification, under the same names. */
  readonly data: readonly FigureRow[];
  /** What was computed from many rows, with intervals; inside the specification too. */
  readonly estimates?: readonly FigureRow[];
  /** SQL over the views of a study's results that gives `data`; only of figures of a study. */
  readonly query?: string;
  /** What the query gives, where the figure shows what is computed from it; a sentence. */
  readonly queryNote?: string;
}

/** A member of the figure registry. */
export interface FigureDefinition {
  readonly name: string;
  /** One sentence: the question it answers. */
  readonly summary: string;
  /** Analyses of networks whose findings it draws; absent: it draws other tables. Studies may ask for it by its name. */
  readonly analyses?: readonly string[];
  draw(data: FigureData): readonly Figure[];
}
