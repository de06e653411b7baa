/** The multi-task suites as tasks: batches, groups of trials, options. */
import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import type { Task, TrialBatch } from "../../src/task/contract.ts";
import { tasks } from "../../src/task/registry.ts";

const make = (options: Record<string, unknown> = {}): Promise<Task> =>
  tasks.get("multitask").create(options, {
    dataset: () => Promise.reject(new Error("no data set is needed")),
    file: () => Promise.reject(new Error("no file is needed")),
  });
const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

function valuesOf({ target }: TrialBatch): Float32Array {
  if (target.kind !== "values") throw new Error("values expected");
  return target.values;
}

describe.each(["yang2019", "driscoll2024"])("batches of %s", (suite) => {
  test("the target as output scores 1 on 64 trials of every task, fixation for ever fails where a response is due", async () => {
    const task = await make({ suite });
    const count = 64 * (task.parts?.length ?? 0);
    const batch = task.batch("test", range(0, count), 5);
    expect(judged(task, valuesOf(batch), batch).every((solved) => solved === 1)).toBe(true);
    const fixating = new Float32Array(valuesOf(batch).length).fill(0.8);
    const expected = Array.from(batch.conditions.targetDirection, (direction) => (direction === -1 ? 1 : 0));
    expect(judged(task, fixating, batch)).toEqual(expected);
  });

  test("a batch is as long as its longest trial; what follows a trial is 0 and does not count", async () => {
    const task = await make({ suite });
    const batch = task.batch("test", range(0, 32 * 6), 1);
    const lengths = batch.lengths as Uint32Array;
    expect(batch.stepCount).toBe(Math.max(...lengths));
    expect(batch.stepCount).toBeLessThanOrEqual(task.stepCount);
    expect(new Set(lengths).size).toBeGreaterThan(2);
    for (const [row, length] of lengths.entries()) {
      const at = (step: number) => row * batch.stepCount + step;
      const padding = batch.input.subarray(at(length) * batch.inputSize, at(batch.stepCount) * batch.inputSize);
      expect(padding.every((value) => value === 0)).toBe(true);
      expect(batch.mask.subarray(at(length), at(batch.stepCount)).every((value) => value === 0)).toBe(true);
      expect(batch.mask[at(length - 1)]).toBe(25);
    }
    // The verdict is on a trial's own last step: what is written into the padding changes nothing.
    const output = valuesOf(batch).slice();
    for (const [row, length] of lengths.entries()) {
      output.fill(
        0.9,
        (row * batch.stepCount + length) * batch.outputSize,
        (row + 1) * batch.stepCount * batch.outputSize,
      );
    }
    expect(judged(task, output, batch).every((solved) => solved === 1)).toBe(true);
  });

  test("trials are the same alone and in company, whatever the order; another seed or split gives others", async () => {
    const task = await make({ suite });
    const together = task.batch("train", range(0, 200), 3);
    const some = Uint32Array.of(190, 3, 70);
    const alone = task.batch("train", some, 3);
    for (const [row, index] of some.entries()) {
      const length = (alone.lengths as Uint32Array)[row];
      expect(together.lengths?.[index]).toBe(length);
      const size = length * alone.inputSize;
      expect(alone.input.slice(row * alone.stepCount * alone.inputSize).slice(0, size)).toEqual(
        together.input.slice(index * together.stepCount * together.inputSize).slice(0, size),
      );
    }
    expect(task.batch("train", range(0, 3), 4).conditions).not.toEqual(task.batch("train", range(0, 3), 3).conditions);
    expect(task.batch("validation", range(0, 3), 3).conditions).not.toEqual(
      task.batch("test", range(0, 3), 3).conditions,
    );
  });

  test("a group has task and timing in common, and directions of its own; test trials take the tasks in turn", async () => {
    const task = await make({ suite });
    const count = task.parts?.length ?? 0;
    const train = task.batch("train", range(0, 64 * 4), 0);
    const scored = task.batch("validation", range(0, 32 * 2 * count), 0);
    for (const [batch, size] of [
      [train, 64],
      [scored, 32],
    ] as const) {
      for (let row = 0; row < batch.batchSize; row++) {
        const first = Math.floor(row / size) * size;
        expect(batch.parts?.[row]).toBe(batch.parts?.[first]);
        expect(batch.lengths?.[row]).toBe(batch.lengths?.[first]);
        expect(batch.conditions.goTime[row]).toBe(batch.conditions.goTime[first]);
      }
      expect(new Set(Array.from(batch.conditions.firstDirection).slice(0, size)).size).toBe(size);
    }
    expect(Array.from({ length: 2 * count }, (_, group) => scored.parts?.[32 * group])).toEqual(
      Array.from({ length: 2 * count }, (_, group) => group % count),
    );
    // 16 timings of a task: that all 15 or 20 have two equal ones in a row has probability 0
    expect(scored.lengths?.slice(0, 32 * count)).not.toEqual(scored.lengths?.slice(32 * count));
  });

  test("a batch of no trials is empty", async () => {
    const task = await make({ suite });
    const batch = task.batch("train", range(0, 0), 0);
    expect([batch.batchSize, batch.stepCount, batch.input.length]).toEqual([0, task.stepCount, 0]);
    expect(judged(task, new Float32Array(0), batch)).toEqual([]);
  });
});

