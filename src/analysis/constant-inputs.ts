/** Inputs that are held constant to see where a network settles. */
import { ParameterError } from "../core/errors.ts";
import type { Task } from "../task/contract.ts";
import { heldInputs } from "./fixed-points/inputs.ts";

export interface ConstantInput {
  /** `[inputSize]`. */
  readonly values: Float64Array;
  /** Value of the task's first condition variable in the trial that it is from; null where there is none. */
  readonly condition: number | null;
}

/**
 * What `inputs` says, or what `count` test trials, spread over the split, show at their last step that counts.
 *
 * @param inputs vectors between semicolons, their numbers between commas: "-0.5; 0.5", or "0, 1; 1, 0"
 */
export function constantInputs(
  place: string,
  task: Task,
  seed: number,
  inputs: string | null,
  count: number,
): readonly ConstantInput[] {
  if (inputs === null) {
    const held = heldInputs(task, seed, { count, step: -1, part: null });
    return held.inputs.map(({ input, condition }) => ({ values: input, condition }));
  }
  return inputs.split(";").map((text) => ({ values: parsed(place, task, text), condition: null }));
}

function parsed(place: string, { inputSize }: Task, text: string): Float64Array {
  const values = Float64Array.from(text.split(","), (part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (values.length === inputSize && values.every(Number.isFinite)) return values;
  throw new ParameterError({
    place: `${place}, inputs`,
    rule: `each input must be ${inputSize} finite number${inputSize === 1 ? "" : "s"}, got "${text.trim()}"`,
    remedy: 'write numbers between commas and inputs between semicolons, for example "0, 1; 1, 0"',
  });
}
