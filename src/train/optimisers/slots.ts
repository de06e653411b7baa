import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import type { Weights } from "../../network/contract.ts";

/** A running average at its start: zeros of the length and precision of each weight array. */
export function zeroSlot(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, zerosLike(array)]));
}
