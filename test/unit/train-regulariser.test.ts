/** Training with the second-order effect of the noise in place of the noise. */
import { describe, expect, test } from "vitest";
import { noiseGraph } from "../../src/analysis/regulariser/noise-graph.ts";
import { sampler } from "../../src/analysis/regulariser/sampled.ts";
import { stream } from "../../src/core/random.ts";
import type { Network, NetworkCall, Weights } from "../../src/network/contract.ts";
import { together } from "../../src/network/lockstep.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { trialIndices, trialsOf } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { type TrainOptionsInput, trainOptions } from "../../src/train/options.ts";
import { type NoiseRegulariser, regularisedPass } from "../../src/train/regulariser.ts";
import { train, trainStack } from "../../src/train/train.ts";
import { pushTask } from "../helpers/closed-loop-task.ts";
import { random, randomWeights } from "../helpers/networks.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

installBackends();

const networkOf = (noise: readonly NoiseSourceInput[], outputSize = 1): Network =>
  createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize,
    settings: { alpha: 0.5, activation: "tanh" },
    noise,
  });
const network = networkOf([{ site: "inside", intensity: 0.4 }]);

describe("the regularised pass", () => {
  const key = { seed: 4, stream: stream("training-noise", 0) };
  const streamOf = (draw: number): number => stream("training-noise", draw);
  const kinds: readonly [string, readonly NoiseSourceInput[]][] = [
    ["inside", [{ site: "inside", intensity: 0.4 }]],
    [
      "coloured and of the weights",
      [
        { site: "inside", intensity: 0.3, correlationTime: 2 },
        { site: "weight", intensity: 0.1 },
      ],
    ],
  ];
  for (const [name, noise] of kinds) {
    test.each(["p+q", "q"] as const)(
      `${name}: its gradient is that of loss + strength / 2 (%s) along the draws, to 1e-3 at step 0.01`,
      async (terms) => {
        const noisy = networkOf(noise, 2);
        const kernel = await noisy.kernel({ precision: "float64", backend: "reference" });
        const batch = signTask.batch("test", trialIndices(0, 4), 1);
        const loss = losses.get("cross-entropy");
        const weights = randomWeights(noisy, 3);
        const outputFrom = 5;
        const strength = 0.7;
        const call = { ...trialsOf(noisy, batch), weights, key, outputFrom };
        const given = { strength, step: 0.01, draws: 2, terms };
        const pass = together(kernel, [
          regularisedPass(noisy, call, batch, loss, given, { activity: 0, stream: streamOf }),
        ])[0];
        /** The same objective by the expansion along the same draws: tangents, no differences. */
        const objective = async (at: Weights): Promise<number> => {
          const along = await sampler(noisy, noiseGraph(noisy, at), loss, { backend: "reference", threads: 1 });
          const clean = kernel.forward({ ...call, weights: at, level: "zero" });
          let value = loss.measure(clean.output, batch).value;
          for (const draw of [0, 1]) {
            const { p, q } = along.sample(batch, outputFrom, { ...key, stream: streamOf(draw) });
            for (let row = 0; row < p.length; row++)
              value += (strength / 4) * (terms === "q" ? q[row] : p[row] + q[row]);
          }
          return value;
        };
        const direction = Object.fromEntries(
          Object.entries(weights).map(([array, values], index) => [array, random(values.length, 40 + index)]),
        );
        const moved = (by: number): Weights =>
          Object.fromEntries(
            Object.entries(weights).map(([array, values]) => [
              array,
              values.map((x, i) => x + by * direction[array][i]),
            ]),
          );
        const size = 1e-4;
        const expected = ((await objective(moved(size))) - (await objective(moved(-size)))) / (2 * size);
        const clean = kernel.forward({ ...call, level: "zero" }, true);
        const withoutIt = inner(clean.backward({ output: loss.gradient(clean.output, batch) }), direction);
        const got = inner(pass.failed === undefined ? pass.gradient : {}, direction);
        // error k^2 = 1e-4 times the fourth-order terms, here up to three times the second-order ones
        expect(Math.abs(got - expected)).toBeLessThan(1e-3 * Math.abs(expected - withoutIt));
        expect(Math.abs(expected - withoutIt)).toBeGreaterThan(1e-3);
      },
    );
  }

  test("at step 1 and strength 1 it is the mean gradient of an antithetic pair of noisy passes, to 1e-12", async () => {
    const kernel = await network.kernel({ precision: "float64", backend: "reference" });
    const batch = followTask.batch("test", trialIndices(0, 4), 1);
    const loss = losses.get("mean-squared-error");
    const call = { ...trialsOf(network, batch), weights: randomWeights(network, 3), key };
    const gradientOf = (more: Pick<NetworkCall, "level" | "mirrored">): Weights => {
      const forward = kernel.forward({ ...call, ...more }, true);
      const gradient = forward.backward({ output: loss.gradient(forward.output, batch) });
      return Object.fromEntries(Object.entries(gradient).map(([array, values]) => [array, values.slice()]));
    };
    const noisy = gradientOf({ level: "trained" });
    const mirrored = gradientOf({ level: "trained", mirrored: true });
    expect(mirrored).not.toEqual(noisy);
    const pass = together(kernel, [
      regularisedPass(
        network,
        call,
        batch,
        loss,
        { strength: 1, step: 1, draws: 1, terms: "p+q" },
        { activity: 0, stream: streamOf },
      ),
    ])[0];
    for (const [array, values] of Object.entries(pass.failed === undefined ? pass.gradient : {})) {
      for (const [i, value] of values.entries())
        expect(value).toBeCloseTo((noisy[array][i] + mirrored[array][i]) / 2, 12);
    }
  });

  test("mirrored draws are those of the other sign: outputs of a linear network are symmetric about the noise-free ones", async () => {
    const linear = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 3,
      outputSize: 1,
      settings: { activation: "linear" },
      noise: [
        { site: "inside", intensity: 0.4, correlationTime: 2 },
        { site: "outside", intensity: 0.3, law: "uniform" },
        { site: "state", intensity: 0.3, law: "rademacher" },
        { site: "input", intensity: 0.3, law: "uniform-decrement" },
      ],
    });
    const kernel = await linear.kernel({ precision: "float64", backend: "reference" });
    const batch = followTask.batch("test", trialIndices(0, 3), 1);
    const call = { ...trialsOf(linear, batch), weights: randomWeights(linear, 3), key };
    const [one, other, none] = [
      kernel.forward({ ...call, level: "trained" }),
      kernel.forward({ ...call, level: "trained", mirrored: true }),
      kernel.forward({ ...call, level: "zero" }),
    ].map(({ output }) => output);
    for (const [i, value] of none.entries()) expect((one[i] + other[i]) / 2).toBeCloseTo(value, 13);
    expect(Math.abs(one[5] - other[5])).toBeGreaterThan(1e-2);
    const dropped = networkOf([{ site: "update", intensity: 0.2, law: "bernoulli" }]);
    const kernelOfDropped = await dropped.kernel({ precision: "float64", backend: "reference" });
    const pass = { ...call, weights: randomWeights(dropped, 3), mirrored: true };
    expect(() => kernelOfDropped.forward({ ...pass, level: "trained" })).toThrow("cannot be mirrored");
  });
});

