import { describe, expect, test } from "vitest";
import type { NetworkKernel, NoiseLevel } from "../../src/network/contract.ts";
import { trialBatches } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { evaluationStream, isSilent, type Score, score } from "../../src/train/score.ts";
import { leakyNetwork, stackable } from "../helpers/leaky-network.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

const network = leakyNetwork({ intensity: 0.5 });
const weights = network.initialWeights(1);

interface Setting {
  readonly level?: NoiseLevel;
  readonly repeats?: number;
  readonly batchSize?: number;
  readonly kernel?: NetworkKernel;
  readonly split?: "validation" | "test";
}

function scored({
  level = "trained",
  repeats = 3,
  batchSize = 7,
  kernel = network.run("float64"),
  split = "test",
}: Setting = {}) {
  const outputs: number[][] = [];
  const result: Score = score({
    network,
    kernel,
    weights,
    task: followTask,
    loss: losses.get("mean-squared-error"),
    batches: trialBatches(followTask, split, 0, 20, batchSize, 4),
    split,
    level,
    repeats,
    seed: 4,
    onOutput: (output) => void outputs.push([...output]),
  });
  return { ...result, outputs };
}

/** A kernel that counts its calls. */
function counting(): { readonly kernel: NetworkKernel; readonly calls: () => number } {
  const kernel = network.run("float64");
  let calls = 0;
  const forward: NetworkKernel["forward"] = (call, keep) => {
    calls++;
    return kernel.forward(call, keep);
  };
  return { kernel: { ...kernel, ...stackable(forward) }, calls: () => calls };
}

describe("score", () => {
  test("is the mean over repeats, and over trials under their weights", () => {
    const { loss, perRepeat, perTrial, trialWeights, accuracy, accuracyPerRepeat } = scored();
    expect(perRepeat).toHaveLength(3);
    expect(new Set(perRepeat).size).toBe(3);
    expect(loss).toBeCloseTo(perRepeat.reduce((a, b) => a + b) / 3, 15);
    const total = perTrial.reduce((sum, value, i) => sum + value * trialWeights[i], 0);
    expect(loss).toBeCloseTo(total / trialWeights.reduce((a, b) => a + b), 15);
    expect([accuracy, accuracyPerRepeat]).toEqual([undefined, undefined]);
  });
  test("does not depend on the batch size, to the last bits of a sum of 20", () => {
    for (const batchSize of [1, 20, 64]) {
      expect(scored({ batchSize }).loss).toBeCloseTo(scored().loss, 14);
      expect(scored({ batchSize }).perTrial).toEqual(scored().perTrial);
    }
  });
  test("twice the intensity is twice the deviation from silence: the draws are the same at every level", () => {
    const [none, once, twice] = [0, 1, 2].map((factor) => scored({ level: { factor }, repeats: 1 }).outputs.flat());
    expect(once.some((z, i) => Math.abs(z - none[i]) > 0.01)).toBe(true);
    // The network is linear. Draws are float32: intensity times draw is rounded to 6e-8 of itself, here below 1.
    for (let i = 0; i < once.length; i++)
      expect(Math.abs(twice[i] - none[i] - 2 * (once[i] - none[i]))).toBeLessThan(1e-6);
  });
  test("splits and repeats have noise streams of their own", () => {
    const streams = (["test", "validation", "train"] as const).flatMap((split) =>
      [0, 1, 2].map((r) => evaluationStream(split, r)),
    );
    expect(new Set(streams).size).toBe(9);
  });
  test("without noise 3 repeats cost one pass and are equal", () => {
    const noisy = counting();
    scored({ kernel: noisy.kernel });
    const silent = counting();
    const { perRepeat } = scored({ kernel: silent.kernel, level: "zero" });
    expect([noisy.calls(), silent.calls()]).toEqual([9, 3]);
    expect(perRepeat).toEqual(new Float64Array(3).fill(perRepeat[0]));
    expect([isSilent(network, "zero"), isSilent(network, "trained")]).toEqual([true, false]);
  });
  test("outputs come batch by batch with repeats innermost", () => {
    const seen: number[][] = [];
    score({
      network,
      kernel: network.run("float32"),
      weights,
      task: followTask,
      loss: losses.get("mean-squared-error"),
      batches: trialBatches(followTask, "test", 0, 3, 2, 1),
      split: "test",
      level: "trained",
      repeats: 2,
      seed: 1,
      onOutput: (_output, batch, repeat) => void seen.push([batch.batchSize, repeat]),
    });
    expect(seen).toEqual([
      [2, 0],
      [2, 1],
      [1, 0],
      [1, 1],
    ]);
  });
  test("the first output that is not finite is named by trial, step and repeat", () => {
    const kernel = network.run("float64");
    let calls = 0;
    const failing: NetworkKernel = {
      ...kernel,
      ...stackable((call, keep) => {
        const forward = kernel.forward(call, keep);
        // Third call: batch 0 holds trials 0..6, this is its repeat 2.
        if (++calls === 3) forward.output[5 * followTask.stepCount + 4] = Number.NaN;
        return forward;
      }),
    };
    const { firstBad, loss } = scored({ kernel: failing });
    expect(firstBad).toEqual({ trial: 5, step: 4, repeat: 2 });
    expect(loss).toBe(Number.NaN);
    expect(scored().firstBad).toBeUndefined();
  });
  test("accuracy is the mean over repeats of the share decided rightly", () => {
    const judge = leakyNetwork({
      outputSize: 2,
      intensity: 1,
      readout: { from: "last", bias: true, activation: "linear" },
    });
    const result = score({
      network: judge,
      kernel: judge.run("float32"),
      weights: judge.initialWeights(1),
      task: signTask,
      loss: losses.get("cross-entropy"),
      batches: trialBatches(signTask, "test", 0, 40, 16, 1),
      split: "test",
      level: "trained",
      repeats: 4,
      seed: 1,
    });
    const accuracies = result.accuracyPerRepeat ?? new Float64Array(0);
    expect(accuracies).toHaveLength(4);
    for (const accuracy of accuracies) expect(Number.isInteger(Math.round(1e9 * accuracy * 40) / 1e9)).toBe(true);
    expect(result.accuracy).toBeCloseTo(accuracies.reduce((a, b) => a + b) / 4, 15);
  });
});
