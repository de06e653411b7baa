import { stream } from "../../core/random.ts";
import type { InitialDraws } from "./contract.ts";

/**
 * Trial number of a parameter's random numbers: the 32-bit FNV-1a hash of its name.
 *
 * A parameter keeps its numbers whatever other parameters a cell has, and `wRec` of two cells starts alike.
 */
export function parameterTrial(parameter: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < parameter.length; i++) hash = Math.imul(hash ^ parameter.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * Address of the initial values of a parameter.
 *
 * @param seed integer in 0..2^53-1
 */
export function initialDraws(seed: number, parameter: string): InitialDraws {
  return { key: { seed, stream: stream("initial-weights") }, place: { trial: parameterTrial(parameter) } };
}
