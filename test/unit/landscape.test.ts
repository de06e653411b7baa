/** Slices of the loss against closed forms, derivatives and the rule of filter normalisation. */
import { describe, expect, test } from "vitest";
import type { AnalysisCall, Findings } from "../../src/analysis/contract.ts";
import { length } from "../../src/analysis/fixed-points/linear.ts";
import { randomDirection } from "../../src/analysis/landscape/directions.ts";
import { landscape } from "../../src/analysis/landscape.ts";
import { trainedNumbers } from "../../src/analysis/loss-surface/trained-numbers.ts";
import { InterruptedError, ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Task } from "../../src/task/contract.ts";
import { randomWeights } from "../helpers/networks.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

installBackends();

const options = (task: Task): NetworkOptions => ({
  cell: "ctrnn",
  inputSize: 1,
  hiddenSize: 3,
  outputSize: task.outputSize,
  settings: { alpha: 0.4, activation: "tanh" },
  noise: [{ site: "inside", intensity: 0.3 }],
});
async function callOf(task: Task, changes: Partial<NetworkOptions> = {}): Promise<AnalysisCall> {
  const network = createNetwork({ ...options(task), ...changes });
  const kernel = await network.kernel({ precision: "float64", backend: "wasm" });
  return { network, kernel, weights: randomWeights(network, 1), seed: 5, task, training: undefined, options: {} };
}
const quick = { trials: 8, draws: 2, points: 2, planePoints: 1 };
const analysed = (call: AnalysisCall, change: Record<string, unknown> = {}) =>
  landscape.run({ ...call, options: resolvedOptions("test", landscape.options, { ...quick, ...change }) });
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((one) => one.name === name)?.value;
const rowsOf = ({ tables }: Findings, name: string) => tables.find((one) => one.name === name)?.rows ?? [];

