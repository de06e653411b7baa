/** What evaluates element-wise rules. */
import type { RealArray } from "../contract.ts";
import type { FlatRule } from "./rule.ts";

export interface FlatEvaluator {
  /** Back end that evaluates. */
  readonly backend: string;
  /**
   * Evaluates a rule on several groups of arrays.
   *
   * @param groups per group the rule's inputs in order, all of one length >= 0 and one precision; only read
   * @param settings a number for each of the rule's settings
   * @returns per group the rule's outputs in order, fresh, of the group's length and precision
   */
  evaluate(
    rule: FlatRule,
    groups: readonly (readonly RealArray[])[],
    settings: Readonly<Record<string, number>>,
  ): readonly (readonly RealArray[])[];
}
