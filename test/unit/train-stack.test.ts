/** Runs beside each other: every one has the bits that it has alone. */
import { describe, expect, test } from "vitest";
import type { Network, NetworkCall, NetworkKernel, Weights } from "../../src/network/contract.ts";
import { all, forwardPass, lockstep, stackLimit, together } from "../../src/network/lockstep.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { TrainOptionsInput } from "../../src/train/options.ts";
import { type TrainCall, type TrainHooks, type TrainResult, train, trainStack } from "../../src/train/train.ts";
import { leakyNetwork, stackable } from "../helpers/leaky-network.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

type Run = Omit<TrainCall, "kernel">;

const options: TrainOptionsInput = { updates: 12, batchSize: 8, learningRate: 0.02, historyEvery: 3 };
const run = (network: Network, given: Partial<Run> = {}): Run => ({
  network,
  task: followTask,
  seed: 1,
  ...given,
  options: { ...options, ...given.options },
});

function bits({ outcome, weights, best, history, checkpoint }: TrainResult): string {
  const plain = (arrays: Weights) => Object.entries(arrays).map(([name, array]) => [name, ...array]);
  return JSON.stringify([
    outcome,
    plain(weights),
    best && [best.update, best.loss, plain(best.weights)],
    history,
    plain(checkpoint.arrays),
    checkpoint.meta,
  ]);
}

const alone = (kernel: NetworkKernel, runs: readonly Run[]) =>
  Promise.all(runs.map((one) => train({ ...one, kernel })));
const beside = (kernel: NetworkKernel, runs: readonly Run[]) => Promise.all(trainStack({ kernel, runs }));

const stopAt = (update: number): TrainHooks => {
  let asked = 0;
  return { shouldStop: () => asked++ === update };
};

/** A kernel that notes how many members each call had. */
function counted(kernel: NetworkKernel): { readonly kernel: NetworkKernel; readonly sizes: number[] } {
  const sizes: number[] = [];
  const forwardStack: NetworkKernel["forwardStack"] = (calls, keep) => {
    sizes.push(calls.length);
    return kernel.forwardStack(calls, keep);
  };
  return { kernel: { ...kernel, forwardStack }, sizes };
}

const validation = { every: 4, trials: 12, repeats: 2 };
const network = (intensity: number) =>
  createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 5,
    outputSize: 1,
    settings: { alpha: 0.3, activation: "softplus" },
    noise: [{ site: "inside", intensity }],
  });

/** Members that differ in everything that may differ. */
const runs = (make: (intensity: number) => Network): (() => Run)[] => [
  () => run(make(0.2)),
  () => run(make(0.2), { seed: 2 }),
  () => run(make(0)),
  () => run(make(1.5), { options: { learningRate: 0.1, schedule: { name: "cosine" }, activity: 0.1 } }),
  () => run(make(0.2), { options: { updates: 25, optimiser: { name: "sgd" }, validation, keepBest: true } }),
  () => run(make(0.2), { options: { updates: 0 } }),
  // diverges
  () => run(make(0.2), { options: { learningRate: 1e30, clipNorm: null, optimiser: { name: "sgd" } } }),
  // nothing moves, so it stops early
  () =>
    run(make(0.2), {
      options: {
        updates: 400,
        learningRate: 1e-30,
        validation: { ...validation, every: 2 },
        earlyStopping: { patience: 3 },
      },
    }),
  () => run(make(0.3), { seed: 3, hooks: stopAt(7) }),
];

installBackends();

