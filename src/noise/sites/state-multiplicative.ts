import { add, mul } from "../../cell/expression.ts";
import type { SiteDefinition } from "../contract.ts";
import { drawAxis, onIncrement } from "./increment.ts";
import { stateLeaf, stateLeaves } from "./state-leaf.ts";

/**
 * Brownian motion in proportion to the state, next + h xi, or to the drift, next + (next - h) xi.
 *
 * Per square root of time, at a cell with a drift f, it is the diffusion s h or s f; otherwise h and the increment are
 * those before the step, and at a cell with a drift the increment is the drift's alone. `shared` gives all units one
 * Brownian motion, for which noise in proportion to the state of intensity s lowers every Lyapunov exponent by s^2 / 2
 * (stochastic stabilisation); with independent motions there is no such guarantee.
 */
export const stateMultiplicative: SiteDefinition = {
  name: "state-multiplicative",
  summary: "Brownian motion in proportion to the state or to the drift",
  references: ["lim2021"],
  multiplicative: true,
  perTrial: false,
  leaves: (cell) => stateLeaves("state-multiplicative", cell),
  onIncrement: ({ proportionalTo }) => proportionalTo === "drift",
  diffusion: ({ proportionalTo }, state, drift) => (proportionalTo === "drift" ? drift : state),
  wrapper: (source, covered, cell, draw) => {
    if (source.proportionalTo === "drift") return onIncrement("state-multiplicative", source, covered, cell, draw);
    return {
      next: (next, state, name, tracer) => {
        const leaf = stateLeaf("state-multiplicative", name, cell);
        if (!covered.includes(leaf)) return next;
        return add(next, mul(state, draw(tracer, leaf, drawAxis(source, state))));
      },
    };
  },
};
