/** Trials of a closed loop, played by a network. */
import type { RealArray } from "../engine/contract.ts";
import type { Network, NetworkCall } from "../network/contract.ts";
import { forwardPass, type Passes } from "../network/lockstep.ts";
import type { Environment, TrialBatch } from "../task/contract.ts";
import { firstState } from "./batches.ts";

export interface Player extends Pick<NetworkCall, "weights" | "level" | "key"> {
  readonly network: Network;
}

export interface Play {
  /** The trials as they went. */
  readonly batch: TrialBatch;
  /** What the network did, `[batch, time, outputSize]`: the bits of a forward pass over the batch. */
  readonly output: RealArray;
}

/**
 * Plays trials to their end, the network's states carried from step to step.
 *
 * The noise is that of a forward pass over the played batch with the same level and key.
 *
 * Cost: one forward pass of one step per step.
 *
 * @param trials identities of the environment's trials, `[batch]`
 */
export function* playing({ network, ...player }: Player, environment: Environment, trials: Uint32Array): Passes<Play> {
  const { outputSize } = network.spec;
  const { stepCount, initialState } = environment;
  const batchSize = trials.length;
  let states: NetworkCall["initialState"] = initialState === undefined ? {} : firstState(network.states, initialState);
  let outputs: RealArray = new Float64Array(0);
  for (let step = 0; step < stepCount; step++) {
    const input = environment.observe();
    const pass = { ...player, batchSize, stepCount: 1, input, trials, firstStep: step, initialState: states };
    const forward = yield* forwardPass(network, pass);
    states = lastStates(forward.states(), network.states, batchSize);
    if (step === 0) outputs = emptyLike(forward.output, batchSize * stepCount * outputSize);
    for (let row = 0; row < batchSize; row++) {
      const own = forward.output.subarray(row * outputSize, (row + 1) * outputSize);
      outputs.set(own, (row * stepCount + step) * outputSize);
    }
    environment.act(forward.output);
  }
  return { batch: environment.played(), output: outputs };
}

/** The last entries of state trajectories, as a call that goes on from them takes them. */
export function lastStates(
  trajectories: Readonly<Record<string, RealArray>>,
  sizes: Network["states"],
  batchSize: number,
): Record<string, RealArray> {
  const entries = Object.entries(trajectories).map(([name, values]): [string, RealArray] => {
    const size = sizes[name];
    const entries = values.length / (batchSize * size);
    const last = emptyLike(values, batchSize * size);
    for (let row = 0; row < batchSize; row++) {
      const end = (row + 1) * entries * size;
      last.set(values.subarray(end - size, end), row * size);
    }
    return [name, last];
  });
  return Object.fromEntries(entries);
}

function emptyLike(array: RealArray, length: number): RealArray {
  return array instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}
