import { describe, expect, test } from "vitest";
import { FormatError, ParameterError } from "../../src/core/errors.ts";
import { sha256 } from "../../src/core/sha256.ts";
import { tensor } from "../../src/core/tensor.ts";
import { encodeCsv } from "../../src/io/csv.ts";
import { encodeNpz } from "../../src/io/npz.ts";
import { encodeUtf8 } from "../../src/io/text.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import type { Task, TaskResources } from "../../src/task/contract.ts";
import { functionApproximation } from "../../src/task/function-approximation.ts";
import { expressionNames, targetExpression } from "../../src/task/target-function/expression.ts";

const withFile = (bytes: Uint8Array): TaskResources => ({
  dataset: () => Promise.reject(new Error("no data set is asked for")),
  file: async () => bytes,
});
const make = (options: Record<string, unknown>, bytes: Uint8Array = new Uint8Array(0)): Promise<Task> =>
  functionApproximation.create(options, withFile(bytes));

/** Ground truth at the test points, `[point]`. */
function shown(task: Task): number[] {
  const count = task.trialCount("test");
  const { target } = task.batch(
    "test",
    Uint32Array.from({ length: count }, (_, i) => i),
    0,
  );
  if (target.kind !== "values") throw new Error("values are expected");
  return Array.from({ length: count }, (_, i) => target.values[i * task.stepCount]);
}

describe("targets as expressions", () => {
  const cases: [string, (u: number) => number][] = [
    ["sin(pi*u) + 0.3*u^2", (u) => Math.sin(Math.PI * u) + 0.3 * u ** 2],
    ["-u^2", (u) => -(u ** 2)],
    ["2^-u^2", (u) => 2 ** -(u ** 2)],
    ["2 pi u", (u) => 2 * Math.PI * u],
    ["1e-1 + .5u / 2.", (u) => 0.1 + (0.5 * u) / 2],
    ["e^u - exp(+u)", () => 0],
    ["u > 0.25 ? u : u < -0.25 ? -2 u : 7", (u) => (u > 0.25 ? u : u < -0.25 ? -2 * u : 7)],
    ["(-0.5 < u <= 0.5) + 10 (u == 1) + 100 (u != 1)", (u) => +(u > -0.5 && u <= 0.5) + (u === 1 ? 10 : 100)],
    ["not (u >= 0) or u > 0.5 and u < 0.75", (u) => +(u < 0 || (u > 0.5 && u < 0.75))],
    ["min(u, 0.5, 1) - max(u, -0.5) + min(3)", (u) => Math.min(u, 0.5) - Math.max(u, -0.5) + 3],
    ["abs(u) + sign(u) + sqrt(u + 1) + cbrt(u)", (u) => Math.abs(u) + Math.sign(u) + Math.sqrt(u + 1) + Math.cbrt(u)],
    ["log(u + 2) + log2(u + 2) + log10(u + 2)", (u) => Math.log(u + 2) + Math.log2(u + 2) + Math.log10(u + 2)],
    ["cos(u) + tan(u) + asin(u) + acos(u) + atan(u)", (u) => Math.cos(u) + Math.tan(u) + Math.PI / 2 + Math.atan(u)],
    ["sinh(u) + cosh(u) + tanh(u)", (u) => Math.exp(u) + Math.tanh(u)],
    ["floor(3u) + 10 ceil(3u) + 100 round(3u)", (u) => [1, 10, 100].reduce((s, f, i) => s + f * rounded(i, 3 * u), 0)],
  ];
  const rounded = (i: number, x: number) => [Math.floor, Math.ceil, Math.round][i](x);

  test("15 expressions, all functions and operators among them, equal the same in TypeScript to 1e-14", async () => {
    const used = cases.map(([text]) => text).join(" ");
    for (const name of expressionNames) expect(used).toMatch(new RegExp(`(^|[^a-z])${name}([^a-z0-9]|$)`));
    for (const [text, plain] of cases) {
      const value = await targetExpression(text, "here");
      for (let u = -1; u <= 1; u += 0.125) {
        // The sums have at most five terms of size 1 to 300, each rounded once or twice: 1e-16 of 300 is 3e-14.
        expect(Math.abs(value(u) - plain(u)), `${text} at ${u}`).toBeLessThan(1e-14 * Math.max(1, Math.abs(plain(u))));
      }
    }
  });

  test("an expression is the ground truth, its text the meaning of the output; a name stays a name", async () => {
    const task = await make({ target: "0.5 u^2 + 1", testPoints: 5 });
    expect(shown(task)).toEqual([1.5, 1.125, 1, 1.125, 1.5]);
    expect(task.outputs[0].meaning).toBe("0.5 u^2 + 1");
    expect(shown(await make({ target: "abs", testPoints: 3 }))).toEqual(
      shown(await make({ target: "abs(u)", testPoints: 3 })),
    );
  });

  test("one step and a score from the beginning: one period, every step counts", async () => {
    for (const stepCount of [1, 4]) {
      const task = await make({ target: "cos(u)", stepCount, scoredFrom: 0 });
      expect(task.periods).toEqual([{ name: "respond", start: 0, end: 20 * stepCount }]);
      expect([...task.batch("train", Uint32Array.of(3), 0).mask]).toEqual(new Array(stepCount).fill(1));
    }
  });

  test.each([
    ["sin(pi*x)", 'character 8: no constant, variable or function is named "x"'],
    ["1 + tanhh(u)", 'character 5: no constant, variable or function is named "tanhh"; did you mean "tanh"'],
    ["u + sin", "character 5: sin is a function and needs its arguments; write sin(u)"],
    ["u(u + 1)", "character 1: u is no function; for a product write u * (...)"],
    ["abs(u) + sqrt(u, 2)", "character 10: sqrt takes 1 argument, got 2"],
    ["max()", "character 1: max takes at least 1 argument, got 0"],
    ["(u + 1", "character 7: parenthesis ) expected"],
    ["u ? 1", "character 6: false part of conditional expression expected"],
    ["u + + * 2", "character 7: value expected"],
    ["1:2 + u", "character 2: a colon needs a question mark before it"],
    ["[u, u]", 'character 1: "[" has no meaning'],
    ["u = 3", 'character 3: "=" has no meaning'],
    ["u; 3", 'character 2: ";" has no meaning'],
    ['"a"', 'character 1: """ has no meaning'],
    ["u'", `character 2: "'" has no meaning`],
    ["u!", 'character 2: "!" has no meaning'],
    ["import(u)", 'no constant, variable or function is named "import"'],
    ["constructor(u)", 'no constant, variable or function is named "constructor"'],
    ["u.constructor", 'character 2: "." has no meaning'],
    ["true", 'no target function is named "true"'],
    ["sqare", 'did you mean "square"'],
    ["", "character 1: an expression is needed, found none"],
  ])("%s is refused: %s", async (target, message) => {
    const error = await make({ target }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ParameterError);
    expect(error.message).toContain(message);
  });

  test.each([
    ["1 / u", "got Infinity for 1 / u at u = 0"],
    ["sqrt(u)", "got NaN for sqrt(u) at u = -1"],
    ["log(u + 1)", "got -Infinity for log(u + 1) at u = -1"],
    ["exp(100 u)", "got 3.4"], // above the largest float32, 3.4028e38
    ["sqrt((u - 0.5)^2 - 1e-7)", "at u = 0.499"], // not a number on an interval 6e-4 wide
  ])("%s is not finite everywhere: %s", async (target, message) => {
    await expect(make({ target })).rejects.toThrow(message);
  });

  test("a hole between the points that are checked is refused when a trial falls into it", async () => {
    const drawn = (await make({ stepCount: 1 })).batch("train", Uint32Array.of(8), 0).conditions.u[0];
    const task = await make({ target: `u == ${drawn} ? 1 / 0 : u`, stepCount: 1 });
    expect(() => task.batch("train", Uint32Array.of(7), 0)).not.toThrow();
    expect(() => task.batch("train", Uint32Array.of(8), 0)).toThrow(`at u = ${drawn}`);
  });
});

