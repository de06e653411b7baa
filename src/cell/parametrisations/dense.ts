import { elementCount } from "../../core/tensor.ts";
import { affineMap } from "./arrays.ts";
import type { Parametrisation } from "./contract.ts";

/** The trained array itself: W = raw. The default. */
export const dense: Parametrisation = {
  name: "dense",
  summary: "every weight is trained freely",
  references: [],
  options: {},
  map: ({ shape }) => {
    const same = <T>(values: T): T => values;
    return affineMap(shape, elementCount(shape), { forward: same, tangent: same, pullback: same });
  },
};