describe("runs beside each other", () => {
  test.each([
    ["reference", "float64"],
    ["wasm", "float32"],
  ] as const)("have the bits that they have alone, whatever becomes of them (%s)", async (backend, precision) => {
    const kernel = await network(0.7).kernel({ backend, precision });
    const { kernel: counting, sizes } = counted(kernel);
    const results = await beside(
      counting,
      runs(network).map((make) => make()),
    );
    expect(results.map(({ outcome }) => outcome.kind)).toEqual([
      ...["completed", "completed", "completed", "completed", "completed", "completed"],
      ...["diverged", "stopped-early", "interrupted"],
    ]);
    const own = await Promise.all(
      runs(network).map(async (make) => {
        const one = make();
        return train({ ...one, kernel: await one.network.kernel({ backend, precision }) });
      }),
    );
    expect(results.map(bits)).toEqual(own.map(bits));
    // All but the one of 0 updates begin together, but for the penalised one, which asks for outputs of all steps.
    expect(Math.max(...sizes)).toBe(7);
  });

  test("go on from checkpoints at different updates to the bits of a run in one go", async () => {
    const kernel = await network(0.2).kernel({ backend: "reference", precision: "float64" });
    const whole = run(network(0.2), { options: { validation, keepBest: true } });
    const halves = await beside(
      kernel,
      [1, 5, 11].map((update) => ({ ...whole, hooks: stopAt(update) })),
    );
    const rest = await beside(
      kernel,
      halves.map(({ checkpoint }) => ({ ...whole, resume: checkpoint })),
    );
    const [expected] = await alone(kernel, [whole]);
    expect(rest.map(bits)).toEqual(Array(3).fill(bits(expected)));
  });

  test("a hook that throws ends its run alone; one that waits changes no number", async () => {
    const leaky = leakyNetwork({ intensity: 0.2 });
    const kernel = leaky.run("float64");
    const failing: TrainHooks = {
      onProgress: ({ update }) => {
        if (update === 3) throw new RangeError("no more");
      },
    };
    const waiting: TrainHooks = {
      shouldStop: () => new Promise((resolve) => setTimeout(resolve, 0, false)),
      checkpointEvery: 1,
      onCheckpoint: () => Promise.resolve(),
    };
    const refusing: TrainHooks = { checkpointEvery: 2, onCheckpoint: () => Promise.reject(new Error("full")) };
    const results = await Promise.allSettled(
      trainStack({
        kernel,
        runs: [failing, waiting, refusing, {}].map((hooks) => run(leaky, { hooks })),
      }),
    );
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"]);
    expect(results[0]).toMatchObject({ reason: { message: "no more" } });
    expect(results[2]).toMatchObject({ reason: { message: "full" } });
    const [expected] = await alone(kernel, [run(leaky)]);
    for (const result of results) {
      if (result.status === "fulfilled") expect(bits(result.value)).toBe(bits(expected));
    }
  });

  test("a promise is settled when its run has ended, not when all have", async () => {
    const leaky = leakyNetwork();
    const order: string[] = [];
    const slow: TrainHooks = { shouldStop: () => new Promise((resolve) => setTimeout(resolve, 0, false)) };
    const results = trainStack({
      kernel: leaky.run("float64"),
      runs: [run(leaky, { options: { updates: 9 }, hooks: slow }), run(leaky, { options: { updates: 2 } })],
    });
    await Promise.all(results.map((result, index) => result.then(() => order.push(`run ${index}`))));
    expect(order).toEqual(["run 1", "run 0"]);
  });

  test("other architectures are refused, other intensities are not", () => {
    const kernel = leakyNetwork().run("float64");
    const stack = (...networks: Network[]) => trainStack({ kernel, runs: networks.map((one) => run(one)) });
    expect(() => stack(leakyNetwork(), leakyNetwork({ hiddenSize: 4 }))).toThrow(
      /run 1 of a stack: must have the architecture of the first/,
    );
    expect(stack(leakyNetwork(), leakyNetwork({ intensity: 2 }))).toHaveLength(2);
    expect(stack()).toEqual([]);
  });

  test("a call that cannot be stacked is made alone: what is wrong with one run is nobody else's failure", async () => {
    const leaky = leakyNetwork();
    const kernel = leaky.run("float64");
    const strict: NetworkKernel = {
      ...kernel,
      forwardStack: (calls, keep) => {
        if (calls.some(({ key }) => key.seed === 13)) throw new RangeError("seed 13");
        return kernel.forwardStack(calls, keep);
      },
    };
    const results = await Promise.allSettled(
      trainStack({ kernel: strict, runs: [12, 13, 14].map((seed) => run(leaky, { seed })) }),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("runs of two tasks and of other batch sizes go in stacks of their own", async () => {
    const leaky = leakyNetwork({ outputSize: 2 });
    const { kernel, sizes } = counted(leaky.run("float64"));
    const mixed = [8, 8, 9].map((batchSize) => run(leaky, { task: signTask, options: { batchSize } }));
    const results = await beside(kernel, mixed);
    expect(new Set(sizes)).toEqual(new Set([2, 1]));
    expect(results.map(bits)).toEqual((await alone(leaky.run("float64"), mixed)).map(bits));
  });
});

describe("lockstep", () => {
  const leaky = leakyNetwork({ intensity: 0.5 });
  const call: NetworkCall = {
    weights: leaky.initialWeights(1),
    batchSize: 1,
    stepCount: 2,
    input: Float64Array.of(1, 2),
    trials: Uint32Array.of(0),
    level: "trained",
    key: { seed: 1, stream: 1 },
  };

  test("a call has at most `stackLimit` members, and those that wait longest come first", () => {
    const limit = stackLimit(leaky.spec.hiddenSize, 1, 2 ** 15);
    expect(limit).toBe(2);
    const seen: number[][] = [];
    const kernel: NetworkKernel = {
      ...leaky.run("float64"),
      ...stackable(() => ({
        output: new Float64Array(),
        activity: new Float64Array(),
        states: () => ({}),
        backward: () => ({}),
        backwardAll: () => ({ weights: {}, input: new Float64Array(), initialState: {} }),
      })),
    };
    const forwardStack: NetworkKernel["forwardStack"] = (calls, keep) => {
      seen.push(calls.map(({ key }) => key.seed));
      return kernel.forwardStack(calls, keep);
    };
    const passes = function* (seed: number) {
      for (let i = 0; i < 2; i++) yield* forwardPass(leaky, { ...call, stepCount: 2 ** 15, key: { seed, stream: 0 } });
      return seed;
    };
    expect(together({ ...kernel, forwardStack }, [0, 1, 2].map(passes))).toEqual([0, 1, 2]);
    expect(seen).toEqual([
      [0, 1],
      [2, 0],
      [1, 2],
    ]);
  });

  test("a level means what it means to the network that asks, whatever network the kernel was made from", () => {
    const output = (network: Network, level: NetworkCall["level"]) =>
      together(leaky.run("float64"), [forwardPass(network, { ...call, level })])[0].output;
    const loud = leakyNetwork({ intensity: 2 });
    for (const level of ["trained", "zero", { factor: 0.5 }, { sites: { inside: 0.1 } }, { sites: {} }] as const) {
      expect(output(loud, level)).toEqual(loud.run("float64").forward({ ...call, level }).output);
    }
  });

  test("of parts that throw, the first error comes out; no parts are an empty list", async () => {
    const failing = function* (message: string) {
      yield* all([]);
      throw new Error(message);
    };
    const whole = function* () {
      return yield* all([failing("first"), failing("second")]);
    };
    const kernel = leaky.run("float64");
    await expect(lockstep(kernel, [whole()])[0]).rejects.toThrow("first");
    expect(together(kernel, [])).toEqual([]);
  });
});
