import { uniforms } from "../../core/random.ts";
import { elementCount } from "../../core/tensor.ts";
import type { Initialiser } from "./contract.ts";

/** U(-bound, bound), whatever the shape. */
export const uniform: Initialiser = {
  name: "uniform",
  summary: "U(-bound, bound)",
  references: [],
  options: { bound: { type: "number", from: 0, remedy: "give the largest value, for example 0.01" } },
  prepare:
    ({ rawShape }, { bound }) =>
    ({ key, place }) =>
      uniforms(new Float64Array(elementCount(rawShape)), key, place).map((u) => (bound as number) * (2 * u - 1)),
};
