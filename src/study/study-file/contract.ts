/** The axes of a study as its file nests them, read and checked. */
import type { AxisValue } from "../study.ts";

/** A value given to a place of the run file. Entries of axes and `set` each have one, made once. */
export interface Assignment {
  /** In full: "network.noise.0.intensity". */
  readonly path: string;
  readonly value: unknown;
  /** Column that it fills; null for what is set beside an axis. */
  readonly column: string | null;
  /** What stands in the column, and what conditions ask for; null for what is set to a list or mapping. */
  readonly label: AxisValue;
  /** Where the file says so, for messages: "axes.noise.intensity". */
  readonly place: string;
}

/** One value of an axis, with what goes with it. */
export interface AxisEntry {
  readonly assignment: Assignment;
  readonly settings: readonly Assignment[];
  /** Axes that only this value has. */
  readonly nested: AxisNode | null;
}

export interface ValuesNode {
  readonly kind: "values";
  readonly path: string;
  readonly column: string;
  readonly place: string;
  readonly entries: readonly AxisEntry[];
  readonly when: Condition | null;
}

export type AxisNode =
  | ValuesNode
  /** Every combination, the last fastest. */
  | { readonly kind: "product"; readonly parts: readonly AxisNode[]; readonly when: Condition | null }
  /** The first values of all, then the second, ... */
  | { readonly kind: "zip"; readonly axes: readonly ValuesNode[] }
  /** The points of one member after those of the other. */
  | { readonly kind: "union"; readonly members: readonly AxisNode[] }
  | { readonly kind: "set"; readonly assignment: Assignment };

/** What must hold for axes to apply: all of its tests. */
export type Condition = readonly ConditionTest[];

export interface ConditionTest {
  /** In full. */
  readonly path: string;
  readonly place: string;
  readonly rule:
    | { readonly kind: "any"; readonly values: readonly AxisValue[] }
    | { readonly kind: "none"; readonly values: readonly AxisValue[] }
    | {
        readonly kind: "range";
        readonly above?: number;
        readonly from?: number;
        readonly below?: number;
        readonly to?: number;
      };
}
