import type { Network, NetworkKernel, NoiseLevel, Weights } from "../../network/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { evaluationStream } from "../../train/score.ts";
import { joinedStates } from "../cell-states.ts";
import type { ControlSetting } from "./setting.ts";

/** Trials that the variance is measured on. */
const mostTrials = 32;
const mostSteps = 12;
const tolerance = 1e-3;

/**
 * Variance of the state over noise draws, mean over units, trials and the steps that count.
 *
 * The draws are common to all networks and levels.
 */
export function stateVariance(
  { batches: [batch], repeats, seed }: ControlSetting,
  network: Network,
  kernel: NetworkKernel,
  weights: Weights,
  level: NoiseLevel,
): number {
  const { batchSize, stepCount, mask } = batch;
  const rows = Math.min(mostTrials, batchSize);
  const counted: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < stepCount; step++) {
      if (mask[row * stepCount + step] > 0) counted.push(row * (stepCount + 1) + step + 1);
    }
  }
  let mean = new Float64Array(0);
  let squares = new Float64Array(0);
  for (let repeat = 0; repeat < repeats; repeat++) {
    const key = { seed, stream: evaluationStream("test", repeat) };
    const call = { ...trialsOf(network, batch), weights, level, key, outputFrom: stepCount };
    const states = joinedStates(network, kernel.forward(call).states(), batchSize * (stepCount + 1));
    const size = states.length / (batchSize * (stepCount + 1));
    if (repeat === 0) {
      mean = new Float64Array(counted.length * size);
      squares = new Float64Array(counted.length * size);
    }
    let at = 0;
    for (const entry of counted) {
      for (let i = entry * size; i < (entry + 1) * size; i++, at++) {
        const before = states[i] - mean[at];
        mean[at] += before / (repeat + 1);
        squares[at] += before * (states[i] - mean[at]);
      }
    }
  }
  return squares.reduce((sum, one) => sum + one, 0) / ((repeats - 1) * squares.length);
}

/**
 * The intensity at which a network's state has a given variance.
 *
 * Steps s <- s sqrt(wanted / found): the variance is about a parabola in the intensity.
 *
 * @returns the intensity and the variance that it gives, within 0.1 % or what 12 steps reach
 */
export function matchedIntensity(
  variance: (intensity: number) => number,
  wanted: number,
  start: number,
): { readonly intensity: number; readonly variance: number } {
  let intensity = start;
  let found = variance(intensity);
  for (let step = 0; step < mostSteps && Math.abs(found / wanted - 1) > tolerance; step++) {
    intensity *= Math.sqrt(wanted / found);
    found = variance(intensity);
  }
  return { intensity, variance: found };
}
