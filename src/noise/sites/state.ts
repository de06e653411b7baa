import type { Axis } from "../../cell/axis.ts";
import { add } from "../../cell/expression.ts";
import type { SiteDefinition } from "../contract.ts";
import { stateLeaf, stateLeaves } from "./state-leaf.ts";

/**
 * Added to the state after the step: next + xi.
 *
 * Per square root of time, at a cell with a drift, it is the diffusion of dh = f dt + s dB.
 */
export const state: SiteDefinition = {
  name: "state",
  summary: "added to the state after each step; a Brownian increment with scaling per-sqrt-time",
  references: ["lim2021"],
  multiplicative: false,
  perTrial: false,
  leaves: (cell) => stateLeaves("state", cell),
  onIncrement: () => false,
  diffusion: () => undefined,
  wrapper: (_source, covered, cell, draw) => ({
    next: (next, before, name, tracer) => {
      const leaf = stateLeaf("state", name, cell);
      return covered.includes(leaf) ? add(next, draw(tracer, leaf, before.axis as Axis)) : next;
    },
  }),
};
