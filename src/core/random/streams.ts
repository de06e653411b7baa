import { ParameterError } from "../errors.ts";

/**
 * What random numbers are used for. The code is the high byte of the stream number, so no two purposes ever share a
 * number; codes are part of the format of every stored result and never change.
 */
export const purposes = {
  "initial-weights": 1,
  "task-trials": 2,
  "data-split": 3,
  "data-order": 4,
  "training-noise": 5,
  "evaluation-noise": 6,
  bootstrap: 7,
  "probe-vectors": 8,
  perturbation: 9,
  "initial-state": 10,
  "stationary-noise": 11,
  "regulariser-noise": 21,
  "tangent-noise": 16,
  /** Left to the users of the library. */
  user: 128,
} as const;
export type Purpose = keyof typeof purposes;

/**
 * The stream of a purpose: code * 2^24 + index.
 *
 * @param index which of the purpose's streams (a repeat, a parameter, a split ...), 0..2^24-1, default 0
 * @returns a stream number in 0..2^32-1
 * @throws ParameterError for an index out of range
 */
export function stream(purpose: Purpose, index = 0): number {
  if (!(Number.isInteger(index) && index >= 0 && index < 2 ** 24)) {
    throw new ParameterError({
      place: "stream",
      rule: `the index must be an integer in 0..2^24-1, got ${index}`,
      remedy: `number the streams for "${purpose}" from 0 on`,
    });
  }
  return purposes[purpose] * 2 ** 24 + index;
}
