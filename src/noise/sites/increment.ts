import { type Axis, scalarAxis } from "../../cell/axis.ts";
import type { Cell, Wrapper } from "../../cell/cell.ts";
import { add, type Expression, mul, sub } from "../../cell/expression.ts";
import type { Draw, NoiseSource } from "../contract.ts";
import { stateLeaf } from "./state-leaf.ts";

/** One draw for all units, or one each. */
export const drawAxis = (source: NoiseSource, state: Expression): Axis =>
  source.shared === true ? scalarAxis : (state.axis as Axis);

/**
 * A draw that multiplies the increment of the state: h + (next - h)(1 + xi).
 *
 * At a cell with a drift f it multiplies that, f (1 + xi), wherever the scheme asks for it, and no Brownian increment.
 */
export function onIncrement(
  kind: string,
  source: NoiseSource,
  covered: readonly string[],
  cell: Cell,
  draw: Draw,
): Wrapper {
  if (cell.drift === undefined) {
    return {
      next: (next, state, name, tracer) => {
        const leaf = stateLeaf(kind, name, cell);
        if (!covered.includes(leaf)) return next;
        return add(next, mul(sub(next, state), draw(tracer, leaf, drawAxis(source, state))));
      },
    };
  }
  return {
    drift: (drift, name, state, tracer) => {
      const leaf = stateLeaf(kind, name, cell);
      if (!covered.includes(leaf)) return drift;
      return mul(drift, add(1, draw(tracer, leaf, drawAxis(source, state))));
    },
  };
}
