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
 * @throws ParameterError when the split holds fewer trials, or an input is not finite
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
  return batchesOf(task, split, trialIndices(first, count), batchSize, seed);
}

/**
 * The same for any trials of a split.
 *
 * @param indices of trials that the split holds
 */
export function batchesOf(
  task: Task,
  split: Split,
  indices: Uint32Array,
  batchSize: number,
  seed: number,
): TrialBatch[] {
  return Array.from({ length: Math.ceil(indices.length / batchSize) }, (_, b) => {
    const batch = task.batch(split, indices.slice(b * batchSize, (b + 1) * batchSize), seed);
    checkInputs(task, split, batch);
    return batch;
  });
}

/**
 * Inputs must be finite: a network makes of the rest what looks like its own divergence.
 *
 * Cost: a look at every input, small beside a pass.
 *
 * @throws ParameterError with the first trial, step and channel of one that is not
 */
export function checkInputs(task: Pick<Task, "name" | "inputs">, split: Split, batch: TrialBatch): void {
  const fault = inputFault(task, split, batch);
  if (fault !== undefined) throw fault;
}

/** What `checkInputs` throws. */
export function inputFault(
  { name, inputs }: Pick<Task, "name" | "inputs">,
  split: Split,
  { input, inputSize, stepCount, trials }: TrialBatch,
): ParameterError | undefined {
  const at = input.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return undefined;
  const row = Math.floor(at / inputSize);
  const where = `trial ${trials[Math.floor(row / stepCount)]} of the ${split} split, step ${row % stepCount}`;
  const channel = inputs[at % inputSize]?.name ?? at % inputSize;
  return new ParameterError({
    place: `task "${name}", ${where}`,
    rule: `inputs must be finite, got ${input[at]} in channel "${channel}"`,
    remedy: "mend the task: the network cannot",
  });
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