describe("training with the regulariser", () => {
  const options: TrainOptionsInput = { updates: 6, batchSize: 8, learningRate: 0.02, historyEvery: 1 };
  const trained = async (regulariser: Partial<NoiseRegulariser> | null, of = network, task = followTask) => {
    const kernel = await of.kernel({ precision: "float64", backend: "reference" });
    return train({ network: of, kernel, task, options: { ...options, regulariser }, seed: 2 });
  };

  test("every option changes the result, null is none, and the history holds the loss without noise", async () => {
    const usual = await trained({});
    expect(usual.options.regulariser).toEqual({ strength: 1, step: 0.1, draws: 1, terms: "p+q" });
    for (const change of [{ strength: 2 }, { step: 0.05 }, { draws: 2 }, { terms: "q" }, null] as const) {
      expect((await trained(change)).weights).not.toEqual(usual.weights);
    }
    const silent = networkOf([{ site: "inside", intensity: 0 }]);
    const [without, nothing] = [await trained(null, silent), await trained({}, silent)];
    // the noise-free pass counts 1 - 100 times and twice 50 times: rounding grows by 100
    expect(nothing.history.training[5].loss).toBeCloseTo(without.history.training[5].loss, 11);
    expect(usual.history.training[0].loss).toBe(without.history.training[0].loss);
  });

  test("interrupted and resumed, or beside others, it has the bits of a run in one go (float32)", async () => {
    const kernel = await network.kernel({ precision: "float32", backend: "wasm" });
    const runs = (["p+q", "q"] as const).map((terms) => ({
      network,
      task: followTask,
      options: { ...options, regulariser: { terms } },
      seed: 3,
    }));
    const alone = await Promise.all(runs.map((run) => train({ ...run, kernel })));
    const beside = await Promise.all(trainStack({ kernel, runs }));
    for (const [index, run] of runs.entries()) {
      expect(beside[index].weights).toEqual(alone[index].weights);
      let asked = 0;
      const first = await train({ ...run, kernel, hooks: { shouldStop: () => asked++ === 4 } });
      const rest = await train({ ...run, kernel, resume: first.checkpoint });
      expect(rest.weights).toEqual(alone[index].weights);
      expect(rest.history).toEqual(alone[index].history);
    }
  });

  test("a closed loop is played without noise, and then regularised", async () => {
    const of = networkOf([{ site: "inside", intensity: 0.4 }]);
    const result = await trained({}, of, pushTask);
    expect(result.outcome.kind).toBe("completed");
    expect(result.weights).not.toEqual((await trained(null, of, pushTask)).weights);
    const silent = await trained(null, networkOf([{ site: "inside", intensity: 0 }]), pushTask);
    expect(result.history.training[0].loss).toBe(silent.history.training[0].loss);
  });

  test("it is refused without noise to stand for, and for noise whose odd orders do not vanish", async () => {
    await expect(trained({}, networkOf([]))).rejects.toThrow("stands for the network's noise, got none");
    const odd = networkOf([{ site: "update", intensity: 0.2, law: "uniform-decrement" }]);
    await expect(trained({}, odd)).rejects.toThrow("got uniform-decrement at site update");
    expect(() => trainOptions({ regulariser: { step: 2, draw: 1 } as never })).toThrow("regulariser.step");
    expect(() => trainOptions({ regulariser: { terms: "p" as never } })).toThrow('no choice of terms is named "p"');
    expect(trainOptions({ regulariser: null })).toEqual(trainOptions({}));
    expect("regulariser" in trainOptions({})).toBe(false);
  });

  test("weights that make an output infinite end the run at that update", async () => {
    const kernel = await network.kernel({ precision: "float64", backend: "reference" });
    const wild = { ...options, learningRate: 1e200, clipNorm: null, optimiser: { name: "sgd" }, regulariser: {} };
    const { outcome } = await train({ network, kernel, task: followTask, options: wild, seed: 2 });
    expect(outcome).toMatchObject({ kind: "diverged", update: 1 });
  });
});

function inner(a: Weights, b: Weights): number {
  let sum = 0;
  for (const [name, values] of Object.entries(a)) for (let i = 0; i < values.length; i++) sum += values[i] * b[name][i];
  return sum;
}
