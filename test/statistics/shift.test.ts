import { beforeAll, describe, expect, test } from "vitest";
import type { FindingRow, Findings } from "../../src/analysis/contract.ts";
import { settled } from "../../src/analysis/shift/settled.ts";
import { shift } from "../../src/analysis/shift.ts";
import { correlation, rms, slope } from "../../src/analysis/statistics/descriptive.ts";
import { elementwise } from "../../src/cell/operations.ts";
import { CapabilityError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Task } from "../../src/task/contract.ts";
import { functionApproximation } from "../../src/task/function-approximation.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();
const resources = { dataset: () => Promise.reject(), file: () => Promise.reject() };
let constant: Task;
beforeAll(async () => {
  constant = await functionApproximation.create({ stepCount: 40, scoredFrom: 0.75 }, resources);
});

const sigma = 0.6;
/** Three units on drives a = wIn u + b, alpha 0.4. */
const wIn = [0.8, -0.5, 0.3];
const bRec = [0.1, 0.2, -0.6];
const wOut = [1, -2, 0.5];
interface Setup {
  readonly network?: Partial<NetworkOptions>;
  readonly activation?: string;
  readonly site?: string;
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly task?: Task;
  readonly options?: Readonly<Record<string, unknown>>;
}
async function analysed({
  activation = "relu",
  site = "inside",
  weights = {},
  options = {},
  ...setup
}: Setup): Promise<Findings> {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize: 1,
    settings: { alpha: 0.4, activation },
    noise: [{ site, intensity: sigma }],
    ...setup.network,
  });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const all = { wRec: new Array(9).fill(0), wIn, bRec, wOut, bOut: [0.3], ...weights };
  return shift.run({
    network,
    kernel,
    weights: Object.fromEntries(Object.entries(all).map(([name, values]) => [name, Float64Array.from(values)])),
    seed: 7,
    task: setup.task ?? constant,
    training: undefined,
    options: resolvedOptions("test", shift.options, {
      inputCount: 3,
      levels: 2,
      copies: 400,
      burnIn: 20,
      steps: 40,
      repeats: 64,
      ...options,
    }),
  });
}
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((finding) => finding.name === name)?.value;
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];

const Phi = (x: number): number => 0.5 * (1 + elementwise.erf.value(x * Math.SQRT1_2));
/** s phi(a / s) - |a| Phi(-|a| / s). */
const kinkShift = (a: number, s: number): number =>
  (s * Math.exp(-((a / s) ** 2) / 2)) / Math.sqrt(2 * Math.PI) - Math.abs(a) * Phi(-Math.abs(a) / s);
const inputs = [-1, 0, 1];

