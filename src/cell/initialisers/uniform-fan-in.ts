import { uniforms } from "../../core/random.ts";
import { elementCount } from "../../core/tensor.ts";
import { fanIn, fanOption, type Initialiser } from "./contract.ts";

/**
 * U(-1 / sqrt(fanIn), 1 / sqrt(fanIn)): PyTorch's `Linear`, whose bias takes the fan-in of its layer (name its axis).
 *
 * PyTorch's `RNN` and `GRU` use it with fan "hidden" for every array.
 */
export const uniformFanIn: Initialiser = {
  name: "uniform-fan-in",
  summary: "U(-1, 1) / sqrt(fanIn), as PyTorch's Linear",
  references: [],
  options: { fan: fanOption },
  prepare: (target, { fan }) => {
    const bound = 1 / Math.sqrt(fanIn("uniform-fan-in", target, fan));
    return ({ key, place }) =>
      uniforms(new Float64Array(elementCount(target.rawShape)), key, place).map((u) => bound * (2 * u - 1));
  },
};
