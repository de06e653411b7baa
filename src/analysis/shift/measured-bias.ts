import type { Network, NetworkKernel, NoiseLevel, Weights } from "../../network/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { evaluationStream } from "../../train/score.ts";
import type { HeldInputs } from "../fixed-points/inputs.ts";

/** Mean outputs over noise draws and counted steps, `[place, outputSize]`. */
export interface MeanOutputs {
  readonly mean: Float64Array;
  readonly error: Float64Array;
}

/** @param repeats noise draws per trial, >= 1 */
export function meanOutputs(
  {
    network,
    kernel,
    weights,
    seed,
    held,
  }: {
    readonly network: Network;
    readonly kernel: NetworkKernel;
    readonly weights: Weights;
    readonly seed: number;
    readonly held: HeldInputs;
  },
  level: NoiseLevel,
  repeats: number,
): MeanOutputs {
  const { batch, inputs } = held;
  const { outputSize, stepCount } = batch;
  const sums = new Float64Array(inputs.length * outputSize);
  const squares = new Float64Array(sums.length);
  const outputFrom = Math.min(...inputs.flatMap(({ window }) => window));
  for (let repeat = 0; repeat < repeats; repeat++) {
    const key = { seed, stream: evaluationStream("test", repeat) };
    const { output } = kernel.forward({ ...trialsOf(network, batch), weights, level, key, outputFrom });
    for (const [place, { row, window }] of inputs.entries()) {
      for (let o = 0; o < outputSize; o++) {
        let sum = 0;
        for (const step of window) sum += output[(row * stepCount + step) * outputSize + o];
        const value = sum / window.length;
        sums[place * outputSize + o] += value;
        squares[place * outputSize + o] += value * value;
      }
    }
  }
  const mean = sums.map((sum) => sum / repeats);
  const error = squares.map((square, k) =>
    repeats < 2 ? 0 : Math.sqrt(Math.max(0, square / repeats - mean[k] ** 2) / (repeats - 1)),
  );
  return { mean, error };
}