describe("targets as tables", () => {
  const points = { u: [1, -1, 0], z: [5, 1, 2] };
  const csv = encodeCsv(points);
  const tsv = encodeUtf8("u\tz\n1\t5\n-1\t1\n0\t2\n");
  const npz = encodeNpz({ u: tensor([3], Float64Array.from(points.u)), z: tensor([3], Float64Array.from(points.z)) });

  test.each([
    ["f.csv", csv],
    ["f.tsv", tsv],
    ["f.npz", npz],
  ])("%s: linear between the points, in whatever order they stand", async (targetTable, bytes) => {
    const task = await make({ targetTable, testPoints: 9 }, bytes);
    expect(shown(task)).toEqual([1, 1.25, 1.5, 1.75, 2, 2.75, 3.5, 4.25, 5]);
    expect(task.options).toMatchObject({ target: null, targetTable });
    expect(shown(await make(task.options, bytes))).toEqual(shown(task));
  });

  test("points outside [-1, 1] count for the lines that reach into it", async () => {
    const wide = encodeCsv({ u: [-3, 1.5], z: [0, 9] });
    expect(shown(await make({ targetTable: "f.csv", testPoints: 3 }, wide))).toEqual([4, 6, 8]);
  });

  test("the hash of the file belongs to the run's identity", async () => {
    const { files } = await taskLoader(withFile(csv))("function-approximation", { targetTable: "f.csv" });
    expect(files).toEqual({ "f.csv": sha256(csv) });
  });

  test.each([
    [{ u: [-1, 1], y: [0, 1] }, "a column of numbers z is needed, found u, y"],
    [{ u: [-1, 0.9], z: [0, 1] }, "u must reach from -1 to 1, got points from -1 to 0.9"],
    [{ u: [-1, 1, 1], z: [0, 1, 2] }, "each u stands once, got 1 again in line 4"],
    [{ u: [-1, 1], z: [0, Number.NaN] }, "every value must be finite, got NaN in z, line 3"],
    [{ u: [-1, 1], z: [0, 1e39] }, "every value must be finite, got 1e+39 in z, line 3"],
    [{ u: [], z: [] }, "u must reach from -1 to 1, got no point"],
  ])("%j is refused: %s", async (columns, message) => {
    const error = await make({ targetTable: "f.csv" }, encodeCsv(columns as never)).catch((reason) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
  });

  test("arrays of two axes or unequal lengths are refused", async () => {
    const file = (u: number[], z: number[]) =>
      encodeNpz({ u: tensor(u, new Float64Array(4)), z: tensor(z, new Float64Array(z[0])) });
    await expect(make({ targetTable: "f.npz" }, file([2, 2], [4]))).rejects.toThrow("u must have one axis");
    await expect(make({ targetTable: "f.npz" }, file([4], [3]))).rejects.toThrow(
      "u and z are equally long, got 4 and 3",
    );
  });

  test.each([
    [{ targetTable: "f.csv", target: "abs" }, 'target must be null beside targetTable, got "abs"'],
    [{ targetTable: 3 }, "targetTable must name a file or be null, got 3"],
    [{ targetTable: "" }, 'targetTable must name a file or be null, got ""'],
    [{ target: null }, "target must be a name or an expression, got null"],
    [{ target: 3 }, "target must be a name or an expression, got 3"],
  ])("%j is refused: %s", async (options, message) => {
    await expect(make(options, csv)).rejects.toThrow(message);
  });
});
