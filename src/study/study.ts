/** What a study is once its file has been read: axes, and the runs that they span. */
import type { RunSpec } from "./spec.ts";

/** What stands in a column of results for one value of an axis. */
export type AxisValue = string | number | boolean | null;

/** A quantity that a study varies. */
export interface StudyAxis {
  /** Column of results, unique in the study: "trainIntensity". */
  readonly name: string;
  /** What it sets, in the words of a run file: "network.noise.0.intensity". */
  readonly path: string;
  /** Its values in the order of the file, each once. */
  readonly values: readonly AxisValue[];
}

/** A number that a result must come close to, with the row of the table that holds it. */
export interface Expectation {
  /** Name of an analysis of the study. */
  readonly analysis: string;
  /** The row: columns with the values they must have. */
  readonly where: Readonly<Record<string, AxisValue>>;
  readonly column: string;
  /** Exactly one of the three. */
  readonly rule:
    | { readonly kind: "close"; readonly value: number; readonly tolerance: number; readonly isRelative: boolean }
    | { readonly kind: "equal"; readonly value: AxisValue }
    | { readonly kind: "range"; readonly min: number | null; readonly max: number | null };
  /** Where the expected value comes from; null when the file does not say. */
  readonly source: string | null;
}

/** A member of a registry with its options, as the file asks for it. */
export interface Request {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A study: everything that its file says, checked, with `extends` and overrides worked in. */
export interface Study {
  readonly name: string;
  readonly question: string;
  readonly axes: readonly StudyAxis[];
  readonly seeds: readonly number[];
  /** Tables that are made of all runs together: members of the registry of study analyses. */
  readonly analyses: readonly Request[];
  /** Members of the figure registry. */
  readonly figures: readonly Request[];
  readonly expected: readonly Expectation[];
  /** Keys of docs/references.bib or free text. */
  readonly references: readonly string[];
  /** The resolved document, JSON; `studyOf` makes the same study of it again. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** One run of a study. */
export interface StudyRun {
  /** SHA-256 of the specification and its format, 64 hexadecimal digits. */
  readonly id: string;
  readonly spec: RunSpec;
  /** Value of every axis, by its name; null where the axis does not apply. The seed is no axis. */
  readonly condition: Readonly<Record<string, AxisValue>>;
}

/** A task that a study names as optional, and whose data cannot be had. */
export interface LeftOutTask {
  readonly task: string;
  readonly reason: string;
}

/** All runs of a study, each once, seeds innermost. */
export interface StudyPlan {
  readonly study: Study;
  readonly runs: readonly StudyRun[];
  /** Tasks whose runs are not among them. */
  readonly leftOut: readonly LeftOutTask[];
}
