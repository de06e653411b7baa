import { describe, expect, test } from "vitest";
import { CapabilityError, FormatError, ParameterError, ShapeError } from "../../src/core/errors.ts";
import { stream, uniforms } from "../../src/core/random.ts";
import { unknownName } from "../../src/core/registry.ts";
import { tensor } from "../../src/core/tensor.ts";
import { encodeCsv } from "../../src/io/csv.ts";
import { encodeNpz } from "../../src/io/npz.ts";
import type { Split, Task, TaskResources, TrialBatch } from "../../src/task/contract.ts";
import { tasks } from "../../src/task/registry.ts";
import { targetFunctions } from "../../src/task/target-function/named.ts";
import { type Canvas, type TrialGrammar, trialTask, wholeTrial } from "../../src/task/trial.ts";

const nothing: TaskResources = {
  dataset: async (name) => {
    throw new CapabilityError({ place: name, rule: "not here", remedy: "bring it" });
  },
  file: async () => new Uint8Array(0),
};

const make = (name: string, options: Record<string, unknown> = {}, resources = nothing): Promise<Task> =>
  tasks.get(name).create(options, resources);

const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error, got none");
}

/** Checks that hold for every batch of every task. */
function expectWellFormed(task: Task, batch: TrialBatch, indices: Uint32Array): void {
  const { batchSize, stepCount, inputSize, outputSize } = batch;
  expect([batchSize, stepCount, inputSize, outputSize]).toEqual([
    indices.length,
    task.stepCount,
    task.inputSize,
    task.outputSize,
  ]);
  expect(batch.input).toHaveLength(batchSize * stepCount * inputSize);
  expect(batch.mask).toHaveLength(batchSize * stepCount);
  expect(batch.trials).toEqual(indices);
  expect(task.inputs).toHaveLength(inputSize);
  expect(task.outputs).toHaveLength(outputSize);
  if (batch.target.kind === "values") expect(batch.target.values).toHaveLength(batchSize * stepCount * outputSize);
  else {
    expect(batch.target.classes).toHaveLength(batchSize * stepCount);
    for (const value of batch.target.classes) expect(value >= 0 && value < outputSize).toBe(true);
  }
  for (const column of Object.values(batch.conditions)) expect(column).toHaveLength(batchSize);
  expect(task.periods[0].start).toBe(0);
  expect(task.periods.at(-1)?.end).toBeCloseTo(stepCount * task.dt, 9);
}

describe("the registry", () => {
  test("an unknown task is answered with the nearest and the known ones", () => {
    expect(() => tasks.get("mnist-row")).toThrow('did you mean "mnist-rows"? known: function-approximation');
  });

  test("where there is nothing to choose from, the message says so", () => {
    expect(unknownName("noise source", "inside", []).message).toBe(
      'noise source: no noise source is named "inside"; there is none to choose from: leave the name out',
    );
  });

  test("every default is accepted in JSON form, and an option that no task has is refused by every task", async () => {
    for (const definition of tasks.members) {
      expect(JSON.parse(JSON.stringify(definition.defaults))).toEqual(definition.defaults);
      const error = await rejection(definition.create({ nonsense: 1 }, nothing));
      expect(error).toBeInstanceOf(ParameterError);
      expect(error.message).toContain(`task ${definition.name}: no option is named "nonsense"`);
    }
  });

  test("a task whose data set is missing passes the CapabilityError on", async () => {
    expect(await rejection(make("mnist-rows"))).toBeInstanceOf(CapabilityError);
    expect(await rejection(make("ecg5000"))).toBeInstanceOf(CapabilityError);
  });
});

