import type { SiteDefinition } from "../contract.ts";
import { onIncrement } from "./increment.ts";
import { stateLeaves } from "./state-leaf.ts";

/**
 * Multiplies the increment of the state: h + (next - h)(1 + xi). At a cell with a drift f it multiplies that: f (1 + xi),
 * so Brownian increments are not multiplied; per square root of time it is the diffusion s f.
 *
 * With `uniform-decrement` of intensity m the factor is uniform on [1 - m, 1], the published noisy-RNN code; its mean
 * 1 - m/2 slows the dynamics, and evaluation without noise runs 1 / (1 - m/2) times as fast. With `bernoulli` a unit
 * skips its update with the given probability and makes up for it otherwise.
 */
export const update: SiteDefinition = {
  name: "update",
  summary: "multiplies the increment of the state, or the drift of a cell that gives one",
  references: ["lim2021"],
  multiplicative: true,
  perTrial: false,
  leaves: (cell) => stateLeaves("update", cell),
  onIncrement: () => true,
  diffusion: (_source, _state, drift) => drift,
  wrapper: (source, covered, cell, draw) => onIncrement("update", source, covered, cell, draw),
};
