import { affineMap, zerosLike } from "./arrays.ts";
import type { Parametrisation } from "./contract.ts";

/**
 * Weights that stay as they were initialised: W = raw, with derivative zero.
 *
 * Weight decay must not reach them either: `Network.frozen` lists them for optimisers.
 */
export const frozen: Parametrisation = {
  name: "frozen",
  summary: "weights that are not trained",
  references: [],
  options: {},
  map: ({ shape }) => affineMap(shape, 0, { forward: (raw) => raw, tangent: zerosLike, pullback: zerosLike }),
};
