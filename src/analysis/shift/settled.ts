/** Where a map of the mean settles under inputs that are held. */
import type { Dynamics } from "../dynamics/contract.ts";

export interface Settled {
  /** `[count, stateSize]`: where the map came to rest, or its mean over the last half of the steps. */
  readonly states: Float64Array;
  /** Inputs under which it did not come to rest. */
  readonly restless: number;
}

const mostSteps = 4000;
/** Largest change of a step, in units of the largest state, that counts as rest. */
const rest = 1e-11;

/**
 * Iterates until nothing moves.
 *
 * @param inputs `[count, inputSize]`
 */
export function settled(
  { step, stateSize }: Pick<Dynamics, "step" | "stateSize">,
  start: Float64Array,
  inputs: Float64Array,
): Settled {
  const count = start.length / stateSize;
  const sums = new Float64Array(start.length);
  let states = start;
  let changes = new Float64Array(count);
  for (let t = 0; t < mostSteps; t++) {
    const next = step(states, inputs);
    changes = new Float64Array(count);
    for (let k = 0; k < next.length; k++) {
      const row = Math.floor(k / stateSize);
      changes[row] = Math.max(changes[row], Math.abs(next[k] - states[k]) / Math.max(1, Math.abs(next[k])));
    }
    states = next;
    if (changes.every((change) => change <= rest)) return { states, restless: 0 };
    if (t >= mostSteps / 2) for (let k = 0; k < next.length; k++) sums[k] += next[k] / (mostSteps / 2);
  }
  // slow is not restless: what still moves by less than 1e-6 a step stays where it is
  const isRestless = changes.map((change) => (change > 1e-6 ? 1 : 0));
  const ended = states.map((value, k) => (isRestless[Math.floor(k / stateSize)] === 1 ? sums[k] : value));
  return { states: ended, restless: isRestless.reduce((sum, value) => sum + value, 0) };
}
