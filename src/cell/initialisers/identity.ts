import { ParameterError } from "../../core/errors.ts";
import { normals } from "../../core/random.ts";
import { shapeText } from "../../core/tensor.ts";
import type { Initialiser } from "./contract.ts";

/** gain I + N(0, noise^2 / n): a memory of time constant tau / (1 - gain) for a leaky linear unit, and some variety. */
export const identity: Initialiser = {
  name: "identity",
  summary: "gain times the identity, plus N(0, noise^2 / n)",
  references: ["le2015"],
  options: {
    gain: { type: "number", default: 1, remedy: "0.5 to 1 is usual" },
    noise: { type: "number", default: 0, from: 0, remedy: "it is a standard deviation times sqrt(n), for example 0.3" },
  },
  prepare: ({ parameter, rawShape }, { gain, noise }) => {
    const [size, columns] = rawShape;
    if (rawShape.length !== 2 || size !== columns) {
      throw new ParameterError({
        place: `identity for ${parameter}`,
        rule: `only a square matrix can be the identity, got ${shapeText(rawShape)}`,
        remedy: "use it for recurrent matrices",
      });
    }
    const deviation = (noise as number) / Math.sqrt(size);
    return ({ key, place }) =>
      normals(new Float64Array(size * size), key, place).map(
        (z, i) => deviation * z + (i % (size + 1) === 0 ? (gain as number) : 0),
      );
  },
};