describe("the trial grammar", () => {
  const periods = [
    { name: "first", duration: 30 },
    { name: "second", duration: 50 },
  ];
  const task = trialTask({
    name: "demo",
    options: {},
    dt: 20,
    periods,
    inputs: [
      { name: "a", meaning: "" },
      { name: "b", meaning: "" },
    ],
    outputs: [{ name: "z", meaning: "" }],
    conditions: ["c"],
    trialCount: () => 5,
    draw: (split, index, seed) => ({ c: index + seed + (split === "test" ? 100 : 0) }),
    paint: (canvas, { c }) => {
      canvas.input("b", "second", c);
      canvas.groundTruth("z", "first", -c);
      canvas.mask("second", 2);
    },
  });

  test("ends of periods are rounded to whole steps of dt: 30 + 50 ms at 20 ms are 2 + 2 steps", () => {
    expect(task.stepCount).toBe(4);
    expect(task.periods).toEqual([
      { name: "first", start: 0, end: 40 },
      { name: "second", start: 40, end: 80 },
    ]);
  });

  test("channels and periods are painted where their names say, the rest is 0", () => {
    const batch = task.batch("test", Uint32Array.of(3, 0), 10);
    expect([...batch.input]).toEqual([0, 0, 0, 0, 0, 113, 0, 113, 0, 0, 0, 0, 0, 110, 0, 110]);
    expect(batch.target).toEqual({ kind: "values", values: Float32Array.of(-113, -113, 0, 0, -110, -110, 0, 0) });
    expect([...batch.mask]).toEqual([0, 0, 2, 2, 0, 0, 2, 2]);
    expect([...Array.from(batch.conditions.c)]).toEqual([113, 110]);
    expectWellFormed(task, batch, Uint32Array.of(3, 0));
  });

  test("the whole trial is all periods together", () => {
    const whole = trialTask({
      name: "demo",
      options: {},
      dt: 20,
      periods,
      inputs: [{ name: "a", meaning: "" }],
      outputs: [{ name: "z", meaning: "" }],
      conditions: ["c"],
      trialCount: () => 5,
      draw: (_, index) => ({ c: index }),
      paint: (canvas, { c }) => {
        canvas.input("a", wholeTrial, c);
        canvas.mask("second", 1);
      },
    }).batch("test", Uint32Array.of(3, 1), 0);
    expect([...whole.input]).toEqual([3, 3, 3, 3, 1, 1, 1, 1]);
    expect([...whole.mask]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });

  const sound = {
    name: "own",
    options: {},
    dt: 20,
    periods,
    inputs: [{ name: "a", meaning: "" }],
    outputs: [{ name: "z", meaning: "" }],
    conditions: ["c"],
    trialCount: () => 1,
    draw: (): Record<string, number> => ({ c: 1 }),
    paint: (canvas: Canvas) => canvas.mask("first", 1),
  };

  test.each<[change: Record<string, unknown>, message: string]>([
    [{ periods: undefined }, "task own, periods: must be an array, got nothing; give at least one"],
    [{ periods: [] }, "task own, periods: must hold one or more, got []"],
    [{ periods: [{ name: "p", duration: 9 }] }, "periods[0].duration: must keep a step of 20 ms when ends are rounded"],
    [
      { periods: [{ name: "p", duration: -40 }] },
      "periods[0].duration: must be a finite number of ms above 0, got -40",
    ],
    [{ periods: [...periods, periods[0]] }, 'periods[2].name: must differ from those before it, got "first"'],
    [{ periods: [{ name: wholeTrial, duration: 40 }] }, "must not be the name for all periods together"],
    [{ period: [] }, 'task own: no key of a trial grammar is named "period"; did you mean "periods"?'],
    [{ inputs: [{ name: "a" }] }, "task own, inputs[0].meaning: must be a text, got nothing; say in a few words"],
    [{ trialCount: undefined }, "task own, trialCount: must be a function, got nothing; trialCount: () => "],
    [{ name: undefined }, "task without a name, name: must be a text, got nothing"],
    [{ dt: 0 }, "task own, dt: must be finite and above 0, got 0"],
    [{ conditions: [3] }, "task own, conditions[0]: must be a text, got 3"],
  ])("a grammar with %o is refused when its task is made", (change, message) => {
    const create = () => trialTask({ ...sound, ...change } as unknown as TrialGrammar<string>);
    expect(create).toThrow(ParameterError);
    expect(create).toThrow(message);
  });

  test.each<[what: string, change: Record<string, unknown>, message: string]>([
    [
      "an unknown channel",
      { paint: (canvas: Canvas) => canvas.input("zz", "first", 1) },
      'task own, trial 7 of the train split: no input channel is named "zz"; did you mean "a"? known: a',
    ],
    [
      "an unknown period",
      { paint: (canvas: Canvas) => canvas.groundTruth("z", "frist", 1) },
      'trial 7 of the train split: no period is named "frist"; did you mean "first"? known: first, second, whole trial',
    ],
    [
      "NaN",
      { paint: (canvas: Canvas) => canvas.input("a", "first", Number.NaN) },
      'trial 7 of the train split, input channel "a", period "first": what is painted must be a number that is finite in float32, got NaN',
    ],
    ["a negative weight", { paint: (canvas: Canvas) => canvas.mask("first", -1) }, 'mask, period "first": what is'],
    ["no condition", { draw: () => ({}) }, 'split, draw: must return a number for the condition "c", got none'],
  ])("%s in a trial is a ParameterError that says where", (_, change, message) => {
    const wrong = trialTask({ ...sound, ...change });
    const batch = () => wrong.batch("train", range(7, 1), 0);
    expect(batch).toThrow(ParameterError);
    expect(batch).toThrow(message);
  });

  test("an empty batch is empty arrays", () => {
    expectWellFormed(task, task.batch("train", new Uint32Array(0), 0), new Uint32Array(0));
  });
});

describe("function-approximation", () => {
  test("30 steps of 20 ms, scored from step 15 on, one input, one output", async () => {
    const task = await make("function-approximation");
    expect(task.periods).toEqual([
      { name: "settle", start: 0, end: 300 },
      { name: "respond", start: 300, end: 600 },
    ]);
    const batch = task.batch("train", range(0, 3), 1);
    expectWellFormed(task, batch, range(0, 3));
    const once = [...new Float32Array(15), ...new Float32Array(15).fill(1)];
    expect([...batch.mask]).toEqual([...once, ...once, ...once]);
  });

  test("the target is f of the constant input at every step, for every named function", async () => {
    for (const { name, value } of targetFunctions.members) {
      const task = await make("function-approximation", { target: name, stepCount: 4 });
      const { input, target, conditions } = task.batch("train", range(5, 8), 3);
      for (let i = 0; i < input.length; i++) {
        const u = conditions.u[i >> 2];
        expect(input[i]).toBe(u);
        expect(target.kind === "values" && target.values[i]).toBe(Math.fround(value(u)));
      }
    }
  });

  test("the named functions are what their formulas say at -1/2, 0 and 1", () => {
    const values = Object.fromEntries(targetFunctions.members.map((f) => [f.name, [-0.5, 0, 1].map(f.value)]));
    expect(values).toEqual({
      "sin-pi": [-1, 0, expect.closeTo(0, 15)],
      "cos-pi": [expect.closeTo(0, 15), 1, -1],
      identity: [-0.5, 0, 1],
      abs: [0.5, 0, 1],
      square: [0.25, 0, 1],
      cube: [-0.125, 0, 1],
      step: [0, 0, 1],
    });
  });

  test("the test split is 41 equally spaced points from -1 to 1, again and again, whatever the seed", async () => {
    const task = await make("function-approximation");
    expect(task.trialCount("test")).toBe(41);
    const { conditions } = task.batch("test", range(0, 83), 0);
    const u = Array.from(conditions.u);
    expect([u[0], u[20], u[40], u[41], u[82]]).toEqual([-1, 0, 1, -1, -1]);
    for (let i = 0; i < 40; i++) expect(u[i + 1] - u[i]).toBeCloseTo(0.05, 6);
    expect(task.batch("test", range(0, 83), 9).input).toEqual(task.batch("test", range(0, 83), 0).input);
  });

  test.each([
    [{ stepCount: 10 }, (t: Task) => t.stepCount, 10],
    [{ dt: 5 }, (t: Task) => t.periods[1].end, 150],
    [{ scoredFrom: 0 }, (t: Task) => t.batch("train", range(0, 1), 0).mask[0], 1],
    [{ scoredFrom: 0.9 }, (t: Task) => t.batch("train", range(0, 1), 0).mask.reduce((a, b) => a + b), 3],
    [{ scoredFrom: 0.999 }, (t: Task) => t.batch("train", range(0, 1), 0).mask.reduce((a, b) => a + b), 1],
    [{ stepCount: 100, scoredFrom: 0.29 }, (t: Task) => t.periods[0].end, 29 * 20],
    [{ stepCount: 1 }, (t: Task) => t.batch("train", range(0, 1), 0).mask[0], 1],
    [{ testPoints: 3 }, (t: Task) => Array.from(t.batch("test", range(0, 3), 0).conditions.u), [-1, 0, 1]],
  ] as const)("option %j changes the task", async (options, observe, expected) => {
    expect(observe(await make("function-approximation", options))).toEqual(expected);
  });

  test.each([
    [{ target: "sinpi" }, 'did you mean "sin-pi"'],
    [{ stepCount: 0 }, "stepCount must be an integer in 1..100000, got 0"],
    [{ stepCount: 2.5 }, "stepCount must be an integer in 1..100000, got 2.5"],
    [{ stepCount: "30" }, 'stepCount must be an integer in 1..100000, got "30"'],
    [{ scoredFrom: 1 }, "scoredFrom must be a number in [0, 1), got 1"],
    [{ scoredFrom: Number.NaN }, "scoredFrom must be a number in [0, 1), got NaN"],
    [{ dt: -1 }, "dt must be a number of ms > 0, got -1"],
    [{ testPoints: 1 }, "testPoints must be an integer in 2..1000000, got 1"],
    [{ stepcount: 3 }, 'did you mean "stepCount"'],
  ])("%j is refused: %s", async (options, message) => {
    const error = await rejection(make("function-approximation", options));
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain(message);
  });

  test("trial i shows 2 U - 1 of the uniform number at (seed, split, i), in float32; splits do not share numbers", async () => {
    const task = await make("function-approximation", { stepCount: 1 });
    const shown = (split: Split) => Array.from(task.batch(split, range(40, 20), 7).conditions.u);
    const drawn = (index: number) =>
      Array.from(range(40, 20), (trial) => {
        const [uniform] = uniforms(new Float64Array(1), { seed: 7, stream: stream("task-trials", index) }, { trial });
        return Math.fround(2 * uniform - 1);
      });
    expect(shown("train")).toEqual(drawn(0));
    expect(shown("validation")).toEqual(drawn(1));
    expect(shown("train").filter((u) => shown("validation").includes(u))).toEqual([]);
  });
});

describe("the contract, on every task that needs no data and on table", () => {
  const file = encodeNpz({
    input: tensor(
      [10, 4, 2],
      Float32Array.from({ length: 80 }, (_, i) => i),
    ),
    label: tensor(
      [10],
      Int32Array.from({ length: 10 }, (_, i) => i % 3),
    ),
  });
  const cases: [string, Record<string, unknown>][] = [
    ["function-approximation", {}],
    ["table", { path: "t.npz" }],
  ];

  test.each(cases)(
    "%s: a batch is the same whatever else is asked for, and in whatever order",
    async (name, options) => {
      const task = await make(name, options, { ...nothing, file: async () => file });
      for (const split of ["train", "validation", "test"] as Split[]) {
        const whole = task.batch(split, range(0, 40), 5);
        task.batch(split, range(100, 10), 6);
        const scattered = task.batch(split, Uint32Array.of(37, 3, 20), 5);
        expectWellFormed(task, whole, range(0, 40));
        const size = task.stepCount * task.inputSize;
        for (const [b, index] of [37, 3, 20].entries()) {
          expect(scattered.input.subarray(b * size, (b + 1) * size)).toEqual(
            whole.input.subarray(index * size, (index + 1) * size),
          );
          for (const [variable, column] of Object.entries(scattered.conditions)) {
            expect(column[b]).toBe(whole.conditions[variable][index]);
          }
        }
      }
    },
  );

  test.each(cases)("%s: the seed changes the training trials; arrays belong to the caller", async (name, options) => {
    const task = await make(name, options, { ...nothing, file: async () => file });
    const indices = range(0, 20);
    const batch = task.batch("train", indices, 1);
    expect(task.batch("train", indices, 2).input).not.toEqual(batch.input);
    batch.input.fill(0);
    batch.trials.fill(99);
    expect(indices[1]).toBe(1);
    expect(task.batch("train", indices, 1).input).not.toEqual(batch.input);
  });
});

describe("table from .npz", () => {
  /** Ten trials of four steps and two channels; input is 100 trial + 10 step + channel. */
  const input = tensor(
    [10, 4, 2],
    Float32Array.from({ length: 80 }, (_, i) => 100 * Math.floor(i / 8) + 10 * (Math.floor(i / 2) % 4) + (i % 2)),
  );
  const target = tensor(
    [10, 4, 1],
    Float64Array.from({ length: 40 }, (_, i) => -i),
  );
  const label = tensor(
    [10],
    BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i % 3)),
  );
  const from = (arrays: Parameters<typeof encodeNpz>[0], options: Record<string, unknown> = {}) =>
    make("table", { path: "t.npz", ...options }, { ...nothing, file: async () => encodeNpz(arrays) });

  test("target: values, every step counts, channels are numbered, rows are conditions", async () => {
    const task = await from({ input, target });
    expect([task.loss, task.stepCount, task.inputSize, task.outputSize, task.dt]).toEqual([
      "mean-squared-error",
      4,
      2,
      1,
      20,
    ]);
    expect(task.inputs.map(({ name }) => name)).toEqual(["input 0", "input 1"]);
    const batch = task.batch("train", range(0, 7), 3);
    const rows = Array.from(batch.conditions.row);
    expect([...batch.mask]).toEqual(new Array(28).fill(1));
    for (const [b, row] of rows.entries()) {
      expect([...batch.input.subarray(8 * b, 8 * b + 8)]).toEqual([
        ...(input.data as Float32Array).subarray(8 * row, 8 * row + 8),
      ]);
      expect(batch.target.kind === "values" && [...batch.target.values.subarray(4 * b, 4 * b + 4)]).toEqual(
        [0, 1, 2, 3].map((step) => -(4 * row + step)),
      );
    }
  });

  test("label per trial: the last step counts; label per step: every step counts", async () => {
    const once = (await from({ input, label })).batch("test", range(0, 1), 0);
    expect([...once.mask]).toEqual([0, 0, 0, 1]);
    expect(once.target).toEqual({ kind: "classes", classes: new Int32Array(4).fill(once.conditions.row[0] % 3) });
    expect(once.conditions.label[0]).toBe(once.conditions.row[0] % 3);
    const perStep = tensor(
      [10, 4],
      Int32Array.from({ length: 40 }, (_, i) => i % 4),
    );
    const each = (await from({ input, label: perStep })).batch("test", range(0, 1), 0);
    expect([...each.mask]).toEqual([1, 1, 1, 1]);
    expect(each.target).toEqual({ kind: "classes", classes: Int32Array.of(0, 1, 2, 3) });
  });

  test("mask, split and dt of the file are used", async () => {
    const mask = tensor(
      [10, 4],
      Float32Array.from({ length: 40 }, (_, i) => (i % 4 === 1 ? 0.5 : 0)),
    );
    const split = tensor([10], Uint8Array.of(0, 0, 1, 2, 2, 2, 0, 0, 0, 0));
    const task = await from({ input, label, mask, split, dt: tensor([], Float64Array.of(5)) });
    expect(task.dt).toBe(5);
    expect(["train", "validation", "test"].map((s) => task.trialCount(s as Split))).toEqual([6, 1, 3]);
    const batch = task.batch("test", range(0, 4), 0);
    expect(Array.from(batch.conditions.row)).toEqual([3, 4, 5, 3]);
    expect([...batch.mask.subarray(0, 4)]).toEqual([0, 0.5, 0, 0]);
    expect((await from({ input, label, dt: tensor([1], Float64Array.of(5)) }, { dt: 2 })).dt).toBe(2);
  });

  test("without split, 10 trials become 7 / 1 / 2, without overlap, and the fractions and the seed change them", async () => {
    const rowsOf = (task: Task) =>
      (["train", "validation", "test"] as Split[]).map((split) =>
        Array.from(task.batch(split, range(0, task.trialCount(split)), 0).conditions.row).sort((a, b) => a - b),
      );
    const rows = rowsOf(await from({ input, label }));
    expect(rows.map((split) => split.length)).toEqual([7, 1, 2]);
    expect(rows.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rowsOf(await from({ input, label }, { splitSeed: 1 }))).not.toEqual(rows);
    expect(
      rowsOf(await from({ input, label }, { validationFraction: 0, testFraction: 0.5 })).map((r) => r.length),
    ).toEqual([5, 0, 5]);
  });

  test("an epoch shows every training row once; the next epoch and another seed show them in another order", async () => {
    const task = await from({ input, label }, { validationFraction: 0, testFraction: 0 });
    const epoch = (e: number, seed: number) => Array.from(task.batch("train", range(10 * e, 10), seed).conditions.row);
    for (const e of [0, 1, 2]) expect(epoch(e, 4).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(epoch(1, 4)).not.toEqual(epoch(0, 4));
    expect(epoch(0, 5)).not.toEqual(epoch(0, 4));
    expect(task.batch("train", range(5, 10), 4).conditions.row).toEqual(
      Float64Array.from([...epoch(0, 4).slice(5), ...epoch(1, 4).slice(0, 5)]),
    );
  });

  test("a split without trials is said when it is asked for", async () => {
    const task = await from({ input, label }, { testFraction: 0 });
    expect(() => task.batch("test", range(0, 1), 0)).toThrow("the test split holds no trials");
  });

  const nan = (index: number) => {
    const data = (input.data as Float32Array).slice();
    data[index] = Number.NaN;
    return tensor([10, 4, 2], data);
  };
  const bad = (over: Record<string, ReturnType<typeof tensor>>) => ({ input, label, ...over });

  test.each([
    [
      "NaN",
      { input: nan(8 * 3 + 2 * 2 + 1), label },
      FormatError,
      "got NaN in input[trial 3, step 2, channel 1 (input 1)]",
    ],
    [
      "infinity in float32 only",
      {
        input,
        target: tensor(
          [10, 4, 1],
          Float64Array.from({ length: 40 }, (_, i) => (i === 39 ? 1e300 : 0)),
        ),
      },
      FormatError,
      "got 1e+300 in target[trial 9, step 3, channel 0 (target 0)]",
    ],
    [
      "a mask of another length",
      bad({ mask: tensor([10, 3], new Float32Array(30)) }),
      ShapeError,
      "mask must have axes [trial 10, time 4], got [10, 3]",
    ],
    [
      "a transposed target",
      { input, target: tensor([4, 10, 1], new Float32Array(40)) },
      ShapeError,
      "target must have axes [trial 10, time 4, channel ?], got [4, 10, 1]",
    ],
    [
      "an input of two axes",
      { input: tensor([10, 8], new Float32Array(80)), label },
      ShapeError,
      "input must have axes [trial ?, time ?, channel ?], got [10, 8]",
    ],
    [
      "no trials",
      { input: tensor([0, 4, 2], new Float32Array(0)), label: tensor([0], new Int32Array(0)) },
      ShapeError,
      "at least one trial, step and channel, got [trial 0, time 4, channel 2]",
    ],
    [
      "a target of no channels",
      { input, target: tensor([10, 4, 0], new Float32Array(0)) },
      ShapeError,
      "target must hold at least one channel",
    ],
    [
      "labels too few",
      { input, label: tensor([9], new Int32Array(9)) },
      ShapeError,
      "label must have axes [trial 10], got [9]",
    ],
    [
      "a broken label",
      {
        input,
        label: tensor(
          [10],
          Float32Array.from({ length: 10 }, () => 0.5),
        ),
      },
      FormatError,
      "classes are integers 0, 1, ..., 99999, got 0.5 in label[trial 0]",
    ],
    [
      "a negative label",
      {
        input,
        label: tensor(
          [10, 4],
          Int32Array.from({ length: 40 }, (_, i) => (i === 6 ? -1 : 0)),
        ),
      },
      FormatError,
      "got -1 in label[trial 1, step 2]",
    ],
    [
      "a negative mask",
      bad({
        mask: tensor(
          [10, 4],
          Float32Array.from({ length: 40 }, (_, i) => (i === 5 ? -1 : 1)),
        ),
      }),
      FormatError,
      "weights are >= 0, got -1 in mask[trial 1, step 1]",
    ],
    [
      "an unknown split",
      bad({
        split: tensor(
          [10],
          Uint8Array.from({ length: 10 }, (_, i) => i),
        ),
      }),
      FormatError,
      "split is 0 (train), 1 (validation) or 2 (test), got 3 for trial 3",
    ],
    ["a dt of 0", bad({ dt: tensor([], Float64Array.of(0)) }), FormatError, "dt must be one number of ms > 0"],
    ["target and label", bad({ target }), FormatError, "exactly one of target and label is needed, found both"],
    ["neither", { input }, FormatError, "exactly one of target and label is needed, found neither"],
    ["no input", { label }, FormatError, "an array input with axes [trial, time, channel] is needed, found label"],
    ["a misspelt name", bad({ msak: label }), ParameterError, 'did you mean "mask"'],
  ] as const)("%s is refused", async (_, arrays, kind, message) => {
    const error = await rejection(from(arrays));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(message);
    expect(error.message).toContain("t.npz");
  });

  test.each([
    [{ path: "" }, 'path must name a file, got ""'],
    [{ dt: 0 }, 'dt must be a number of ms > 0 or "file", got 0'],
    [{ testFraction: 1 }, "testFraction must be a number in [0, 1), got 1"],
    [{ validationFraction: 0.5, testFraction: 0.5 }, "must leave trials for training"],
    [{ splitSeed: -1 }, "splitSeed must be an integer in 0..2^53-1, got -1"],
  ])("option %j is refused: %s", async (options, message) => {
    expect((await rejection(from({ input, label }, options))).message).toContain(message);
  });

  test("fractions for a file that says its own split are refused, not ignored", async () => {
    const split = tensor([10], new Uint8Array(10));
    const error = await rejection(from({ input, label, split }, { testFraction: 0.3 }));
    expect(error.message).toContain("testFraction has no meaning for a file that says its own split");
  });

  test("a truncated file is a FormatError with its place", async () => {
    const file = encodeNpz({ input, label });
    const error = await rejection(
      make("table", { path: "t.npz" }, { ...nothing, file: async () => file.subarray(0, 200) }),
    );
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain("t.npz, byte 200: the zip archive ends early");
  });
});

