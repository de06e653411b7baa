import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { firstCountedStep, trialsOf } from "../../train/batches.ts";
import type { Loss } from "../../train/contract.ts";
import { evaluationStream } from "../../train/score.ts";

export interface MeasuredGradients {
  readonly biasSquared: number;
  readonly variance: number;
  /** Derivatives with respect to the bias of each unit, `[unit]`. */
  readonly ofBiasSquared: Float64Array;
  readonly ofVariance: Float64Array;
}

/**
 * Bias^2 and variance of the output over noise, and how they change when a unit's drive is shifted at all steps.
 *
 *     V = sum w S / (R - 1),   B^2 = sum w (mean - target)^2 - V / R,   S = sum_r (z_r - mean)^2
 *
 * The gradients are those of the measured numbers, by the chain rule through every draw: what a difference with common
 * random numbers tends to as its step falls. Everything that a shift changes is in them: the noise that passes, its gain on
 * the way to the output, the drives of the other units.
 *
 * Cost: two forward passes and two reverse passes per noise draw.
 */
export function measuredGradients(
  {
    network,
    kernel,
    weights,
  }: { readonly network: Network; readonly kernel: NetworkKernel; readonly weights: Weights },
  batches: readonly TrialBatch[],
  loss: Loss,
  { repeats, seed }: { readonly repeats: number; readonly seed: number },
): MeasuredGradients {
  const { hiddenSize } = network.spec;
  const ofBiasSquared = new Float64Array(hiddenSize);
  const ofVariance = new Float64Array(hiddenSize);
  let biasSquared = 0;
  let variance = 0;
  let total = 0;
  for (const batch of batches) total += loss.weighting(batch).total;
  for (const batch of batches) {
    const forward = (repeat: number, keep: boolean) => {
      const key = { seed, stream: evaluationStream("test", repeat) };
      const outputFrom = firstCountedStep(batch, network.spec.readout);
      return kernel.forward({ ...trialsOf(network, batch), weights, level: "trained", key, outputFrom }, keep);
    };
    let mean = new Float64Array(0);
    for (let repeat = 0; repeat < repeats; repeat++) {
      const { output } = forward(repeat, false);
      if (repeat === 0) mean = new Float64Array(output.length);
      for (let i = 0; i < mean.length; i++) mean[i] += output[i] / repeats;
    }
    const weight = weightsOf(batch, loss, total);
    const target = batch.target.kind === "values" ? batch.target.values : mean;
    for (let i = 0; i < mean.length; i++) biasSquared += weight[i] * (mean[i] - target[i]) ** 2;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const pass = forward(repeat, true);
      const spread = (z: RealArray, i: number): number => (weight[i] === 0 ? 0 : (z[i] - mean[i]) / (repeats - 1));
      for (let i = 0; i < mean.length; i++) variance += weight[i] * (pass.output[i] - mean[i]) * spread(pass.output, i);
      const ofOutput = (slope: (i: number) => number) => ({ output: mean.map((_, i) => weight[i] * slope(i)) });
      add(ofVariance, pass.backward(ofOutput((i) => 2 * spread(pass.output, i))).bRec);
      add(ofBiasSquared, pass.backward(ofOutput((i) => (2 * (mean[i] - target[i])) / repeats)).bRec);
    }
  }
  return {
    biasSquared: biasSquared - variance / repeats,
    variance,
    ofBiasSquared: ofBiasSquared.map((slope, i) => slope - ofVariance[i] / repeats),
    ofVariance,
  };
}

function add(into: Float64Array, values: RealArray): void {
  for (let i = 0; i < into.length; i++) into[i] += values[i];
}

/** Weight of each squared error in the loss, `[batch, time, outputSize]`. */
function weightsOf(batch: TrialBatch, loss: Loss, total: number): Float64Array {
  const { channels } = loss.weighting(batch);
  const { outputSize, mask } = batch;
  return new Float64Array(mask.length * outputSize).map(
    (_, i) => (mask[Math.floor(i / outputSize)] * channels[i % outputSize]) / total,
  );
}
