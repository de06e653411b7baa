import { elementCount } from "../../core/tensor.ts";
import type { Initialiser } from "./contract.ts";

/** All 0: the default of vectors. */
export const zeros: Initialiser = {
  name: "zeros",
  summary: "all 0",
  references: [],
  options: {},
  prepare:
    ({ rawShape }) =>
    () =>
      new Float64Array(elementCount(rawShape)),
};
