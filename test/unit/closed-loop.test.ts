import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/analysis/evaluate.ts";
import { intensitySweep } from "../../src/analysis/intensity-sweep.ts";
import type { Network, NetworkCall, NetworkKernel, Weights } from "../../src/network/contract.ts";
import { together } from "../../src/network/lockstep.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { trialIndices, trialsOf } from "../../src/train/batches.ts";
import { playing } from "../../src/train/closed-loop.ts";
import { type TrainCall, type TrainResult, train, trainStack } from "../../src/train/train.ts";
import { pushTask, pushTaskOf } from "../helpers/closed-loop-task.ts";

installBackends();

const networkOf = (intensity: number, correlationTime?: number): Network =>
  createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 5,
    outputSize: 1,
    settings: { alpha: 0.3, activation: "softplus" },
    noise: [{ site: "inside", intensity, ...(correlationTime && { correlationTime }) }],
  });
const network = networkOf(0.4);
const options = { updates: 8, batchSize: 6, learningRate: 0.02, historyEvery: 1 };

const bits = (arrays: Weights): string => JSON.stringify(Object.entries(arrays).map(([name, a]) => [name, ...a]));
const bitsOf = ({ weights, history, checkpoint }: TrainResult): string =>
  bits(weights) + JSON.stringify(history) + bits(checkpoint.arrays);

describe("a closed loop, played", () => {
  for (const [law, played] of [
    ["white", networkOf(0.4)],
    ["coloured", networkOf(0.4, 2)],
  ] as const) {
    for (const [backend, precision] of [
      ["reference", "float64"],
      ["wasm", "float32"],
    ] as const) {
      test(`has the bits of one forward pass over what was played, ${law} noise, ${backend}`, async () => {
        const kernel = await played.kernel({ backend, precision });
        const trials = trialIndices(3, 7);
        const weights = played.initialWeights(1);
        const player = { network: played, weights, level: "trained", key: { seed: 5, stream: 2 } } as const;
        const environment = pushTask.environment!("test", trials, 5);
        const [{ batch, output }] = together(kernel, [playing(player, environment, trials)]);
        const { network: _, ...call } = player;
        const whole = kernel.forward({ ...trialsOf(played, batch), ...call });
        expect([...output]).toEqual([...whole.output]);
        expect(batch.input.slice(0, 2)).not.toEqual(pushTask.batch("test", trials, 5).input.slice(0, 2));
        // x_1 = x_0 + 0.4 z_0 of the first trial
        expect(batch.input[1]).toBeCloseTo(batch.input[0] + 0.4 * output[0], 6);
      });
    }
  }

  test("starts at the environment's initial state", async () => {
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const trials = trialIndices(0, 2);
    const initialState = Float32Array.of(3, -1);
    const weights = network.initialWeights(1);
    const player = { network, weights, level: "zero", key: { seed: 5, stream: 2 } } as const;
    const environment = { ...pushTask.environment!("test", trials, 5), initialState };
    const [{ batch, output }] = together(kernel, [playing(player, environment, trials)]);
    const { network: _, ...call } = player;
    const whole = kernel.forward({ ...trialsOf(network, { ...batch, initialState }), ...call });
    expect([...output]).toEqual([...whole.output]);
    expect([...output]).not.toEqual([...kernel.forward({ ...trialsOf(network, batch), ...call }).output]);
  });
});