describe("shift", () => {
  test("of rectified units without feedback is s phi(a / s) - |a| Phi(-|a| / s): theory to 1e-9, Monte Carlo within 5 errors", async () => {
    const found = await analysed({});
    const rows = rowsOf(found, "units");
    expect(rows).toHaveLength(9);
    const exact = inputs.flatMap((u) => wIn.map((w, i) => kinkShift(w * u + bRec[i], sigma)));
    for (const [k, row] of rows.entries()) {
      expect(row.shiftMeanField).toBeCloseTo(exact[k], 9);
      expect(row.shiftClosure).toBeCloseTo(exact[k], 9);
      expect(Math.abs(Number(row.shiftMonteCarlo) - exact[k])).toBeLessThan(5 * Number(row.shiftError));
      expect(row.silent).toBeCloseTo(Math.max(0, wIn[k % 3] * inputs[Math.floor(k / 3)] + bRec[k % 3]), 9);
    }
    expect(numberOf(found, "rmsShiftMeanField")).toBeCloseTo(rms(exact), 9);
    // the error of Monte Carlo is all that is left
    expect(numberOf(found, "meanFieldError")).toBeLessThan(2 * Number(numberOf(found, "shiftError")));
    const levels = rowsOf(found, "levels");
    expect(levels.map(({ level }) => level)).toEqual([0, 0.5, 1]);
    const half = inputs.flatMap((u) => wIn.map((w, i) => kinkShift(w * u + bRec[i], sigma / 2)));
    expect(levels[1].shiftClosure).toBeCloseTo(rms(half), 9);
    expect(levels[0].shiftMonteCarlo).toBe(0);
  });

  test("predicts the output bias -wOut D, which the task's trials show within 5 standard errors", async () => {
    const found = await analysed({ options: { repeats: 400 } });
    for (const [k, row] of rowsOf(found, "inputs").entries()) {
      const bias = -wOut.reduce((sum, w, i) => sum + w * kinkShift(wIn[i] * inputs[k] + bRec[i], sigma), 0);
      expect(row.biasMeanField).toBeCloseTo(bias, 9);
      expect(Math.abs(Number(row.biasMeasured) - bias)).toBeLessThan(5 * Number(row.biasError));
      expect(Number(row.outputSilent) - Number(row.outputNoisy)).toBeCloseTo(Number(row.biasMeasured), 12);
      expect(row.target).toBeCloseTo(Math.sin(Math.PI * inputs[k]), 6);
    }
    // measured biases have errors of 0.014 and a spread of 0.055: the slope of 3 is known to 0.014 / (0.055 sqrt(3)) = 0.15
    expect(numberOf(found, "biasSlopeClosure")).toBeGreaterThan(0.5);
    expect(numberOf(found, "biasSlopeClosure")).toBeLessThan(1.5);
    expect(numberOf(found, "biasCorrelationMeanField")).toBeGreaterThan(0.98);
    const rows = rowsOf(found, "inputs");
    expect(numberOf(found, "rmsErrorSilent")).toBeCloseTo(
      rms(rows.map((r) => Number(r.outputSilent) - Number(r.target))),
      9,
    );
  });

  test("noise outside without feedback and noise in a linear network shift nothing", async () => {
    const outside = await analysed({ site: "outside", options: { levels: 1 } });
    const linear = await analysed({
      activation: "linear",
      weights: { wRec: [0.1, 0.2, 0, 0, -0.3, 0.2, 0.1, 0, 0.4] },
      options: { levels: 1 },
    });
    for (const found of [outside, linear]) {
      expect(numberOf(found, "rmsShiftMeanField")).toBeLessThan(1e-9);
      expect(numberOf(found, "rmsShiftClosure")).toBeLessThan(1e-8);
      expect(numberOf(found, "rmsShiftMonteCarlo")).toBeLessThan(3 * Number(numberOf(found, "shiftError")));
    }
  });

  test("with feedback the closure is nearer to Monte Carlo than the mean field", async () => {
    const found = await analysed({
      weights: { wRec: [0.6, -0.8, 0.5, 0.7, 0.3, -0.9, -0.6, 0.8, 0.4] },
      options: { levels: 1, copies: 2000, burnIn: 60 },
    });
    expect(numberOf(found, "closureError")).toBeLessThan(Number(numberOf(found, "meanFieldError")));
    expect(numberOf(found, "closureError")).toBeLessThan(0.01);
  });

  test("where inputs vary, states after the last counted step are compared, to 5 standard errors of Monte Carlo", async () => {
    const found = await analysed({ task: followTask, options: { levels: 1, copies: 2000 } });
    expect(found.sentences.join(" ")).toMatch(/after the last counted step/);
    for (const row of rowsOf(found, "units")) {
      // without feedback a mean needs no closure
      expect(row.shiftMeanField).toBeCloseTo(Number(row.shiftClosure), 9);
      expect(Math.abs(Number(row.shiftMonteCarlo) - Number(row.shiftClosure))).toBeLessThan(5 * Number(row.shiftError));
      expect(Number(row.shiftClosure)).toBeGreaterThan(0);
    }
  });

  test("every option changes the result", async () => {
    const small = { copies: 20, burnIn: 10, steps: 4, repeats: 3, levels: 1 };
    const of = async (change: Record<string, unknown>) => (await analysed({ options: { ...small, ...change } })).tables;
    const base = await of({});
    const changes = [
      { inputCount: 2 },
      { levels: 2 },
      { copies: 30 },
      { burnIn: 11 },
      { steps: 5 },
      { repeats: 4 },
      { settle: false },
      { closure: false },
    ];
    for (const change of changes) expect(await of(change)).not.toEqual(base);
    const without = await analysed({ options: { ...small, closure: false } });
    expect(numberOf(without, "rmsShiftClosure")).toBeNull();
  });

  test("says when the noise-free network has another rest, and when it has none", async () => {
    const weights = { wRec: [3, 0, 0, 0, 0, 0, 0, 0, 0], wIn: [0, 0, 0], bRec: [0, 0, 0] };
    const options = { levels: 1, copies: 20 };
    const bistable = await analysed({ activation: "tanh", weights, options });
    expect(bistable.warnings.join(" ")).toMatch(/Under 3 of 3 inputs the noise-free network comes to another rest/);
    const turn = { wRec: [1, -3, 0, 3, 1, 0, 0, 0, 0], wIn: [0, 0, 0], bRec: [0.1, 0, 0] };
    const cycling = await analysed({ activation: "tanh", weights: turn, options });
    expect(cycling.warnings.join(" ")).toMatch(/does not come to rest under 3 of 3/);
  });

  test("a network trained without noise is refused, what a cell refuses is said", async () => {
    await expect(analysed({ network: { noise: [] } })).rejects.toThrow(CapabilityError);
    const coloured = await analysed({
      network: { noise: [{ site: "inside", intensity: 0.5, correlationTime: 1 }] },
      options: { levels: 1, copies: 10 },
    });
    expect(coloured.sentences.join(" ")).toMatch(/outlasts a step/);
    expect(numberOf(coloured, "closureError")).toBeNull();
    expect(numberOf(coloured, "rmsShiftMonteCarlo")).toBeGreaterThan(0);
  });
});

describe("comparison", () => {
  test("correlation and slope are those of paper: 0.5 and 1 of (0, 1, 2) and (0, 2, 1) doubled", () => {
    expect(correlation([0, 1, 2], [0, 4, 2])).toBeCloseTo(0.5, 14);
    expect(slope([0, 1, 2], [0, 4, 2])).toBeCloseTo(1, 14);
    expect(correlation([1, 1], [0, 2])).toBeNull();
    expect(slope([1, 1], [0, 2])).toBeNull();
    expect(rms([3, -4])).toBeCloseTo(Math.sqrt(12.5), 14);
  });
  test("a slow map is followed to its rest: x' = 0.99 x + 0.01 u to 1e-8", () => {
    const step = (x: Float64Array, u: Float64Array) => x.map((value, i) => 0.99 * value + 0.01 * u[i]);
    const { states, restless } = settled({ step, stateSize: 1 }, new Float64Array(2), Float64Array.of(1, -2));
    expect(restless).toBe(0);
    expect(states[0]).toBeCloseTo(1, 8);
    expect(states[1]).toBeCloseTo(-2, 8);
  });
});