describe("landscape", () => {
  // The five-point rule at h = 1e-3: rounding 1e-16 / h^2 = 1e-10, truncation h^4 times sixth derivatives over 90,
  // which at weights of length 2 are some hundred.
  test.each([followTask, signTask])(
    "$name: slope and curvature of smooth slices are d'g and d'Hd to 1e-8",
    async (task) => {
      const found = await analysed(await callOf(task));
      const rows = rowsOf(found, "directions");
      expect(rows).toHaveLength(2 * 4);
      for (const { slope, slopeByDifferences, curvature, curvatureByDifferences } of rows) {
        expect(Math.abs(Number(slope) - Number(slopeByDifferences))).toBeLessThan(1e-8);
        expect(Math.abs(Number(curvature) - Number(curvatureByDifferences))).toBeLessThan(1e-8);
      }
      expect(Number(numberOf(found, "curvatureMismatch"))).toBeLessThan(1e-5);
      expect(found.warnings).toEqual([]);
      // d = |w| v, so that d'Hd = |w|^2 lambda
      const [first] = rows.filter(({ kind, loss }) => kind === "eigenvector" && loss === "clean");
      expect(Number(first.curvature) / (Number(first.length) ** 2 * Number(first.eigenvalue))).toBeCloseTo(1, 9);
      expect(numberOf(found, "eigenvectorCurvature")).toBe(first.curvature);
    },
  );

  test("where the linear readout alone is trained, slices are parabolas of the stated derivatives to 1e-12", async () => {
    const frozen = Object.fromEntries(["wRec", "wIn", "bRec"].map((name) => [name, { name: "frozen" }]));
    const found = await analysed(await callOf(followTask, { parametrisations: frozen }), {
      reach: 2,
      eigenvectorReach: 2,
    });
    for (const { loss, direction, slope, curvature } of rowsOf(found, "directions")) {
      const base = Number(numberOf(found, loss === "clean" ? "loss" : "lossNoisy"));
      const rows = rowsOf(found, "slices").filter((row) => row.loss === loss && row.direction === direction);
      expect(rows.map(({ distance }) => distance)).toEqual([-2, -1, 0, 1, 2]);
      for (const { distance, value } of rows) {
        const s = Number(distance);
        expect(Number(value)).toBeCloseTo(base + s * Number(slope) + (s * s * Number(curvature)) / 2, 12);
      }
    }
    // the plane's corners lie 2 out along both axes, its edges on the slices
    const plane = rowsOf(found, "plane").filter(({ loss }) => loss === "clean");
    expect(plane).toHaveLength(9);
    const slice = rowsOf(found, "slices").filter((row) => row.loss === "clean" && row.direction === "random 2");
    expect(plane.filter(({ x }) => x === 0).map(({ value }) => value)).toEqual([0, 2, 4].map((i) => slice[i].value));
  });

  // 3000 trials of 6 steps and 3 units: some hundred drives cross 0 within the differences' reach of 2e-3
  test("kinks show: over 3000 trials the curvature of relu slices differs from the Hessian's by more than 1 per cent", async () => {
    const call = await callOf(followTask, { settings: { alpha: 0.4, activation: "relu" } });
    const few = { trials: 3000, draws: 0, eigenvectors: 0, points: 1, plane: "none" };
    const found = await analysed(call, few);
    expect(Number(numberOf(found, "curvatureMismatch"))).toBeGreaterThan(0.01);
    expect(found.warnings.join()).toMatch(/kinks of an activation/);
    expect(numberOf(await analysed(await callOf(followTask), few), "curvatureMismatch")).toBeLessThan(1e-6);
  });

  test("every option changes what it says", async () => {
    const call = await callOf(followTask);
    const base = await analysed(call);
    expect(numberOf(base, "loss")).not.toBe(numberOf(await analysed(call, { split: "test" }), "loss"));
    expect(numberOf(base, "loss")).not.toBe(numberOf(await analysed(call, { trials: 9 }), "loss"));
    expect(numberOf(base, "lossNoisy")).not.toBe(numberOf(await analysed(call, { draws: 3 }), "lossNoisy"));
    expect(numberOf(await analysed(call, { draws: 0 }), "lossNoisy")).toBeUndefined();
    const names = async (change: Record<string, unknown>) =>
      rowsOf(await analysed(call, { draws: 0, ...change }), "directions").map(({ direction }) => direction);
    expect(await names({ randomDirections: 3, eigenvectors: 1 })).toEqual([
      ...["random 1", "random 2", "random 3"],
      "eigenvector 1",
    ]);
    const eigenvalue = async (change: Record<string, unknown>) =>
      rowsOf(await analysed(call, { draws: 0, ...change }), "directions")[2].eigenvalue;
    const rough = { steps: 10, tolerance: 0 };
    expect(await eigenvalue(rough)).not.toBe(await eigenvalue({ ...rough, steps: 5 }));
    expect(await eigenvalue(rough)).not.toBe(await eigenvalue({ ...rough, tolerance: 1 }));
    expect(numberOf(await analysed(call, { biases: true }), "randomCurvature")).not.toBe(
      numberOf(base, "randomCurvature"),
    );
    expect(rowsOf(await analysed(call, { reach: 0.5 }), "slices")[0].distance).toBe(-0.5);
    const eigenvectorSlice = rowsOf(await analysed(call, { eigenvectorReach: 0.5 }), "slices");
    expect(eigenvectorSlice[0].distance).toBe(-1);
    expect(eigenvectorSlice.find(({ direction }) => direction === "eigenvector 1")?.distance).toBe(-0.5);
    expect(rowsOf(await analysed(call, { points: 3 }), "slices")).toHaveLength(2 * 4 * 7);
    expect(rowsOf(base, "plane").at(-1)).toMatchObject({ xDirection: "random 1", yDirection: "random 2", x: 1, y: 1 });
    const other = await analysed(call, { plane: "eigenvectors", planePoints: 2 });
    expect(rowsOf(other, "plane")).toHaveLength(2 * 25);
    expect(rowsOf(other, "plane")[0].xDirection).toBe("eigenvector 1");
    expect(rowsOf(await analysed(call, { plane: "none" }), "plane")).toEqual([]);
  });

  test("tells its way, stops when asked, and refuses planes of one direction", async () => {
    const call = await callOf(followTask);
    const shares: number[] = [];
    await analysed({ ...call, onProgress: (share) => shares.push(share) });
    expect(shares.every((share, i) => i === 0 || (share >= shares[i - 1] && share <= 1))).toBe(true);
    expect(shares[0]).toBe(0);
    expect(shares.at(-1)).toBeGreaterThan(0.9);
    await expect(analysed({ ...call, shouldStop: () => true })).rejects.toThrow(InterruptedError);
    await expect(analysed(call, { randomDirections: 1 })).rejects.toThrow(/takes two directions of its kind/);
    await expect(analysed(call, { plane: "randm" })).rejects.toThrow(ParameterError);
  });
});

describe("random directions", () => {
  const network = createNetwork({
    ...options(followTask),
    parametrisations: { wRec: { name: "mask", density: 0.6, seed: 3 } },
  });
  const weights = randomWeights(network, 1);
  const numbers = trainedNumbers(network, weights);
  const moveOf = (biases: boolean) =>
    numbers.scattered(randomDirection(network, weights, numbers, { index: 0, seed: 1, biases }).move);

  // rounding of a scaled square root
  test("each row of a matrix is as long as the weights into its unit, to 1e-14; masked connections stay 0", () => {
    const move = moveOf(false);
    const connected = numbers.scattered(numbers.gathered(weights)).wRec;
    for (const unit of [0, 1, 2]) {
      const row = [3 * unit, 3 * unit + 3] as const;
      expect(length(move.wRec.subarray(...row))).toBeCloseTo(length(connected.subarray(...row)), 14);
      expect(length(move.wIn.subarray(unit, unit + 1))).toBeCloseTo(Math.abs(weights.wIn[unit]), 14);
    }
    expect(length(move.wOut)).toBeCloseTo(length(weights.wOut), 14);
    expect([...move.wRec].map((value) => value === 0)).toEqual([...connected].map((value) => value === 0));
    expect([...connected].filter((value) => value === 0).length).toBeGreaterThan(0);
  });

  test("biases stay, or move as one filter", () => {
    expect(length(moveOf(false).bRec)).toBe(0);
    expect(length(moveOf(true).bRec)).toBeCloseTo(length(weights.bRec), 14);
  });
});
