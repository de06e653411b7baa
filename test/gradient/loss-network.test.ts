import { beforeAll, describe, expect, test } from "vitest";
import type { Network, NetworkKernel, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { trialIndices } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { optimisers } from "../../src/train/optimisers/registry.ts";
import { trainOptions } from "../../src/train/options.ts";
import { trainingUpdate } from "../../src/train/update.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

describe("an update of a ctrnn with noise inside and outside, reference back end", () => {
  for (const task of [followTask, signTask]) {
    let network: Network;
    let kernel: NetworkKernel;
    beforeAll(async () => {
      network = createNetwork({
        cell: "ctrnn",
        inputSize: 1,
        hiddenSize: 4,
        outputSize: task.outputSize,
        // Smooth, so that central differences hold.
        settings: { alpha: 0.4, activation: "softplus" },
        noise: [
          { site: "inside", intensity: 0.3 },
          { site: "outside", intensity: 0.2 },
        ],
      });
      kernel = await network.kernel({ backend: "reference", precision: "float64" });
    });
    // Step 1e-5: truncation 1e-10 times third derivatives of order 1, rounding 1e-16 / 1e-5.
    test(`${task.name}: the gradient is the slope of ${task.loss} + 0.7 mean(rate^2), within 1e-8`, () => {
      const seed = 5;
      const options = trainOptions({
        batchSize: 6,
        optimiser: { name: "sgd" },
        learningRate: 1,
        clipNorm: null,
        activity: 0.7,
      });
      const loss = losses.get(task.loss);
      const weights = network.initialWeights(seed);
      const optimiser = optimisers.get("sgd");
      const memory = optimiser.init(weights, { momentum: 0, nesterov: false });
      const outcome = trainingUpdate({ network, kernel, task, loss, optimiser, options, seed }, 0, weights, memory);
      if (outcome.kind !== "updated") throw new Error("the update failed");

      const batch = task.batch("train", trialIndices(0, 6), seed);
      const { batchSize, stepCount, input, trials } = batch;
      // 5 * 2^24: the stream of training noise is part of the format of results.
      const key = { seed, stream: 5 * 2 ** 24 };
      const objective = (at: Weights): number => {
        const pass = kernel.forward({ weights: at, batchSize, stepCount, input, trials, level: "trained", key });
        const squares = Float64Array.from(pass.activity).reduce((a, b) => a + b, 0);
        return loss.measure(pass.output, batch).value + (0.7 * squares) / (batchSize * stepCount * 4);
      };
      for (const [name, array] of Object.entries(weights)) {
        for (let i = 0; i < array.length; i++) {
          const shifted = (by: number): Weights => ({
            ...weights,
            [name]: Float64Array.from(array).with(i, array[i] + by),
          });
          const slope = (objective(shifted(1e-5)) - objective(shifted(-1e-5))) / 2e-5;
          expect(Math.abs(array[i] - outcome.weights[name][i] - slope)).toBeLessThan(1e-8);
        }
      }
    });
  }
});
