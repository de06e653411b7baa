import { type Axis, scalarAxis } from "../../cell/axis.ts";
import { add, mul, sub } from "../../cell/expression.ts";
import type { SiteDefinition } from "../contract.ts";
import { stateLeaf, stateLeaves } from "./state-leaf.ts";

/**
 * Brownian motion in proportion to the state, next + h xi, or to the drift, next + (next - h) xi.
 *
 * Ito: h and the drift are those before the step. `shared` gives all units one Brownian motion, for which noise in
 * proportion to the state of intensity s lowers every Lyapunov exponent by s^2 / 2 (stochastic stabilisation); with
 * independent motions there is no such guarantee.
 */
export const stateMultiplicative: SiteDefinition = {
  name: "state-multiplicative",
  summary: "Brownian motion in proportion to the state or to the drift",
  references: ["lim2021"],
  multiplicative: true,
  perTrial: false,
  leaves: (cell) => stateLeaves("state-multiplicative", cell),
  onIncrement: ({ proportionalTo }) => proportionalTo === "drift",
  wrapper: (source, covered, cell, draw) => ({
    next: (next, state, name, tracer) => {
      const leaf = stateLeaf("state-multiplicative", name, cell);
      if (!covered.includes(leaf)) return next;
      const axis = source.shared === true ? scalarAxis : (state.axis as Axis);
      const factor = source.proportionalTo === "drift" ? sub(next, state) : state;
      return add(next, mul(factor, draw(tracer, leaf, axis)));
    },
  }),
};
