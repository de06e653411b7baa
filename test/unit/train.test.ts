import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import type { Network, NetworkKernel, Weights } from "../../src/network/contract.ts";
import type { Task, TrialBatch } from "../../src/task/contract.ts";
import type { Checkpoint } from "../../src/train/checkpoint.ts";
import { losses } from "../../src/train/losses/registry.ts";
import type { TrainOptionsInput } from "../../src/train/options.ts";
import { type TrainHooks, type TrainResult, train } from "../../src/train/train.ts";
import { leakyNetwork, stackable } from "../helpers/leaky-network.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

const short: TrainOptionsInput = { updates: 12, batchSize: 8, learningRate: 0.02, historyEvery: 3 };

interface Setting {
  readonly options?: TrainOptionsInput;
  readonly task?: Task;
  readonly network?: ReturnType<typeof leakyNetwork>;
  readonly kernel?: NetworkKernel;
  readonly precision?: "float32" | "float64";
  readonly seed?: number;
  readonly hooks?: TrainHooks;
  readonly resume?: Checkpoint;
}

function run({
  options,
  task = followTask,
  network,
  kernel,
  precision = "float32",
  seed = 1,
  hooks,
  resume,
}: Setting = {}) {
  const subject = network ?? leakyNetwork({ intensity: 0.2, outputSize: task.outputSize });
  return train({
    network: subject,
    kernel: kernel ?? subject.run(precision),
    task,
    options: { ...short, ...options },
    seed,
    ...(hooks === undefined ? {} : { hooks }),
    ...(resume === undefined ? {} : { resume }),
  });
}

/** Every bit of a result that is to be reproduced. */
function bits({ outcome, weights, best, history, checkpoint }: TrainResult): string {
  const plain = (arrays: Weights) =>
    Object.entries(arrays).map(([name, array]) => [name, array.constructor.name, ...array]);
  return JSON.stringify([
    outcome,
    plain(weights),
    best && [best.update, best.loss, plain(best.weights)],
    history,
    plain(checkpoint.arrays),
    checkpoint.meta,
  ]);
}

/** A checkpoint as it comes back from a file: other objects, the same numbers. */
function stored({ arrays, meta }: Checkpoint): Checkpoint {
  return {
    arrays: Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()])),
    meta: JSON.parse(JSON.stringify(meta)) as Checkpoint["meta"],
  };
}

const stopAt = (update: number): TrainHooks => {
  let asked = 0;
  return { shouldStop: () => asked++ === update };
};

describe("learning", () => {
  test("follows a leaky integral: the loss falls below 1e-3 of its start in 300 updates of adam", async () => {
    const { history, outcome } = await run({
      network: leakyNetwork(),
      options: { updates: 300, learningRate: 0.02, historyEvery: 1 },
    });
    expect(outcome).toEqual({ kind: "completed", update: 300 });
    expect(history.training).toHaveLength(300);
    expect(history.training[299].loss).toBeLessThan(1e-3 * history.training[0].loss);
  });

  test("tells the sign: validation accuracy passes 0.9 with cross-entropy and with hinge", async () => {
    for (const loss of ["task", "hinge"]) {
      const { history } = await run({
        task: signTask,
        network: leakyNetwork({ outputSize: 2, readout: { from: "last", bias: true, activation: "linear" } }),
        options: { updates: 100, loss, learningRate: 0.05, validation: { trials: 40 } },
      });
      expect(history.validation).toHaveLength(1);
      expect(history.validation[0].accuracy).toBeGreaterThan(0.9);
    }
  });
});