describe("training in a closed loop", () => {
  const call = async (given: Partial<TrainCall> = {}): Promise<TrainCall> => ({
    network,
    kernel: await network.kernel({ backend: "wasm", precision: "float32" }),
    task: pushTask,
    seed: 1,
    options,
    ...given,
  });

  test("100 updates bring the point to 0: from a mean distance above 0.6 to one below 0.4", async () => {
    const given = await call({ options: { ...options, updates: 100 } });
    const { weights } = await train(given);
    const distance = (of: Weights) =>
      evaluate({ ...given, weights: of, trials: 40, repeats: 2, level: "trained" }).outcomes?.distance ?? Number.NaN;
    expect(distance(network.initialWeights(1))).toBeGreaterThan(0.6);
    expect(distance(weights)).toBeLessThan(0.4);
  });

  test("stopped after any update and resumed it has the bits of a run in one go", async () => {
    const whole = bitsOf(await train(await call()));
    for (const stop of [1, 5]) {
      let asked = 0;
      const first = await train(await call({ hooks: { shouldStop: () => asked++ === stop } }));
      expect(first.outcome).toEqual({ kind: "interrupted", update: stop });
      expect(bitsOf(await train(await call({ resume: first.checkpoint })))).toBe(whole);
    }
  });

  test("beside runs of other intensities, seeds, lengths and validations it has the bits that it has alone", async () => {
    const { kernel } = await call();
    const sizes: number[][] = [];
    const counted: NetworkKernel = {
      ...kernel,
      forwardStack: (calls: readonly NetworkCall[], keep) => {
        sizes.push([calls.length, calls[0].stepCount]);
        return kernel.forwardStack(calls, keep);
      },
    };
    const validated = { ...options, validation: { every: 3, trials: 9, repeats: 2 } };
    const runs = [
      { network, task: pushTask, seed: 1, options },
      { network: networkOf(0), task: pushTask, seed: 2, options: validated },
      { network: networkOf(1), task: pushTask, seed: 1, options },
      { network, task: pushTaskOf(9), seed: 1, options },
    ];
    const beside = await Promise.all(trainStack({ kernel: counted, runs }));
    const alone = await Promise.all(runs.map((run) => train({ ...run, kernel })));
    expect(beside.map(bitsOf)).toEqual(alone.map(bitsOf));
    // They meet again: single steps of all four, and updates of the three of equal length, in every round.
    expect(sizes.filter(([members, steps]) => members === 4 && steps === 1).length).toBeGreaterThan(6 * 4);
    expect(sizes.filter(([members, steps]) => members === 3 && steps === 6).length).toBeGreaterThan(3);
  });
});

describe("a score in a closed loop", () => {
  const weights = network.initialWeights(3);
  const measured = async (given: { batchSize?: number; threads?: number; level?: "zero" | "trained" } = {}) => {
    const { batchSize = 40, threads = 1, level = "trained" } = given;
    const kernel = await network.kernel({ backend: "wasm", precision: "float32", threads });
    const score = evaluate({
      network,
      kernel,
      weights,
      task: pushTask,
      seed: 4,
      trials: 40,
      batchSize,
      repeats: 3,
      level,
    });
    kernel.close();
    return score;
  };

  test("plays every repeat with noise of its own: losses and outcomes differ, bias and variance are not defined", async () => {
    const { perRepeat, biasVariance, outcomes, loss } = await measured();
    expect(new Set(perRepeat).size).toBe(3);
    expect(biasVariance).toBeUndefined();
    expect(loss).toBeCloseTo((perRepeat[0] + perRepeat[1] + perRepeat[2]) / 3, 14);
    expect(Object.keys(outcomes ?? {})).toEqual(["distance", "work"]);
    const silent = await measured({ level: "zero" });
    expect(new Set(silent.perRepeat).size).toBe(1);
    expect(silent.outcomes?.work).not.toBe(outcomes?.work);
  });

  test("does not depend on batches or threads: the same bits per trial", async () => {
    const whole = await measured();
    for (const other of [await measured({ batchSize: 7 }), await measured({ threads: 3 })]) {
      expect(other.perTrial).toEqual(whole.perTrial);
      expect(other.accuracy).toBe(whole.accuracy);
      expect(other.outcomes?.distance).toBeCloseTo(whole.outcomes?.distance ?? Number.NaN, 14);
    }
  });

  test("parts weigh to the whole, and one without trials is left out", async () => {
    const { parts = [], loss, accuracy } = await measured();
    expect(parts.map(({ part }) => part)).toEqual(["left", "right"]);
    const left = pushTask.batch("test", trialIndices(0, 40), 4).parts?.filter((part) => part === 0).length ?? 0;
    const mixed = (a: number, b: number) => (left * a + (40 - left) * b) / 40;
    expect(mixed(parts[0].loss, parts[1].loss)).toBeCloseTo(loss, 14);
    expect(mixed(parts[0].accuracy ?? 0, parts[1].accuracy ?? 0)).toBeCloseTo(accuracy ?? Number.NaN, 14);
    expect(parts[0].loss).not.toBe(parts[1].loss);
  });

  test("a sweep carries parts and outcomes to its rows", async () => {
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const call = { network, kernel, weights, task: pushTask, seed: 4, trials: 8, repeats: 2 };
    const [silent, noisy] = intensitySweep({ ...call, intensities: [0, 0.4] });
    const { parts, outcomes, accuracy } = evaluate({ ...call, level: "trained" });
    expect(noisy).toMatchObject({ parts, outcomes, accuracy });
    expect(silent.outcomes).not.toEqual(outcomes);
  });
});