describe("options", () => {
  test("suite: driscoll2024 has 15 of the tasks, 20 inputs, 3 outputs, a linear readout", async () => {
    const without = ["dm1", "dm2", "contextdm1", "contextdm2", "multidm"];
    const task = await make({ suite: "driscoll2024" });
    expect(task.parts).toEqual((await make()).parts?.filter((name) => !without.includes(name)));
    expect([task.inputSize, task.outputSize, task.readout?.activation]).toEqual([20, 3, "linear"]);
    expect(task.inputs.map(({ name }) => name).slice(0, 6)).toEqual([
      "fixation",
      "modality 1 sine",
      "modality 1 cosine",
      "modality 2 sine",
      "modality 2 cosine",
      "rule fdgo",
    ]);
  });

  test("fixation counts 4 times in the loss, summed over steps", async () => {
    const task = await make();
    expect([...(task.batch("train", range(0, 1), 0).channelWeights ?? [])]).toEqual([4, ...new Array(32).fill(1)]);
    expect([task.loss, task.readout?.activation, task.stepCount]).toEqual(["squared-error-per-step", "sigmoid", 209]);
    expect(task.trialCount("test")).toBe(Number.POSITIVE_INFINITY);
  });

  test("tasks: a sub-suite draws its members alone, in the suite's order, on the suite's channels", async () => {
    const task = await make({ tasks: "dmsgo, reactgo" });
    expect(task.parts).toEqual(["reactgo", "dmsgo"]);
    expect([task.inputSize, task.stepCount]).toEqual([85, 165]);
    const batch = task.batch("test", range(0, 64), 0);
    const ruleAt = (row: number) =>
      batch.input
        .subarray(row * batch.stepCount * 85)
        .subarray(65, 85)
        .indexOf(1);
    expect([batch.parts?.[0], batch.parts?.[32], ruleAt(0), ruleAt(32)]).toEqual([0, 1, 1, 16]);
    const trained = new Set(task.batch("train", range(0, 64 * 40), 0).parts);
    expect([...trained].sort()).toEqual([0, 1]);
  });

  test("ringSize: channels of each ring; preferred directions stay equally spaced", async () => {
    const task = await make({ ringSize: 16, tasks: "reactgo" });
    expect([task.inputSize, task.outputSize]).toEqual([1 + 32 + 20, 17]);
    const batch = task.batch("test", range(0, 32), 0);
    expect(judged(task, valuesOf(batch), batch).every((solved) => solved === 1)).toBe(true);
    expect(task.inputs[5].meaning).toContain("preferred direction 90 degrees");
  });

  test("easy: differences of strength are 10 times, of delayed decisions 2 times as large", async () => {
    const difference = async (tasks: string, easy: boolean) => {
      const { conditions } = (await make({ tasks, easy })).batch("test", range(0, 32), 0);
      return Array.from(conditions.firstStrength1, (first, i) => Math.abs(first - conditions.secondStrength1[i]));
    };
    for (const [name, factor] of [
      ["dm1", 10],
      ["delaydm1", 2],
    ] as const) {
      const hard = await difference(name, false);
      for (const [i, value] of (await difference(name, true)).entries()) expect(value / hard[i]).toBeCloseTo(factor, 9);
    }
  });

  test("trialsPerGroup and scoredTrialsPerGroup: sizes of groups in training, and in validation and test", async () => {
    const task = await make({ trialsPerGroup: 5, scoredTrialsPerGroup: 2, tasks: "fdgo,delaygo" });
    const changes = (split: "train" | "validation" | "test") => {
      const { conditions } = task.batch(split, range(0, 20), 0);
      return Array.from(conditions.goTime).flatMap((time, i, all) => (i > 0 && time !== all[i - 1] ? [i] : []));
    };
    expect(changes("train").every((i) => i % 5 === 0)).toBe(true);
    expect(changes("train").length).toBeGreaterThan(1);
    for (const split of ["validation", "test"] as const) {
      expect(changes(split).every((i) => i % 2 === 0)).toBe(true);
      expect(changes(split).some((i) => i % 5 !== 0)).toBe(true);
    }
  });

  test("dt: durations are cut off to whole steps one by one; 100 ms of grace are 3 steps of 30 ms", async () => {
    const task = await make({ dt: 30, tasks: "dm1", scoredTrialsPerGroup: 1 });
    // 400, 800, 1600 and 500 ms are 13, 26, 53 and 16 steps; the longest fixation, below 400 ms, 13
    expect(task.stepCount).toBe(13 + 53 + 16);
    const { lengths, conditions, mask, stepCount } = task.batch("test", range(0, 40), 0);
    for (const [row, length] of (lengths as Uint32Array).entries()) {
      const go = conditions.goTime[row] / 30;
      expect(length - go).toBe(16);
      expect(Array.from(mask.subarray(row * stepCount + go - 1, row * stepCount + go + 4))).toEqual([1, 0, 0, 0, 25]);
      expect(Array.from(mask.subarray(row * stepCount, row * stepCount + 4))).toEqual([0, 0, 0, 1]);
    }
  });

  test.each([
    [{ suite: "yang2018" }, /no suite is named "yang2018"; did you mean "yang2019"/],
    [{ tasks: "fdgo,dmgo" }, /no task is named "dmgo"; did you mean "dmsgo"/],
    [{ tasks: "fdgo,fdgo" }, /must name tasks, each once/],
    [{ tasks: ["fdgo"] }, /must name tasks, each once.*got \["fdgo"\]/],
    [{ suite: "driscoll2024", tasks: "dm1" }, /no task is named "dm1"/],
    [{ suite: "driscoll2024", easy: true }, /easy must be false in the suite driscoll2024/],
    [{ suite: "driscoll2024", ringSize: 16 }, /ringSize does not apply to the suite driscoll2024/],
    [{ easy: "yes" }, /easy must be true or false, got "yes"/],
    [{ ringSize: 3 }, /ringSize must be an integer in 4\.\.1024, got 3/],
    [{ trialsPerGroup: 0 }, /trialsPerGroup must be an integer/],
    [{ scoredTrialsPerGroup: 1.5 }, /scoredTrialsPerGroup must be an integer/],
    [{ dt: 101 }, /dt must be a number of ms in \(0, 100\], got 101/],
  ])("%j is refused", async (options, message) => {
    await expect(make(options)).rejects.toThrow(ParameterError);
    await expect(make(options)).rejects.toThrow(message);
  });
});

function judged(task: Task, output: ArrayLike<number>, batch: TrialBatch): number[] {
  if (task.judge === undefined) throw new Error("the task has no judge");
  return [...task.judge.solved(output, batch)];
}
