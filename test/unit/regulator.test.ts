import { describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import { normals, stream, uniforms } from "../../src/core/random.ts";
import type { Split, Task, TaskResources } from "../../src/task/contract.ts";
import { regulator } from "../../src/task/regulator.ts";

const nothing = {} as TaskResources;
const make = (options: Record<string, unknown> = {}): Promise<Task> => regulator.create(options, nothing);
const range = (from: number, count: number) => Uint32Array.from({ length: count }, (_, i) => from + i);

describe("regulator", () => {
  test("200 steps at 0.2, the last 100 counted, input 0, starts in (0, 0.4)", async () => {
    const task = await make();
    expect(task.periods).toEqual([
      { name: "settle", start: 0, end: 2000 },
      { name: "hold", start: 2000, end: 4000 },
    ]);
    const batch = task.batch("train", range(0, 50), 1);
    expect(batch.target).toEqual({ kind: "values", values: new Float32Array(50 * 200).fill(0.2) });
    expect(batch.input).toEqual(new Float32Array(50 * 200));
    expect([...batch.mask.subarray(0, 200)]).toEqual([...new Array(100).fill(0), ...new Array(100).fill(1)]);
    for (const start of batch.initialState!) expect(start > 0 && start < 0.4).toBe(true);
  });

  test("trial i starts at 2 target U of the uniform number at (seed, split, i), whatever else is asked for", async () => {
    const task = await make({ target: 3, stepCount: 2 });
    for (const [index, split] of (["train", "validation", "test"] as Split[]).entries()) {
      const { initialState, conditions } = task.batch(split, Uint32Array.of(9, 4), 7);
      const drawn = [9, 4].map((trial) => {
        const [share] = uniforms(new Float64Array(1), { seed: 7, stream: stream("task-trials", index) }, { trial });
        return Math.fround(6 * share);
      });
      expect([...initialState!]).toEqual(drawn);
      expect([...Array.from(conditions.start)]).toEqual(drawn);
    }
  });

  test("kicks are normal numbers times their deviation, of their own for every trial, split and seed", async () => {
    const task = await make({ kickDeviation: 0.5, stepCount: 5 });
    const { input } = task.batch("train", Uint32Array.of(3, 8), 2);
    const expected = [3, 8].flatMap((trial) => [
      ...normals(new Float32Array(5), { seed: 2, stream: stream("task-trials", 0) }, { trial, site: 1 }).map(
        (z) => 0.5 * z,
      ),
    ]);
    expect([...input]).toEqual(expected);
    const others = [task.batch("test", Uint32Array.of(3, 8), 2), task.batch("train", Uint32Array.of(3, 8), 3)];
    for (const other of others) expect(other.input).not.toEqual(input);
  });

  test("a target of 0 starts at 0; an empty batch is empty arrays; one step is counted", async () => {
    const task = await make({ target: 0, kickDeviation: 1, stepCount: 1 });
    expect([...task.batch("train", range(0, 3), 0).initialState!]).toEqual([0, 0, 0]);
    const { input, initialState } = task.batch("train", new Uint32Array(0), 0);
    expect([input.length, initialState!.length]).toEqual([0, 0]);
    expect([...task.batch("train", range(0, 1), 0).mask]).toEqual([1]);
    expect(task.periods).toEqual([{ name: "hold", start: 0, end: 20 }]);
  });

  test.each([
    [{ target: -1 }, (t: Task) => t.batch("train", range(0, 1), 0).initialState![0] < 0, true],
    [{ kickDeviation: 2 }, (t: Task) => t.batch("train", range(0, 1), 0).input[0] !== 0, true],
    [{ stepCount: 10 }, (t: Task) => t.stepCount, 10],
    [{ scoredFrom: 0.9 }, (t: Task) => t.batch("train", range(0, 1), 0).mask.reduce((a, b) => a + b), 20],
    [{ dt: 5 }, (t: Task) => t.periods[1].end, 1000],
  ] as const)("option %j changes the task", async (options, observe, expected) => {
    expect(observe(await make(options))).toEqual(expected);
  });

  test.each([
    [{ target: "0.2" }, 'target must be a finite number, got "0.2"'],
    [{ target: 1e39 }, "target must be a finite number, got 1e+39"],
    [{ kickDeviation: -1 }, "kickDeviation must be a number in [0, 1000000), got -1"],
    [{ stepCount: 0 }, "stepCount must be an integer in 1..100000, got 0"],
    [{ scoredFrom: 1 }, "scoredFrom must be a number in [0, 1), got 1"],
    [{ dt: 0 }, "dt must be a number of ms > 0, got 0"],
    [{ targets: 1 }, 'did you mean "target"'],
  ])("%j is refused: %s", async (options, message) => {
    const error = await make(options).catch((reason) => reason);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain(message);
  });
});