describe("table from .csv", () => {
  const from = (columns: Parameters<typeof encodeCsv>[0] | string, options: Record<string, unknown> = {}) =>
    make(
      "table",
      { path: "t.csv", testFraction: 0, validationFraction: 0, ...options },
      {
        ...nothing,
        file: async () => (typeof columns === "string" ? new TextEncoder().encode(columns) : encodeCsv(columns)),
      },
    );
  const grid = { trial: [1, 1, 2, 2], time: [0, 5, 0, 5] };

  test("channels keep their names and order, dt is the spacing of time, rows may come in any order", async () => {
    const task = await from({
      time: [5, 0, 5, 0],
      trial: [2, 2, 1, 1],
      y: [8, 7, 6, 5],
      x: [4, 3, 2, 1],
      "target.v": [40, 30, 20, 10],
      "target.w": [0, 0, 0, 1],
    });
    expect(task.dt).toBe(5);
    expect(task.inputs.map(({ name }) => name)).toEqual(["y", "x"]);
    expect(task.outputs.map(({ name }) => name)).toEqual(["target.v", "target.w"]);
    const batch = task.batch("train", range(0, 2), 0);
    const first = Array.from(batch.conditions.row).indexOf(0);
    expect([...batch.input.subarray(4 * first, 4 * first + 4)]).toEqual([5, 1, 6, 2]);
    expect(batch.target.kind === "values" && [...batch.target.values.subarray(4 * first, 4 * first + 4)]).toEqual([
      10, 1, 20, 0,
    ]);
  });

  test("label, mask and a split in words", async () => {
    const columns = {
      ...grid,
      x: [1, 2, 3, 4],
      label: [0, 0, 1, 1],
      mask: [1, 0, 0, 2],
      split: ["train", "train", "test", "test"],
    };
    const task = await from(columns, { testFraction: undefined, validationFraction: undefined });
    expect([task.outputSize, task.trialCount("train"), task.trialCount("test")]).toEqual([2, 1, 1]);
    const batch = task.batch("test", range(0, 1), 0);
    expect([...batch.input, ...batch.mask, batch.conditions.label[0]]).toEqual([3, 4, 0, 2, 1]);
  });

  test("one step has no spacing: dt is 20 ms", async () => {
    expect((await from({ trial: [1, 2], time: [0, 0], x: [1, 2], label: [0, 1] })).dt).toBe(20);
  });

  test.each([
    ["no time", { trial: [1], x: [1], label: [0] }, "a column time is needed, found trial, x, label"],
    [
      "no input",
      { ...grid, label: [0, 0, 1, 1] },
      "at least one trial, step and channel, got [trial 2, time 2, channel 0]",
    ],
    ["no target", { ...grid, x: [1, 2, 3, 4] }, "exactly one of target and label is needed, found neither"],
    [
      "a hole in the time",
      { trial: [1, 1, 1], time: [0, 1, 3], x: [1, 2, 3], label: [0, 0, 0] },
      "times must be equally spaced and the same for every trial, expected 2 ms at step 2, got 3 in trial 1, line 4",
    ],
    [
      "the same time twice",
      { trial: [1, 1], time: [0, 0], x: [1, 2], label: [0, 0] },
      "got 0 ms twice in trial 1, line 3",
    ],
    [
      "nearly the same time twice",
      { trial: [1, 1, 1, 2, 2, 2], time: [0, 10, 20, 0, 19.992, 20.007], x: range(0, 6), label: new Uint8Array(6) },
      "got 20.007 ms twice in trial 2, line 7",
    ],
    [
      "one wrong time, named though sorting moves it",
      {
        trial: [1, 1, 1, 1, 2, 2, 2, 2],
        time: [0, 333, 40, 60, 0, 20, 40, 60],
        x: range(0, 8),
        label: new Uint8Array(8),
      },
      "expected 20 ms at step 1, got 333 in trial 1, line 3",
    ],
    [
      "labels 1 and 2, which would pass for three classes",
      { ...grid, x: [1, 2, 3, 4], label: [1, 1, 2, 2] },
      "classes are 0, 1, ... and each occurs, class 0 never does in label, got 1, 2; number the classes from 0",
    ],
    [
      "a negative weight",
      { ...grid, x: [1, 2, 3, 4], label: [0, 0, 1, 1], mask: [1, 1, 1, -1] },
      "got -1 in mask[trial 2, step 1], line 5",
    ],
    [
      "a class that is no integer",
      { ...grid, x: [1, 2, 3, 4], label: [0, 0, 0.5, 0.5] },
      "got 0.5 in label[trial 2], line 4",
    ],
    [
      "other times in trial 2",
      { ...grid, time: [0, 5, 1, 6], x: [1, 2, 3, 4], label: [0, 0, 0, 0] },
      "expected 0 ms at step 0, got 1 in trial 2, line 4",
    ],
    [
      "a trial too short",
      { trial: [1, 1, 2], time: [0, 5, 0], x: [1, 2, 3], label: [0, 0, 0] },
      "every trial must have 2 steps as trial 1 has, got 1 in trial 2, line 4",
    ],
    [
      "a label that changes",
      { ...grid, x: [1, 2, 3, 4], label: [0, 0, 1, 2] },
      "label must be constant within a trial, got 1 and 2 in trial 2, line 5",
    ],
    [
      "a missing value",
      { ...grid, x: [1, 2, Number.NaN, 4], label: [0, 0, 1, 1] },
      "got NaN in input[trial 2, step 0, channel 0 (x)], line 4",
    ],
    [
      "an infinite value",
      { ...grid, x: [1, 2, 3, Number.NEGATIVE_INFINITY], label: [0, 0, 1, 1] },
      "got -Infinity in input[trial 2, step 1, channel 0 (x)], line 5",
    ],
    [
      "a missing trial",
      { ...grid, trial: [1, 1, Number.NaN, 2], x: [1, 2, 3, 4], label: [0, 0, 1, 1] },
      "trial must be finite, got NaN in row 3, line 4",
    ],
    [
      "words as labels",
      { ...grid, x: [1, 2, 3, 4], label: ["a", "a", "b", "b"] },
      'column "label" must hold numbers, got "a"',
    ],
    [
      "words as trials",
      { ...grid, trial: ["a", "a", "b", "b"], x: [1, 2, 3, 4], label: [0, 0, 1, 1] },
      'column "trial" must hold numbers, got "a"',
    ],
    [
      "another split",
      { ...grid, x: [1, 2, 3, 4], label: [0, 0, 1, 1], split: ["train", "train", "dev", "dev"] },
      'split is train, validation or test, got "dev" in row 3, line 4',
    ],
    ["a trial in capitals", "Trial,time,x,label\n1,0,0.5,0\n", "a column trial is needed, found Trial, time, x, label"],
    ["no rows", "trial,time,x,label\n", "at least one row is needed"],
  ] as const)("%s is refused", async (_, columns, message) => {
    const error = await rejection(from(columns as never, { testFraction: undefined, validationFraction: undefined }));
    expect(error.message).toContain(message);
    expect(error.message).toContain("t.csv");
  });

  test("an unknown target function is said once, with the task", async () => {
    const error = await rejection(make("function-approximation", { target: "squar" }));
    expect(error.message).toMatch(
      /^task function-approximation: no target function is named "squar"; did you mean "square"/,
    );
  });

  test("a typing error in a number names line and byte", async () => {
    const error = await rejection(from("trial,time,x,label\n1,0,0.5,0\n1,20,0.5.1,0\n"));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain('byte 34: line 3: column "x" holds numbers above, found "0.5.1"');
  });

  test("the same trials from .csv and .npz give the same batch", async () => {
    const csv = await from({ ...grid, x: [0.1, 0.2, 0.3, 0.4], label: [0, 0, 1, 1] });
    const arrays = {
      input: tensor([2, 2, 1], Float64Array.of(0.1, 0.2, 0.3, 0.4)),
      label: tensor([2], Uint8Array.of(0, 1)),
    };
    const npz = await make(
      "table",
      { path: "t.npz", testFraction: 0, validationFraction: 0, dt: 5 },
      { ...nothing, file: async () => encodeNpz(arrays) },
    );
    expect(csv.batch("train", range(0, 9), 2)).toEqual(npz.batch("train", range(0, 9), 2));
  });
});

