/** Trials that differ: in length, in where they start, in the weight of their channels. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/analysis/evaluate.ts";
import type { Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Split, Task, TrialBatch } from "../../src/task/contract.ts";
import { train, trainStack } from "../../src/train/train.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();

const network = createNetwork({
  cell: "ctrnn",
  inputSize: 1,
  hiddenSize: 4,
  outputSize: 2,
  settings: { alpha: 0.3, activation: "softplus" },
  noise: [{ site: "inside", intensity: 0.3 }],
});
const kernelOf = (precision: "float32" | "float64" = "float64") =>
  network.kernel({ backend: precision === "float64" ? "reference" : "wasm", precision });
const options = { updates: 6, batchSize: 4, learningRate: 0.02, historyEvery: 1 };
const bits = (weights: Weights): string => JSON.stringify(Object.entries(weights).map(([name, a]) => [name, ...a]));

/** Trials of 2 to 6 steps, padded to the longest of their batch and `padding` more. */
function unevenTask(padding: number, change: Partial<TrialBatch> = {}): Task {
  const batch = (split: Split, indices: Uint32Array, seed: number): TrialBatch => {
    const whole = followTask.batch(split, indices, seed);
    const lengths = Uint32Array.from(indices, (index) => 2 + ((7 * Math.floor(index / 3) + index) % 5));
    const stepCount = Math.max(...lengths) + padding;
    const [from, total] = [followTask.stepCount, indices.length * stepCount];
    const input = new Float32Array(total);
    const values = new Float32Array(2 * total);
    const mask = new Float32Array(total);
    for (const [row, length] of lengths.entries()) {
      for (let step = 0; step < length; step++) {
        const at = row * stepCount + step;
        input[at] = whole.input[row * from + step];
        values[2 * at] = input[at];
        values[2 * at + 1] = -2 * input[at];
        mask[at] = step === 0 ? 0 : step;
      }
    }
    const target = { kind: "values", values } as const;
    return { ...whole, stepCount, outputSize: 2, input, target, mask, lengths, ...change };
  };
  return { ...followTask, outputSize: 2, loss: "squared-error-per-step", batch };
}

describe("batches of trials of different lengths", () => {
  test("padding changes nothing: 3 more steps leave weights and losses within 1e-12", async () => {
    const kernel = await kernelOf();
    const [tight, loose] = await Promise.all(
      [0, 3].map((padding) => train({ network, kernel, task: unevenTask(padding), seed: 1, options })),
    );
    // Sums over steps gain zeros at their ends: what differs is at most the order of a few additions.
    for (const [name, values] of Object.entries(tight.weights)) {
      for (const [i, value] of values.entries()) {
        expect(Math.abs(value - loose.weights[name][i])).toBeLessThan(1e-12);
      }
    }
    for (const [i, { loss }] of tight.history.training.entries()) {
      expect(Math.abs(loss - loose.history.training[i].loss)).toBeLessThan(1e-12);
    }
    const scores = [0, 3].map((padding) => {
      const call = {
        network,
        kernel,
        weights: tight.weights,
        seed: 2,
        trials: 12,
        repeats: 2,
        level: "trained" as const,
      };
      return evaluate({ ...call, task: unevenTask(padding), batchSize: 5 + padding });
    });
    expect(Math.abs(scores[0].loss - scores[1].loss)).toBeLessThan(1e-12);
    expect([...scores[0].trialWeights]).toEqual([...scores[1].trialWeights]);
  });

  test("updates of changing length are stopped, resumed and stacked to the same bits", async () => {
    const kernel = await kernelOf("float32");
    const run = { network, task: unevenTask(0), seed: 1, options };
    const whole = bits((await train({ ...run, kernel })).weights);
    let asked = 0;
    const first = await train({ ...run, kernel, hooks: { shouldStop: () => asked++ === 3 } });
    expect(bits((await train({ ...run, kernel, resume: first.checkpoint })).weights)).toBe(whole);
    const runs = [run, { ...run, seed: 2 }, { ...run, task: unevenTask(2) }];
    const beside = await Promise.all(trainStack({ kernel, runs }));
    expect(bits(beside[0].weights)).toBe(whole);
  });
});

describe("trials that start at a value of their own", () => {
  test("every unit begins there: of a silent network without weights, h falls by 1 - alpha a step", async () => {
    const one = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 3,
      outputSize: 1,
      settings: { alpha: 0.25, activation: "relu" },
    });
    const zeros = one.initialWeights(1);
    const weights = Object.fromEntries(
      Object.entries(zeros).map(([name, array]) => [name, array.map(() => (name === "wOut" ? 1 : 0))]),
    );
    const initialState = Float32Array.of(1, -2);
    const task: Task = {
      ...followTask,
      trialCount: () => 2,
      batch: (split, indices, seed) => {
        const batch = followTask.batch(split, indices, seed);
        const target = { kind: "values", values: new Float32Array(2 * batch.stepCount) } as const;
        return { ...batch, target, mask: batch.mask.map((_, i) => Number(i % batch.stepCount === 1)), initialState };
      },
    };
    const kernel = await one.kernel({ backend: "reference", precision: "float64" });
    const { perTrial } = evaluate({
      network: one,
      kernel,
      weights,
      task,
      seed: 1,
      trials: 2,
      repeats: 1,
      level: "zero",
    });
    // z at the second step: 3 units times 0.75^2 h_0
    for (const [trial, h] of [1, -2].entries()) expect(perTrial[trial]).toBeCloseTo((3 * 0.75 ** 2 * h) ** 2, 12);
  });

  test("training begins there too", async () => {
    const kernel = await kernelOf();
    const trained = async (value: number) =>
      train({
        network,
        kernel,
        task: unevenTask(0, { initialState: new Float32Array(4).fill(value) }),
        seed: 1,
        options: { ...options, updates: 1 },
      });
    const plain = await train({ network, kernel, task: unevenTask(0), seed: 1, options: { ...options, updates: 1 } });
    expect(bits((await trained(0)).weights)).toBe(bits(plain.weights));
    expect(bits((await trained(0.5)).weights)).not.toBe(bits(plain.weights));
  });
});

describe("bias and variance of weighted losses", () => {
  for (const loss of ["mean-squared-error", "squared-error-per-step"]) {
    test(`${loss} with channel weights: they add up to the loss within 1e-12`, async () => {
      const kernel = await kernelOf();
      const task = unevenTask(1, { channelWeights: Float32Array.of(2, 0.5) });
      const call = { network, kernel, weights: network.initialWeights(1), task, loss, seed: 1, trials: 9, repeats: 4 };
      const { loss: total, biasVariance } = evaluate({ ...call, level: "trained", batchSize: 4 });
      const { biasSquared = Number.NaN, variance = Number.NaN } = biasVariance ?? {};
      expect(variance).toBeGreaterThan(1e-4);
      expect(Math.abs(biasSquared + variance - total)).toBeLessThan(1e-12);
    });
  }
});
