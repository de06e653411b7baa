import { Matrix, SVD } from "ml-matrix";
import { beforeAll, describe, expect, test } from "vitest";
import type { AnalysisCall, FindingRow, Findings } from "../../src/analysis/contract.ts";
import { jacobians } from "../../src/analysis/jacobians.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Task } from "../../src/task/contract.ts";
import { trialsOf } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { evaluationStream } from "../../src/train/score.ts";
import { randomWeights } from "../helpers/networks.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

installBackends();

async function subject(task: Task, options: Partial<NetworkOptions> = {}): Promise<AnalysisCall> {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize: task.outputSize,
    settings: { alpha: 0.4, activation: "tanh" },
    noise: [{ site: "state-multiplicative", intensity: 0.5 }],
    ...options,
  });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  return { network, kernel, weights: randomWeights(network, 2), seed: 3, task, training: undefined, options: {} };
}
const analysed = (call: AnalysisCall, options: Readonly<Record<string, unknown>> = {}): Promise<Findings> =>
  jacobians.run({ ...call, options: resolvedOptions("test", jacobians.options, { trials: 4, ...options }) });
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];
const number = (value: unknown): number => value as number;

let call: AnalysisCall;
let plain: Findings;
beforeAll(async () => {
  call = await subject(followTask);
  plain = await analysed(call);
});

describe("the analysis jacobians", () => {
  test("units without activation: products are powers of the step's matrix, outputs a convolution", async () => {
    const linear = await subject(followTask, { settings: { alpha: 0.4, activation: "linear" }, noise: [] });
    const wRec = Float64Array.of(0.5, 0, 0, 0, -0.3, 0, 0, 0, 0.1);
    const weights = { ...linear.weights, wRec };
    const found = await analysed({ ...linear, weights });
    const steps = [0.5, -0.3, 0.1].map((w) => 0.6 + 0.4 * w);
    for (const row of rowsOf(found, "profile")) {
      const powers = steps.map((step) => step ** number(row.lag));
      // the largest singular value settles to 1e-8
      expect(number(row.spectralMedian)).toBeCloseTo(powers[0], 7);
      expect(number(row.frobeniusMedian)).toBeCloseTo(Math.hypot(...powers), 12);
    }
    expect(rowsOf(found, "profile").map(({ lag }) => lag)).toEqual([1, 2, 3, 4, 5, 6]);
    // counted outputs are those of steps 2 to 5
    const { wIn, wOut } = linear.weights;
    const response = Array.from({ length: 6 }, (_, lag) =>
      steps.reduce((sum, step, i) => sum + wOut[i] * step ** lag * 0.4 * wIn[i], 0),
    );
    const map = Matrix.zeros(4, 6);
    for (let t = 2; t < 6; t++) for (let s = 0; s <= t; s++) map.set(t - 2, s, response[t - s]);
    const [row] = rowsOf(found, "trials");
    expect(number(row.inputOutput) / new SVD(map.transpose()).norm2).toBeCloseTo(1, 5);
  });

  test.each([
    ["ctrnn, noise on the state", followTask, {}],
    [
      "gru, coloured noise",
      signTask,
      { cell: "gru", settings: {}, noise: [{ site: "inside", intensity: 0.5, correlationTime: 2 }] },
    ],
    [
      "lipschitz, Milstein",
      followTask,
      {
        cell: "lipschitz",
        settings: { step: 0.2 },
        scheme: "milstein",
        noise: [{ site: "state-multiplicative", intensity: 0.5, scaling: "per-sqrt-time" as const }],
      },
    ],
    ["last readout", signTask, { readout: { from: "last" as const } }],
  ])(
    "%s: the gradient at the first state is that of backpropagation on the same noise",
    async (_title, task, options) => {
      const { network, kernel, weights, seed } = await subject(task, options);
      const found = await analysed({ network, kernel, weights, seed, task, training: undefined, options: {} });
      const loss = losses.get(task.loss);
      for (const [level, name] of [
        [0, "zero"],
        [1, "trained"],
      ] as const) {
        for (const row of rowsOf(found, "trials").filter((one) => one.level === level)) {
          const batch = task.batch("test", Uint32Array.of(number(row.trial)), seed);
          const key = { seed, stream: evaluationStream("test", 0) };
          const pass = kernel.forward({ ...trialsOf(network, batch), weights, level: name, key }, true);
          const { initialState } = pass.backwardAll({ output: loss.gradient(pass.output, batch) });
          expect(number(row.gradientFirst)).toBeCloseTo(Math.hypot(...initialState.h), 12);
        }
      }
    },
  );

  test("products of a noisy network are differences of perturbed trajectories on the same noise", async () => {
    const { network, kernel, weights, seed } = call;
    const row = rowsOf(plain, "trials").find((one) => one.level === 1) as FindingRow;
    const batch = followTask.batch("test", Uint32Array.of(number(row.trial)), seed);
    const end = (h: Float64Array): Float64Array => {
      const key = { seed, stream: evaluationStream("test", 0) };
      const pass = kernel.forward({ ...trialsOf(network, batch), weights, level: "trained", key, initialState: { h } });
      return Float64Array.from(pass.states().h.slice(-3));
    };
    const phi = Matrix.zeros(3, 3);
    for (let j = 0; j < 3; j++) {
      const [up, down] = [1e-5, -1e-5].map((by) => end(Float64Array.from({ length: 3 }, (_, i) => (i === j ? by : 0))));
      for (let i = 0; i < 3; i++) phi.set(i, j, (up[i] - down[i]) / 2e-5);
    }
    expect(number(row.spectral)).toBeCloseTo(new SVD(phi).norm2, 7);
    expect(number(row.frobenius)).toBeCloseTo(phi.norm("frobenius"), 7);
    expect(number(row.spectral)).not.toBeCloseTo(number(rowsOf(plain, "trials")[0].spectral), 4);
  });

  test("matrix-free norms agree with dense ones: spectral to 1e-3, Frobenius within four of its errors", async () => {
    const free = await analysed(call, { largestDense: 0, lags: 3 });
    expect(free.warnings.join()).toContain("power iteration");
    const dense = rowsOf(plain, "trials");
    for (const [index, row] of rowsOf(free, "trials").entries()) {
      expect(number(row.spectral) / number(dense[index].spectral)).toBeCloseTo(1, 3);
      // squares of 16 normal projections: relative deviation below sqrt(2 / 16) = 0.35 of the square, half of that here
      expect(Math.abs(number(row.frobenius) / number(dense[index].frobenius) - 1)).toBeLessThan(4 * 0.18);
      expect(number(row.gradientFirst)).toBe(number(dense[index].gradientFirst));
    }
    expect(rowsOf(free, "profile").filter(({ spectralMedian }) => spectralMedian !== null)).toHaveLength(6);
    expect(await analysed(call, { largestDense: 0, lags: 2 })).not.toEqual(free);
  });

  test.each([
    { levels: "0, 0.5" },
    { site: "state-multiplicative" },
    { trials: 3 },
    { largestDense: 2 },
    { iterations: 2 },
  ])("option %o changes the findings", async (option) => {
    expect(await analysed(call, { ...option, ...("site" in option ? { levels: "0, 1" } : {}) })).not.toEqual(plain);
  });
});
