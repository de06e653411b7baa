import { ParameterError, ShapeError } from "../core/errors.ts";
import type { Network, NetworkCall, NetworkSpec } from "../network/contract.ts";
import type { Split, Task, TrialBatch } from "../task/contract.ts";

/** @throws ShapeError unless the network has the task's channels. */
export function checkFit({ spec }: Network, task: Task): void {
  for (const axis of ["inputSize", "outputSize"] as const) {
    if (spec[axis] === task[axis]) continue;
    throw new ShapeError({
      place: `task "${task.name}"`,
      rule: `the network's ${axis} must be the task's ${task[axis]}, got ${spec[axis]}`,
      remedy: `set ${axis} of the network to ${task[axis]}`,
    });
  }
}

/**
 * Trials `first .. first + count - 1` of a split in batches.
 *
 * @param batchSize largest size of a batch, >= 1
 * @throws ParameterError when the split holds fewer trials
 */
export function trialBatches(
  task: Task,
  split: Split,
  first: number,
  count: number,
  batchSize: number,
  seed: number,
): TrialBatch[] {
  const available = task.trialCount(split);
  if (first + count > available) {
    throw new ParameterError({
      place: `task "${task.name}"`,
      rule: `the ${split} split holds ${available} trials, got a request for ${first + count}`,
      remedy: `ask for at most ${available}`,
    });
  }
  const batches: TrialBatch[] = [];
  for (let start = first; start < first + count; start += batchSize) {
    const size = Math.min(batchSize, first + count - start);
    batches.push(task.batch(split, trialIndices(start, size), seed));
  }
  return batches;
}

/** A batch as a network takes it: every unit of the cell's first state begins at the trial's initial value. */
export function trialsOf(
  { states }: Pick<Network, "states">,
  { batchSize, stepCount, input, trials, initialState }: TrialBatch,
): Pick<NetworkCall, "batchSize" | "stepCount" | "input" | "trials" | "initialState"> {
  const pass = { batchSize, stepCount, input, trials };
  return initialState === undefined ? pass : { ...pass, initialState: firstState(states, initialState) };
}

/** @param initial value of each trial, `[batch]` */
export function firstState(states: Network["states"], initial: Float32Array): Record<string, Float32Array> {
  const [[name, size]] = Object.entries(states);
  const values = new Float32Array(initial.length * size);
  for (const [row, value] of initial.entries()) values.fill(value, row * size, (row + 1) * size);
  return { [name]: values };
}

/** `first, first + 1, ..., first + count - 1`. */
export function trialIndices(first: number, count: number): Uint32Array {
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++) indices[i] = first + i;
  return indices;
}

/**
 * First step that the mask of any trial counts: outputs before it need not be computed.
 *
 * @throws ParameterError when the mask counts nothing, or counts a step that the readout does not give
 */
export function firstCountedStep(batch: TrialBatch, readout: NetworkSpec["readout"]): number {
  const { batchSize, stepCount, mask } = batch;
  let first = stepCount;
  for (let row = 0; row < batchSize; row++) {
    for (let step = 0; step < first; step++) if (mask[row * stepCount + step] !== 0) first = step;
  }
  if (first === stepCount) {
    throw new ParameterError({
      place: "loss",
      rule: `the mask must count at least one step of a batch, got none in ${batchSize} trials of ${stepCount} steps`,
      remedy: "give the task a mask with a weight above 0",
    });
  }
  if (readout.from === "last" && first < stepCount - 1) {
    throw new ParameterError({
      place: "readout",
      rule: `a readout from the last step needs a mask on that step alone, got one from step ${first} of ${stepCount} on`,
      remedy: 'set readout.from to "every" or change the task\'s mask',
    });
  }
  return first;
}