describe("one update", () => {
  // Central differences of step 1e-5 in float64: truncation about 1e-10, rounding 1e-16 / 1e-5; relative to slopes of 0.1.
  test("is the slope of loss + activity * mean(rate^2) on trials 0..7 with the training noise, within 1e-8", async () => {
    const network = leakyNetwork({ intensity: 0.3 });
    const kernel = network.run("float64");
    const calls: Parameters<NetworkKernel["forward"]>[0][] = [];
    const recording: NetworkKernel = {
      ...kernel,
      ...stackable((call, keep) => {
        calls.push(call);
        return kernel.forward(call, keep);
      }),
    };
    const options = { updates: 1, optimiser: { name: "sgd" }, learningRate: 1, clipNorm: null, activity: 0.7 };
    const { weights } = await run({ network, kernel: recording, options, seed: 9 });
    const start = network.initialWeights(9);
    const [call] = calls;
    expect([...call.trials]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(call.level).toEqual({ sites: { inside: 0.3 } });
    const batch = followTask.batch("train", call.trials, 9);
    const objective = (at: Weights) => {
      const { output, activity } = kernel.forward({ ...call, weights: at });
      const meanRate =
        Float64Array.from(activity).reduce((a, b) => a + b, 0) / (8 * batch.stepCount * network.spec.hiddenSize);
      return losses.get("mean-squared-error").measure(output, batch).value + 0.7 * meanRate;
    };
    for (const [name, array] of Object.entries(start)) {
      array.forEach((_, i) => {
        const shifted = (by: number) => objective({ ...start, [name]: (array as Float64Array).with(i, array[i] + by) });
        const slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5;
        expect(Math.abs(array[i] - weights[name][i] - slope)).toBeLessThan(1e-8);
      });
    }
  });

  test("only steps that the mask counts are asked for, all steps under an activity penalty", async () => {
    const network = leakyNetwork();
    const kernel = network.run("float32");
    const asked: unknown[] = [];
    const recording: NetworkKernel = {
      ...kernel,
      ...stackable((call, keep) => {
        asked.push(call.outputFrom);
        return kernel.forward(call, keep);
      }),
    };
    await run({ network, kernel: recording, options: { updates: 1 } });
    await run({ network, kernel: recording, options: { updates: 1, activity: 1 } });
    expect(asked).toEqual([2, 0]);
  });

  test("update k sees trials k batchSize .. (k + 1) batchSize - 1", async () => {
    const seen: number[][] = [];
    const task: Task = {
      ...followTask,
      batch: (split, indices, seed) => {
        if (split === "train") seen.push([...indices]);
        return followTask.batch(split, indices, seed);
      },
    };
    await run({ task, options: { updates: 3, batchSize: 2 } });
    expect(seen).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });
});

describe("frozen arrays", () => {
  test("stay as they are, weight decay included, while the others move; also when resumed", async () => {
    const network = { ...leakyNetwork(), frozen: ["wRec", "bOut"] };
    const start = network.initialWeights(1);
    const options: TrainOptionsInput = { weightDecay: 0.5, optimiser: { name: "adamw" } };
    const whole = await run({ network, options, precision: "float64" });
    expect(Object.keys(whole.weights)).toEqual(Object.keys(start));
    for (const [name, array] of Object.entries(whole.weights)) {
      const isSame = array.every((value, i) => value === start[name][i]);
      expect([name, isSame]).toEqual([name, network.frozen.includes(name)]);
    }
    const first = await run({ network, options, precision: "float64", hooks: stopAt(4) });
    expect(bits(await run({ network, options, precision: "float64", resume: stored(first.checkpoint) }))).toBe(
      bits(whole),
    );
  });
});

describe("every option changes what comes out", () => {
  const validation = { every: 2, trials: 10 };
  const cases: readonly [TrainOptionsInput, TrainOptionsInput][] = [
    [{}, { updates: 13 }],
    [{}, { batchSize: 9 }],
    [{}, { learningRate: 0.03 }],
    [{}, { optimiser: { name: "sgd" } }],
    [{}, { schedule: { name: "cosine" } }],
    [{}, { warmUp: 5 }],
    [{}, { clipNorm: 0.01 }],
    [{ clipNorm: null }, { clipNorm: null, clipValue: 0.001 }],
    [{}, { weightDecay: 0.1 }],
    [{}, { activity: 1 }],
    [{}, { historyEvery: 2 }],
    [{}, { validation }],
    [{ validation }, { validation: { ...validation, every: 3 } }],
    [{ validation }, { validation: { ...validation, trials: 11 } }],
    [{ validation }, { validation: { ...validation, level: "zero" } }],
    [{ validation }, { validation: { ...validation, repeats: 2 } }],
    [{ validation }, { validation, keepBest: true }],
    [
      { validation, learningRate: 1 },
      { validation, learningRate: 1, earlyStopping: { patience: 1 } },
    ],
    [
      { validation, earlyStopping: { patience: 2 } },
      { validation, earlyStopping: { patience: 2, minDelta: 10 } },
    ],
  ];
  const facts = ({ outcome, weights, best, history }: TrainResult) =>
    JSON.stringify([outcome.kind, Object.values(weights).map((w) => [...w]), best?.update, history]);
  for (const [before, after] of cases) {
    test(`${JSON.stringify(before)} -> ${JSON.stringify(after)}`, async () => {
      expect(facts(await run({ options: after }))).not.toBe(facts(await run({ options: before })));
    });
  }
  test("loss: hinge trains other weights than cross-entropy", async () => {
    const weights = async (loss: string) => bits(await run({ task: signTask, options: { loss } }));
    expect(await weights("hinge")).not.toBe(await weights("cross-entropy"));
  });
  test("noise intensity and seed change the weights", async () => {
    const wRec = async (setting: Setting) => [...(await run(setting)).weights.wRec];
    const base = await wRec({});
    expect(await wRec({ seed: 2 })).not.toEqual(base);
    expect(await wRec({ network: leakyNetwork({ intensity: 0.3 }) })).not.toEqual(base);
  });
});

describe("the same bits", () => {
  const options: TrainOptionsInput = {
    schedule: { name: "cosine" },
    warmUp: 3,
    weightDecay: 0.01,
    activity: 0.1,
    validation: { every: 4, trials: 12, repeats: 2 },
    keepBest: true,
    earlyStopping: { patience: 50 },
  };
  test("twice the same call", async () => {
    expect(bits(await run({ options }))).toBe(bits(await run({ options })));
  });
  const chosen = [
    { name: "sgd", momentum: 0.9, nesterov: true },
    { name: "adam" },
    { name: "adamw" },
    { name: "rmsprop", momentum: 0.5 },
  ];
  for (const precision of ["float32", "float64"] as const) {
    for (const optimiser of chosen) {
      test(`${optimiser.name}, ${precision}: split at updates 1, 5 and 11 of 12 and resumed from storage`, async () => {
        const setting: Setting = { precision, options: { ...options, optimiser } };
        const whole = bits(await run(setting));
        for (const update of [1, 5, 11]) {
          const first = await run({ ...setting, hooks: stopAt(update) });
          expect(first.outcome).toEqual({ kind: "interrupted", update });
          expect(bits(await run({ ...setting, resume: stored(first.checkpoint) }))).toBe(whole);
        }
      });
    }
  }
  test("resumed from a checkpoint that was handed out on the way, every 5 updates", async () => {
    const handed: Checkpoint[] = [];
    const hooks: TrainHooks = {
      checkpointEvery: 5,
      onCheckpoint: (checkpoint) => void handed.push(stored(checkpoint)),
    };
    const whole = await run({ options, hooks });
    expect(handed.map(({ meta }) => meta.update)).toEqual([5, 10]);
    for (const resume of handed) expect(bits(await run({ options, resume }))).toBe(bits(whole));
  });
  test("hooks change no number", async () => {
    const hooks: TrainHooks = {
      onProgress: () => undefined,
      shouldStop: () => Promise.resolve(false),
      onCheckpoint: () => Promise.resolve(),
      checkpointEvery: 1,
      now: () => 0,
    };
    expect(bits(await run({ options, hooks }))).toBe(bits(await run({ options })));
  });
  test("a finished run resumed is finished", async () => {
    const whole = await run({ options });
    expect(bits(await run({ options, resume: whole.checkpoint }))).toBe(bits(whole));
  });
  test("a checkpoint of another run is refused, every difference by its path", async () => {
    const { checkpoint } = await run();
    const other = run({ seed: 2, options: { learningRate: 0.5 }, precision: "float64", resume: checkpoint });
    await expect(other).rejects.toMatchObject({
      issues: [{ path: "seed" }, { path: "options.learningRate" }, { path: "precision" }],
    });
  });
  test("a checkpoint of another instruction set is refused, since the bits would be of neither", async () => {
    const { checkpoint } = await run();
    const { meta } = checkpoint;
    const elsewhere = { ...checkpoint, meta: { ...meta, run: { ...meta.run, variant: "avx2" } } };
    await expect(run({ resume: elsewhere })).rejects.toMatchObject({
      issues: [{ path: "variant", remedy: expect.stringContaining("NOISY_RNN_ISA") }],
    });
  });
});

describe("validation", () => {
  test("is judged after every 5 updates and after the last, on the same trials and noise", async () => {
    const { history } = await run({ options: { learningRate: 1e-30, validation: { every: 5, trials: 7 } } });
    expect(history.validation.map(({ update }) => update)).toEqual([5, 10, 12]);
    // The learning rate is too small to move a float32 weight, so equal losses show equal trials and noise.
    expect(new Set(history.validation.map(({ loss }) => loss)).size).toBe(1);
    expect(history.validation[0].accuracy).toBe(Number.NaN);
  });
  test("best weights are those of the smallest validation loss", async () => {
    const options: TrainOptionsInput = {
      updates: 40,
      learningRate: 0.8,
      validation: { every: 1, trials: 10 },
      keepBest: true,
    };
    const result = await run({ options });
    const least = result.history.validation.reduce((a, b) => (b.loss < a.loss ? b : a));
    expect(least.update).toBeLessThan(40);
    expect(result.best).toMatchObject({ update: least.update, loss: least.loss });
    const stopped = await run({ options, hooks: stopAt(least.update) });
    expect(result.best?.weights).toEqual(stopped.weights);
  });
  test("early stopping ends after 3 validations without improvement, also when resumed in between", async () => {
    const options: TrainOptionsInput = {
      updates: 400,
      learningRate: 1e-30,
      validation: { every: 2, trials: 10 },
      earlyStopping: { patience: 3 },
    };
    const { outcome } = await run({ options });
    // Nothing moves: the first validation at 2 is the best, those at 4, 6 and 8 are stale.
    expect(outcome).toEqual({ kind: "stopped-early", update: 8, bestUpdate: 2 });
    const first = await run({ options, hooks: stopAt(5) });
    expect((await run({ options, resume: stored(first.checkpoint) })).outcome).toEqual(outcome);
  });
  test("more validation trials than the split holds are refused", async () => {
    await expect(run({ options: { validation: { trials: 41 } } })).rejects.toThrow(
      /the validation split holds 40 trials, got a request for 41/,
    );
  });
});

describe("divergence is an outcome", () => {
  test.each(["train", "validation"] as const)(
    "inputs of the first %s batch that are not finite are refused",
    async (bad) => {
      const task: Task = {
        ...followTask,
        batch: (split, indices, seed) => {
          const batch = followTask.batch(split, indices, seed);
          if (split === bad) batch.input[batch.stepCount + 3] = Number.POSITIVE_INFINITY;
          return batch;
        },
      };
      const failed = run({ task, options: { validation: { every: 4, trials: 8 } } });
      await expect(failed).rejects.toThrow(ParameterError);
      await expect(failed).rejects.toThrow(
        `task "follow", trial 1 of the ${bad} split, step 3: inputs must be finite, got Infinity in channel "u"`,
      );
    },
  );

  const wild = leakyNetwork({ alpha: 0.5 });
  const unstable: typeof wild = {
    ...wild,
    initialWeights: (seed) => ({ ...wild.initialWeights(seed), wRec: Float64Array.of(0, -9, 0, 9, 0, 0, 0, 0, 1) }),
  };
  test("a learning rate of 1e30 ends finite, with the first bad update, trial and step", async () => {
    const options: TrainOptionsInput = { updates: 50, learningRate: 1e30, clipNorm: null, optimiser: { name: "sgd" } };
    const result = await run({ options });
    expect(result.outcome).toMatchObject({ kind: "diverged", update: 1, quantity: "output", step: 2 });
    expect(result.outcome).toHaveProperty("trial");
    for (const array of Object.values(result.weights)) expect(array.every(Number.isFinite)).toBe(true);
    // The step it fails at is what the checkpoint repeats.
    expect((await run({ options, resume: stored(result.checkpoint) })).outcome).toEqual(result.outcome);
  });
  test("NaN in trial 19 at step 4 is found in update 2 at that trial and step", async () => {
    const task: Task = {
      ...followTask,
      batch: (split, indices, seed) => {
        const batch: TrialBatch = followTask.batch(split, indices, seed);
        const row = indices.indexOf(19);
        if (row >= 0) batch.input[row * batch.stepCount + 4] = Number.NaN;
        return batch;
      },
    };
    const { outcome } = await run({ task });
    expect(outcome).toMatchObject({ kind: "diverged", update: 2, quantity: "output", trial: 19, step: 4 });
    expect(outcome).toHaveProperty(
      "advice",
      'task "follow", trial 19 of the train split, step 4: inputs must be finite, got NaN in channel "u"; mend the task: the network cannot',
    );
  });
  test("alpha 0.5 and a pair of modulus 9: the report says 0.5 x 9 = 4.5, above 2", async () => {
    const sum = {
      ...followTask,
      stepCount: 400,
      batch: (split: "train", indices: Uint32Array) => longBatch(split, indices),
    } as Task;
    const { outcome } = await run({ task: sum, network: unstable });
    expect(outcome).toMatchObject({ kind: "diverged", update: 0, quantity: "output" });
    if (outcome.kind !== "diverged") return;
    expect(outcome.recurrent?.product).toBeCloseTo(4.5, 1);
    expect(outcome.advice).toMatch(/0\.5 x 9 = 4\.5, above 2/);
  });
  const altered = (
    change: (forward: ReturnType<NetworkKernel["forward"]>) => ReturnType<NetworkKernel["forward"]>,
  ): NetworkKernel => {
    const kernel = leakyNetwork().run("float32");
    return { ...kernel, ...stackable((call, keep) => change(kernel.forward(call, keep))) };
  };
  const huge = (gradient: Weights, value: number): Weights =>
    Object.fromEntries(Object.entries(gradient).map(([name, array]) => [name, array.map(() => value)]));
  test("a gradient that is not finite is named, with its norm last", async () => {
    const kernel = altered((forward) => ({
      ...forward,
      backward: (z) => huge(forward.backward(z), Number.POSITIVE_INFINITY),
    }));
    expect((await run({ kernel, network: leakyNetwork() })).outcome).toMatchObject({
      quantity: "gradient",
      gradientNorms: [Number.POSITIVE_INFINITY],
    });
  });
  test("an update that overflows the weights is named, and the weights before it are kept", async () => {
    const kernel = altered((forward) => ({ ...forward, backward: (z) => huge(forward.backward(z), 1e38) }));
    const network = leakyNetwork();
    const options: TrainOptionsInput = { optimiser: { name: "sgd" }, learningRate: 1e6, clipNorm: null };
    const { outcome, weights } = await run({ kernel, network, options });
    expect(outcome).toMatchObject({ kind: "diverged", update: 0, quantity: "weights" });
    expect([...weights.wRec]).toEqual([...Float32Array.from(network.initialWeights(1).wRec)]);
  });
  test("activity counts only when it is penalised", async () => {
    const kernel = altered((forward) => ({
      ...forward,
      activity: forward.activity.map(() => Number.POSITIVE_INFINITY),
    }));
    const network = leakyNetwork();
    expect((await run({ kernel, network })).outcome.kind).toBe("completed");
    expect((await run({ kernel, network, options: { activity: 1 } })).outcome).toMatchObject({ quantity: "activity" });
  });
  test("a finite output whose loss overflows is a loss", async () => {
    const kernel = leakyNetwork().run("float64");
    const loud: NetworkKernel = {
      ...kernel,
      ...stackable((call, keep) => {
        const forward = kernel.forward(call, keep);
        return { ...forward, output: forward.output.map(() => 1e200) };
      }),
    };
    expect((await run({ kernel: loud, network: leakyNetwork() })).outcome).toMatchObject({ quantity: "loss" });
  });
  test("the last 20 gradient norms are kept", async () => {
    const task: Task = {
      ...followTask,
      batch: (split, indices, seed) => {
        const batch = followTask.batch(split, indices, seed);
        if (indices[0] >= 30 * 8) batch.input.fill(Number.NaN);
        return batch;
      },
    };
    const { outcome, history } = await run({ task, options: { updates: 40, historyEvery: 1 } });
    if (outcome.kind !== "diverged") throw new Error("expected a divergence");
    expect(outcome.gradientNorms).toEqual(history.training.slice(10, 30).map(({ gradientNorm }) => gradientNorm));
  });
});

function longBatch(_split: "train", indices: Uint32Array): TrialBatch {
  const steps = indices.length * 400;
  return {
    batchSize: indices.length,
    stepCount: 400,
    inputSize: 1,
    outputSize: 1,
    input: new Float32Array(steps).fill(1),
    target: { kind: "values", values: new Float32Array(steps) },
    mask: new Float32Array(steps).fill(1),
    trials: indices,
    conditions: {},
  };
}

describe("progress", () => {
  test("with a clock of 100 ms an update: 10 updates a second, 0.9 s left after 3 of 12, counted from the resumption", async () => {
    const clocked = (start: number) => {
      let done = start;
      const seen: unknown[] = [];
      const hooks: TrainHooks = {
        now: () => 100 * (done++ - start),
        onProgress: (progress) => void seen.push(progress),
      };
      return { hooks, seen };
    };
    const whole = clocked(0);
    await run({ hooks: whole.hooks });
    expect(whole.seen).toHaveLength(12);
    expect(whole.seen[2]).toMatchObject({ update: 3, updates: 12, learningRate: 0.02, updatesPerSecond: 10 });
    expect((whole.seen[2] as { remainingSeconds: number }).remainingSeconds).toBeCloseTo(0.9, 12);
    const { checkpoint } = await run({ hooks: stopAt(8) });
    const rest = clocked(8);
    await run({ hooks: rest.hooks, resume: checkpoint });
    expect(rest.seen[0]).toMatchObject({ update: 9, updatesPerSecond: 10 });
  });
  test("without a clock there are no times", async () => {
    const seen: unknown[] = [];
    await run({ options: { updates: 1 }, hooks: { onProgress: (progress) => void seen.push(progress) } });
    expect(seen).toMatchObject([{ update: 1, updatesPerSecond: undefined, remainingSeconds: undefined }]);
  });
  test("0 updates give the initial weights in the kernel's precision", async () => {
    const network = leakyNetwork();
    const { outcome, weights } = await run({ network, options: { updates: 0 } });
    expect(outcome).toEqual({ kind: "completed", update: 0 });
    expect(weights.wIn).toEqual(Float32Array.from(network.initialWeights(1).wIn));
  });
});

describe("task and network that do not fit", () => {
  test("channels", async () => {
    const network = leakyNetwork({ inputSize: 2 });
    await expect(run({ network })).rejects.toThrow(
      /task "follow": the network's inputSize must be the task's 1, got 2/,
    );
  });
  test("a readout from the last step and a mask on earlier ones", async () => {
    const network = leakyNetwork({ readout: { from: "last", bias: true, activation: "linear" } });
    await expect(run({ network })).rejects.toThrow(/got one from step 2 of 6 on; set readout.from to "every"/);
  });
  test("a mask that counts nothing", async () => {
    const task: Task = {
      ...followTask,
      batch: (split, indices, seed) => {
        const batch = followTask.batch(split, indices, seed);
        return { ...batch, mask: new Float32Array(batch.mask.length) };
      },
    };
    await expect(run({ task })).rejects.toThrow(
      /must count at least one step of a batch, got none in 8 trials of 6 steps/,
    );
  });
  test("unknown options", async () => {
    const network: Network = leakyNetwork();
    await expect(run({ options: { update: 3 } as TrainOptionsInput, network: network as never })).rejects.toThrow(
      /did you mean "updates"/,
    );
  });
});
