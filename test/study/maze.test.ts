import { beforeAll, expect, test } from "vitest";
import { installBackend } from "../../src/engine/backends.ts";
import { wasmBackend } from "../../src/engine/compiled/backend.ts";
import { createNetwork } from "../../src/network/network.ts";
import { wasmProvider } from "../../src/platform/node/wasm-provider.ts";
import type { TaskResources } from "../../src/task/contract.ts";
import { maze } from "../../src/task/maze.ts";
import { trialBatches } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { score } from "../../src/train/score.ts";
import { train } from "../../src/train/train.ts";

beforeAll(() => installBackend(wasmBackend(wasmProvider())));

test("32 units learn a maze of 3 x 3 cells in 150 updates: from below a half to above nine tenths of 100 trials solved", async () => {
  const task = await maze.create({ size: 3, stepCount: 24, testSteps: 48 }, {} as TaskResources);
  const noise = [{ site: "inside", intensity: 0.1 }];
  const sizes = { inputSize: 6, hiddenSize: 32, outputSize: 2 };
  const network = createNetwork({ cell: "ctrnn", settings: { alpha: 0.5 }, noise, ...sizes });
  const kernel = await network.kernel({ precision: "float32" });
  const batches = trialBatches(task, "test", 0, 100, 100, 3);
  const judged = (weights: ReturnType<typeof network.initialWeights>) => {
    const loss = losses.get(task.loss);
    return score({
      network,
      kernel,
      weights,
      task,
      loss,
      batches,
      split: "test",
      level: "trained",
      repeats: 1,
      seed: 3,
    });
  };
  const options = { updates: 150, batchSize: 32, learningRate: 0.01, clipNorm: 1 };
  const { weights } = await train({ network, kernel, task, options, seed: 3 });
  const before = judged(network.initialWeights(3));
  const after = judged(weights);
  expect(before.accuracy).toBeLessThan(0.5);
  expect(after.accuracy).toBeGreaterThan(0.9);
  expect(after.loss).toBeLessThan(before.loss / 4);
  expect(after.outcomes?.success).toBe(after.accuracy);
  // Shortest ways in 9 cells of 4 steps each are at most 32 steps long, and the trained network walks them.
  expect(after.outcomes?.steps).toBeLessThan(32);
});
