import { ParameterError } from "../../core/errors.ts";
import { uniforms } from "../../core/random.ts";
import { shapeText } from "../../core/tensor.ts";
import type { Initialiser } from "./contract.ts";

/**
 * U(-b, b), b = gain sqrt(6 / (rows + columns)): a compromise between keeping the variance of signals forward and of
 * gradients backward. Source: glorot2010, equation 16.
 */
export const glorotUniform: Initialiser = {
  name: "glorot-uniform",
  summary: "U(-1, 1) gain sqrt(6 / (rows + columns)), of Glorot and Bengio",
  references: ["glorot2010"],
  options: { gain: { type: "number", default: 1, from: 0, remedy: "1 is the published value" } },
  prepare: ({ parameter, rawShape }, { gain }) => {
    if (rawShape.length !== 2) {
      throw new ParameterError({
        place: `glorot-uniform for ${parameter}`,
        rule: `needs a matrix, got ${shapeText(rawShape)}`,
        remedy: "use zeros, constant or uniform-fan-in",
      });
    }
    const [rows, columns] = rawShape;
    const bound = (gain as number) * Math.sqrt(6 / (rows + columns));
    return ({ key, place }) => uniforms(new Float64Array(rows * columns), key, place).map((u) => bound * (2 * u - 1));
  },
};
