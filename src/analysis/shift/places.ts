/** Mean states with and without noise, where they are compared: at rest under held inputs, or at a step of trials. */
import { stream } from "../../core/random.ts";
import type { Network, NetworkKernel, NoiseLevel, Weights } from "../../network/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { joinedStates } from "../cell-states.ts";
import type { Moments } from "../dynamics/contract.ts";
import { meanDynamics, silentDynamics } from "../dynamics/mean-dynamics.ts";
import { momentDynamics } from "../dynamics/moment-dynamics.ts";
import { initialStates, walk } from "../dynamics/smoothed-run.ts";
import type { HeldInputs } from "../fixed-points/inputs.ts";
import { ensemble } from "../stationary-law/ensemble.ts";
import { settled } from "./settled.ts";

/** Mean states, `[place, stateSize]`. */
export interface MeanStates {
  readonly mean: Float64Array;
  /** Standard errors; 0 for calculations. */
  readonly error: Float64Array;
  /** Places whose numbers are not what they should be: not at rest, not converged. */
  readonly failed: number;
}

export interface Places {
  readonly count: number;
  readonly stateSize: number;
  readonly silent: MeanStates;
  /** Where the noise-free network comes to from other states. */
  silentFrom(states: Float64Array): MeanStates;
  sampled(level: NoiseLevel, before: (share: number) => void): MeanStates;
  meanField(level: NoiseLevel): MeanStates;
  /** @param near states to start from */
  closure(level: NoiseLevel, near: Float64Array): MeanStates;
}

export interface PlacesCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly seed: number;
  readonly held: HeldInputs;
  readonly copies: number;
}

/** Under inputs that are held until nothing but noise moves. */
export function restingPlaces(call: PlacesCall, burnIn: number, steps: number): Places {
  const { network, kernel, weights, seed, held, copies } = call;
  const silentMap = silentDynamics(network, weights);
  const { stateSize, inputSize } = silentMap;
  const count = held.inputs.length;
  const inputs = new Float64Array(count * inputSize);
  for (const [place, { input }] of held.inputs.entries()) inputs.set(input, place * inputSize);
  const resting = ({ states, restless }: ReturnType<typeof settled>): MeanStates => calculated(states, restless);
  const silent = resting(settled(silentMap, new Float64Array(count * stateSize), inputs));
  return {
    count,
    stateSize,
    silent,
    silentFrom: (states) => resting(settled(silentMap, states, inputs)),
    sampled: (level, before) => {
      const mean = new Float64Array(count * stateSize);
      const error = new Float64Array(count * stateSize);
      let failed = 0;
      for (const [place, { input }] of held.inputs.entries()) {
        const law = ensemble({
          network,
          kernel,
          weights,
          input,
          level,
          key: { seed, stream: stream("stationary-noise", 2 ** 20 + place) },
          copies,
          burnIn,
          steps,
          lags: 1,
          before: (share) => before((place + share) / count),
        });
        mean.set(law.mean.subarray(0, stateSize), place * stateSize);
        error.set(law.meanError.subarray(0, stateSize), place * stateSize);
        if (law.drift > 5) failed++;
      }
      return { mean, error, failed };
    },
    meanField: (level) => resting(settled(meanDynamics(network, weights, level), silent.mean, inputs)),
    closure: (level, near) => {
      const moments = momentDynamics(network, weights, level);
      const mean = new Float64Array(count * stateSize);
      let failed = 0;
      for (const [place, { input }] of held.inputs.entries()) {
        const start = atRest(near.slice(place * stateSize, (place + 1) * stateSize));
        const found = moments.stationary(input, start);
        mean.set(found.mean, place * stateSize);
        if (!found.isConverged) failed++;
      }
      return calculated(mean, failed);
    },
  };
}

/** After the held step of every trial. */
export function trialPlaces(call: PlacesCall): Places {
  const { network, kernel, weights, seed, held, copies } = call;
  const { batch, inputs } = held;
  const silentMap = silentDynamics(network, weights);
  const { stateSize, inputSize } = silentMap;
  const begin = initialStates(network, silentMap, batch);
  const along = (dynamics: typeof silentMap): MeanStates => {
    const mean = new Float64Array(begin.length);
    walk(dynamics, begin, batch, (after, step) => {
      for (const { row, step: end } of inputs)
        if (step === end) mean.set(after.subarray(row * stateSize, (row + 1) * stateSize), row * stateSize);
    });
    return calculated(mean, 0);
  };
  const silent = along(silentMap);
  return {
    count: inputs.length,
    stateSize,
    silent,
    silentFrom: () => silent,
    sampled: (level, before) => {
      const sums = new Float64Array(begin.length);
      const squares = new Float64Array(begin.length);
      const { batchSize, stepCount } = batch;
      for (let repeat = 0; repeat < copies; repeat++) {
        before(repeat / copies);
        const key = { seed, stream: stream("stationary-noise", 2 ** 21 + repeat) };
        const forward = kernel.forward({ ...trialsOf(network, batch), weights, level, key, outputFrom: stepCount });
        const states = joinedStates(network, forward.states(), batchSize * (stepCount + 1));
        for (const { row, step } of inputs) {
          const at = (row * (stepCount + 1) + step + 1) * stateSize;
          for (let i = 0; i < stateSize; i++) {
            // from the noise-free state, so that small variances do not drown
            const deviation = states[at + i] - silent.mean[row * stateSize + i];
            sums[row * stateSize + i] += deviation;
            squares[row * stateSize + i] += deviation * deviation;
          }
        }
      }
      const offset = sums.map((sum) => sum / copies);
      const error = squares.map((square, k) =>
        Math.sqrt(Math.max(0, square / copies - offset[k] ** 2) / Math.max(1, copies - 1)),
      );
      return { mean: offset.map((value, k) => silent.mean[k] + value), error, failed: 0 };
    },
    meanField: (level) => along(meanDynamics(network, weights, level)),
    closure: (level) => {
      const moments = momentDynamics(network, weights, level);
      const mean = new Float64Array(begin.length);
      for (const { row, step } of inputs) {
        let law: Moments = atRest(begin.slice(row * stateSize, (row + 1) * stateSize));
        for (let t = 0; t <= step; t++) {
          const at = (row * batch.stepCount + t) * inputSize;
          law = moments.step(law, Float64Array.from(batch.input.subarray(at, at + inputSize)));
        }
        mean.set(law.mean, row * stateSize);
      }
      return calculated(mean, 0);
    },
  };
}

const atRest = (mean: Float64Array): Moments => ({ mean, covariance: new Float64Array(mean.length ** 2) });
const calculated = (mean: Float64Array, failed: number): MeanStates => ({
  mean,
  error: new Float64Array(mean.length),
  failed,
});
