import { type Axis, scalarAxis } from "../../cell/axis.ts";
import { add, mul, sub } from "../../cell/expression.ts";
import type { SiteDefinition } from "../contract.ts";
import { stateLeaf, stateLeaves } from "./state-leaf.ts";

/**
 * Multiplies the increment of the state: h + (next - h)(1 + xi).
 *
 * With `uniform-decrement` of intensity m the factor is uniform on [1 - m, 1], the published noisy-RNN code; its mean
 * 1 - m/2 slows the dynamics, and evaluation without noise runs 1 / (1 - m/2) times as fast. With `bernoulli` a unit
 * skips its update with the given probability and makes up for it otherwise.
 */
export const update: SiteDefinition = {
  name: "update",
  summary: "multiplies the increment of the state",
  references: ["lim2021"],
  multiplicative: true,
  perTrial: false,
  leaves: (cell) => stateLeaves("update", cell),
  onIncrement: () => true,
  wrapper: (source, covered, cell, draw) => ({
    next: (next, state, name, tracer) => {
      const leaf = stateLeaf("update", name, cell);
      if (!covered.includes(leaf)) return next;
      const axis = source.shared === true ? scalarAxis : (state.axis as Axis);
      return add(next, mul(sub(next, state), draw(tracer, leaf, axis)));
    },
  }),
};
