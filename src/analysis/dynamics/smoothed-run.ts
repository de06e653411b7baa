import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { firstState } from "../../train/batches.ts";
import type { Dynamics } from "./contract.ts";
import { meanDynamics } from "./mean-dynamics.ts";

/**
 * Outputs of a network that is run without noise, each activation replaced by its average over the noise of a level.
 *
 * Each step is E[next | state, input] of `meanDynamics`, so the mean effect of the noise of every single step is there
 * and its fluctuations are not. Of a cell whose noise enters linearly (rate) nothing changes but the noise.
 *
 * @param network a readout from the last step leaves earlier outputs 0, as in a kernel
 * @returns `[batch, time, outputSize]`, fresh
 */
export function smoothedOutputs(
  network: Network,
  weights: Weights,
  level: NoiseLevel,
  batch: TrialBatch,
): Float64Array {
  const { batchSize, stepCount, outputSize } = batch;
  const dynamics = meanDynamics(network, weights, level);
  const outputs = new Float64Array(batchSize * stepCount * outputSize);
  const from = network.spec.readout.from === "last" ? stepCount - 1 : 0;
  walk(dynamics, initialStates(network, dynamics, batch), batch, (states, step) => {
    if (step < from) return;
    const read = dynamics.readout(states);
    for (let b = 0; b < batchSize; b++) {
      outputs.set(read.subarray(b * outputSize, (b + 1) * outputSize), (b * stepCount + step) * outputSize);
    }
  });
  return outputs;
}

/**
 * Runs a map of the state over the inputs of a batch.
 *
 * @param visit receives the states after each step, `[batch, stateSize]`, and the inputs of the step
 */
export function walk(
  dynamics: Pick<Dynamics, "step">,
  start: Float64Array,
  { batchSize, stepCount, inputSize, input }: TrialBatch,
  visit: (after: Float64Array, step: number, before: Float64Array, inputs: Float64Array) => void,
): void {
  let states = start;
  for (let step = 0; step < stepCount; step++) {
    const inputs = new Float64Array(batchSize * inputSize);
    for (let b = 0; b < batchSize; b++) {
      const at = (b * stepCount + step) * inputSize;
      inputs.set(input.subarray(at, at + inputSize), b * inputSize);
    }
    const before = states;
    states = dynamics.step(before, inputs);
    visit(states, step, before, inputs);
  }
}

/** States that the trials of a batch begin with, `[batch, stateSize]`. */
export function initialStates(network: Network, { stateSize }: Dynamics, batch: TrialBatch): Float64Array {
  const states = new Float64Array(batch.batchSize * stateSize);
  if (batch.initialState === undefined) return states;
  // the first state of the network is the first part of the concatenated one
  const [first] = Object.values(firstState(network.states, batch.initialState));
  const size = first.length / batch.batchSize;
  for (let b = 0; b < batch.batchSize; b++) states.set(first.subarray(b * size, (b + 1) * size), b * stateSize);
  return states;
}
