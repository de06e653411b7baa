/** What a network does in the trials whose inputs are asked about: measured with and without noise. */
import { stream, uniforms } from "../../core/random.ts";
import type { NetworkKernel, NoiseLevel } from "../../network/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { evaluationStream, isSilent } from "../../train/score.ts";
import { joinedStates } from "../cell-states.ts";
import type { Subject } from "../contract.ts";
import { type HeldInputs, lengthOf } from "./inputs.ts";
import { type VisitedStates, visitedStates } from "./search.ts";

/** Means over the window of a trial and over noise draws. */
export interface MeasuredMeans {
  /** `[stateSize]`. */
  readonly state: Float64Array;
  /** `[outputSize]`. */
  readonly output: Float64Array;
}

export interface Trajectory {
  readonly row: number;
  readonly level: number;
  /** `[steps + 1, stateSize]`, from the first state on. */
  readonly states: Float64Array;
}

export interface Visits {
  /** States under the training noise, at random steps of all trials. */
  readonly visited: VisitedStates;
  /** By row. */
  readonly silent: readonly MeasuredMeans[];
  /** By row; undefined for a network without noise. */
  readonly noisy: readonly MeasuredMeans[] | undefined;
  readonly trajectories: readonly Trajectory[];
}

/** States that are kept of each pass, about. */
const keptPerPass = 512;

/**
 * Runs the trials once without noise and `repeats` times with the training noise.
 *
 * Noise draws are those of an evaluation of the same trials, so that means are those that its losses come from.
 *
 * @param kernel in float64
 * @param pictured rows whose trajectories are kept
 */
export function visits(
  { network, weights, seed }: Omit<Subject, "kernel">,
  kernel: NetworkKernel,
  { batch, inputs }: HeldInputs,
  repeats: number,
  pictured: readonly number[],
): Visits {
  const { batchSize, stepCount, outputSize } = batch;
  const perTrial = Math.max(1, Math.round(keptPerPass / batchSize));
  const kept: Float64Array[] = [];
  const trajectories: Trajectory[] = [];
  let stateSize = 0;
  const pass = (level: NoiseLevel, repeat: number, into: readonly MeasuredMeans[] | undefined): MeasuredMeans[] => {
    const key = { seed, stream: evaluationStream("test", repeat) };
    const forward = kernel.forward({ weights, ...trialsOf(network, batch), level, key });
    const states = joinedStates(network, forward.states(), batchSize * (stepCount + 1));
    stateSize = states.length / (batchSize * (stepCount + 1));
    const chosen = uniforms(
      new Float64Array(batchSize * perTrial),
      { seed, stream: stream("perturbation", 2) },
      { trial: repeat },
    );
    const factor = level === "zero" ? 0 : 1;
    return inputs.map(({ row, window }) => {
      const mean = into?.[row] ?? { state: new Float64Array(stateSize), output: new Float64Array(outputSize) };
      const first = row * (stepCount + 1);
      for (const step of window) {
        for (let i = 0; i < stateSize; i++) {
          mean.state[i] += states[(first + step + 1) * stateSize + i] / window.length;
        }
        for (let o = 0; o < outputSize; o++) {
          mean.output[o] += forward.output[(row * stepCount + step) * outputSize + o] / window.length;
        }
      }
      const length = lengthOf(batch, row);
      const stateAt = (entry: number) => states.slice((first + entry) * stateSize, (first + entry + 1) * stateSize);
      if (level !== "zero" || isSilent(network, "trained")) {
        for (let k = 0; k < perTrial; k++) kept.push(stateAt(1 + Math.floor(chosen[row * perTrial + k] * length)));
      }
      if (repeat === 0 && pictured.includes(row)) {
        const end = (first + length + 1) * stateSize;
        trajectories.push({ row, level: factor, states: states.slice(first * stateSize, end) });
      }
      return mean;
    });
  };
  const silent = pass("zero", 0, undefined);
  let noisy: MeasuredMeans[] | undefined;
  if (!isSilent(network, "trained")) {
    for (let repeat = 0; repeat < repeats; repeat++) noisy = pass("trained", repeat, noisy);
    noisy = noisy?.map(({ state, output }) => ({
      state: state.map((value) => value / repeats),
      output: output.map((value) => value / repeats),
    }));
  }
  const states = new Float64Array(kept.length * stateSize);
  for (const [k, state] of kept.entries()) states.set(state, k * stateSize);
  return { visited: visitedStates(states, stateSize), silent, noisy, trajectories };
}