describe("data sets of another kind than the published ones", () => {
  /** Rows of zeros: enough for the checks of shape and label. */
  const rows = (count: number, label: (row: number) => number, length = 140) =>
    new TextEncoder().encode(
      Array.from({ length: count }, (_, row) => `${label(row)}${"\t0".repeat(length)}`).join("\n"),
    );
  const ecg = (train: Uint8Array, test: Uint8Array): TaskResources => ({
    ...nothing,
    dataset: async (_, file) => ({ bytes: file === "ECG5000_TRAIN" ? train : test, file: `${file}.tsv.gz` }),
  });

  test.each([
    [
      "too few rows",
      rows(499, () => 1),
      "expected series of shape [500, 140, 1] with labels 1 to 5, found [499, 140, 1]",
    ],
    ["a label of 6", rows(500, () => 6), "with labels 1 to 5"],
    ["series too short", rows(500, () => 1, 139), "found [500, 139, 1]"],
  ])("ecg5000: %s is a FormatError", async (_, train, message) => {
    const error = await rejection(make("ecg5000", {}, ecg(train, train)));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
  });

  test("mnist-rows: images of another shape are a FormatError that says which", async () => {
    const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7);
    const error = await rejection(
      make("mnist-rows", {}, { ...nothing, dataset: async (_, file) => ({ bytes: images, file }) }),
    );
    expect(error.message).toContain(
      "train-images-idx3-ubyte, byte 4: expected bytes of shape [60000, 28, 28], found [1, 1, 1]",
    );
  });

  test.each([
    ["mnist-rows", { pixelsPerStep: 5 }, "pixelsPerStep must divide 784, got 5"],
    ["mnist-rows", { pixelsPerStep: 0 }, "pixelsPerStep must be an integer in 1..784, got 0"],
    ["mnist-rows", { limitTrain: 60_000 }, "limitTrain must be an integer in 1..58000, got 60000"],
    ["mnist-rows", { limitTest: 0 }, "limitTest must be an integer in 1..10000, got 0"],
    ["mnist-rows", { splitSeed: 0.5 }, "splitSeed must be an integer in 0..2^53-1, got 0.5"],
    ["mnist-sequential", { pixelsPerStep: 5 }, "pixelsPerStep must divide 784, got 5"],
    [
      "mnist-sequential",
      { permutation: "randperm" },
      "permutation must be none, seed-N (our own), numpy-N or randperm-N",
    ],
    ["mnist-sequential", { scale: "percent" }, 'scale must be "unit" or "raw", got "percent"'],
    ["mnist-sequential", { split: "none" }, "split must be seed-N (our own), numpy-N or randperm-N"],
    ["mnist-sequential", { validationTrials: 60_000 }, "validationTrials must be an integer in 1..59999, got 60000"],
    ["mnist-sequential", { limitTrain: 58_001 }, "limitTrain must be an integer in 1..58000, got 58001"],
    ["mnist-sequential", { limitTest: 0 }, "limitTest must be an integer in 1..10000, got 0"],
    ["ecg5000", { classes: "two" }, 'classes must be "five" or "binary", got "two"'],
    ["ecg5000", { classes: "toString" }, 'classes must be "five" or "binary"'],
    ["ecg5000", { samplesPerStep: 3 }, "samplesPerStep must divide 140, got 3"],
    ["ecg5000", { limitTest: 4500 }, "limitTest must be an integer in 1..4000, got 4500"],
  ])("%s refuses %j before it reads any data", async (name, options, message) => {
    const error = await rejection(make(name, options));
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain(message);
  });
});
