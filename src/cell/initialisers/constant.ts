import { elementCount } from "../../core/tensor.ts";
import type { Initialiser } from "./contract.ts";

/** Every element `value`. */
export const constant: Initialiser = {
  name: "constant",
  summary: "every element the same value",
  references: [],
  options: { value: { type: "number", remedy: "give the value, for example value: 1 for a gate's bias" } },
  prepare:
    ({ rawShape }, { value }) =>
    () =>
      new Float64Array(elementCount(rawShape)).fill(value as number),
};
