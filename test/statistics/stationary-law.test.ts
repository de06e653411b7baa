import { beforeAll, describe, expect, test } from "vitest";
import type { AnalysisCall, FindingRow, Findings } from "../../src/analysis/contract.ts";
import { effectiveSamples, integratedTime, laggedProducts } from "../../src/analysis/stationary-law/autocorrelation.ts";
import { ensemble } from "../../src/analysis/stationary-law/ensemble.ts";
import { copiesFor, stationaryLaw } from "../../src/analysis/stationary-law.ts";
import { InterruptedError, ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { normals } from "../../src/core/random.ts";
import type { NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import type { Task } from "../../src/task/contract.ts";
import { functionApproximation } from "../../src/task/function-approximation.ts";

installBackends();
const backend = "vector";
let task: Task;
beforeAll(async () => {
  const resources = { dataset: () => Promise.reject(), file: () => Promise.reject() };
  task = await functionApproximation.create({ testPoints: 5 }, resources);
});

interface Setup {
  readonly network?: Partial<NetworkOptions>;
  readonly activation?: string;
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly call?: Partial<AnalysisCall>;
}
/** One unit, w 0.5, b 0, alpha 0.1, noise inside of deviation 1, unless it is said otherwise. */
async function analysed({
  network: given,
  activation = "relu",
  weights = {},
  options = {},
  call,
}: Setup): Promise<Findings> {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 1,
    outputSize: 1,
    settings: { alpha: 0.1, activation },
    noise: [{ site: "inside", intensity: 1 }],
    ...given,
  });
  const kernel = await network.kernel({ precision: "float64", backend });
  const standard = { wRec: [0.5], bRec: [0], wIn: [1], wOut: [2], bOut: [0.5] };
  const all: Weights = Object.fromEntries(
    Object.entries({
      ...network.initialWeights(1),
      ...(network.spec.cell === "ctrnn" ? standard : {}),
      ...weights,
    }).map(([name, values]) => [name, Float64Array.from(values)]),
  );
  return stationaryLaw.run({
    network,
    kernel,
    weights: all,
    seed: 3,
    task,
    training: undefined,
    options: resolvedOptions("test", stationaryLaw.options, {
      inputs: "0",
      copies: 1000,
      burnIn: 150,
      steps: 60,
      lags: 40,
      gridPoints: 41,
      ...options,
    }),
    ...call,
  });
}
const numberOf = ({ numbers }: Findings, name: string): number =>
  numbers.find((finding) => finding.name === name)?.value ?? Number.NaN;
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];
const agreement = (findings: Findings, variable: string, quantity: string): Readonly<Record<string, number>> =>
  rowsOf(findings, "agreement").find((row) => row.variable === variable && row.quantity === quantity) as Record<
    string,
    number
  >;

describe("stationary-law", () => {
  // published with the specification of this work: 20 000 copies; closure to its last digit
  test.each([
    ["inside", 0.5546, 0.0343, 0.5544, 0.034],
    ["outside", 0.0748, 0.0764, 0.0754, 0.0746],
  ])(
    "noise %s, w 0.5: Monte Carlo, operator and closure give mean and variance as known",
    async (site, mean, variance, closedMean, closedVariance) => {
      const found = await analysed({ network: { noise: [{ site, intensity: 1 }] } });
      const [m, v] = [agreement(found, "unit 0", "mean"), agreement(found, "unit 0", "variance")];
      // 1000 copies of 60 steps; 5 standard errors, and 0.5 per cent for the digits that are known
      expect(Math.abs(m.monteCarlo - mean)).toBeLessThan(5 * m.standardError + 0.005 * mean);
      expect(Math.abs(v.monteCarlo - variance)).toBeLessThan(5 * v.standardError + 0.005 * variance);
      expect(Math.abs(m.operatorDifference)).toBeLessThan(4);
      expect(Math.abs(v.operatorDifference)).toBeLessThan(4);
      expect(m.closure).toBeCloseTo(closedMean, 4);
      expect(v.closure).toBeCloseTo(closedVariance, 4);
      // the readout is 2 h + 0.5
      const [outMean, outVariance] = [agreement(found, "z", "mean"), agreement(found, "z", "variance")];
      for (const way of ["monteCarlo", "operator", "closure"]) {
        expect(outMean[way]).toBeCloseTo(2 * m[way] + 0.5, 9);
        expect(outVariance[way]).toBeCloseTo(4 * v[way], 8);
      }
      expect(numberOf(found, "drift")).toBeLessThan(4.5);
    },
  );

  test("a linear unit: variance s^2 alpha / (2 - alpha), autocorrelation (1 - alpha)^k, all within 5 standard errors", async () => {
    const found = await analysed({ activation: "linear", weights: { wRec: [0] } });
    const row = agreement(found, "unit 0", "variance");
    expect(Math.abs(row.monteCarlo - 0.1 / 1.9)).toBeLessThan(5 * row.standardError);
    expect(row.operator).toBeCloseTo(0.1 / 1.9, 8);
    expect(row.closure).toBeCloseTo(0.1 / 1.9, 9);
    // 1000 copies, origins of a copy hardly independent: errors below 1 / sqrt(1000)
    for (const { variable, lag, time, correlation } of rowsOf(found, "autocorrelation")) {
      if (variable !== "unit 0") continue;
      expect(Math.abs(Number(correlation) - 0.9 ** Number(lag))).toBeLessThan(5 / Math.sqrt(1000));
      expect(time).toBe(20 * Number(lag));
    }
    expect(numberOf(found, "operatorWorst")).toBeLessThan(4);
  });

  test("two rectified units with feedback: operator and Monte Carlo within 4.5 standard errors, and so do they on the covariance", async () => {
    const found = await analysed({
      network: { hiddenSize: 2, settings: { alpha: 0.3, activation: "relu" } },
      weights: { wRec: [0.2, 0.5, 0.4, 0.1], bRec: [0.2, -0.3], wIn: [1, 0], wOut: [1, -1] },
      options: { gridPoints: 11, burnIn: 60 },
    });
    expect(numberOf(found, "operatorWorst")).toBeLessThan(4.5);
    const across = rowsOf(found, "covariance").find(({ row, column }) => row === 0 && column === 1) as Record<
      string,
      number
    >;
    const scale = Math.sqrt(
      agreement(found, "unit 0", "variance").operator * agreement(found, "unit 1", "variance").operator,
    );
    // of a correlation over 60 000 samples, about 10 of which count as one: 5 / sqrt(6000)
    expect(Math.abs(across.monteCarlo - across.operator) / scale).toBeLessThan(0.065);
    expect(Math.abs(across.operator) / scale).toBeGreaterThan(0.05);
  });

  test.each(["elman", "gru"])("the operator takes other cells, %s: within 4.5 standard errors", async (cell) => {
    const found = await analysed({ network: { cell, settings: {} }, options: { burnIn: 40, steps: 30, lags: 20 } });
    expect(numberOf(found, "operatorWorst")).toBeLessThan(4.5);
    expect(numberOf(found, "operatorMeanError")).toBeGreaterThan(0);
  });

  test("densities integrate to 1 and agree, and inputs are those of the task", async () => {
    const found = await analysed({ options: { inputs: null, inputCount: 3, copies: 500 } });
    expect(rowsOf(found, "inputs").map((row) => row["input:u"])).toEqual([-1, 0, 1]);
    for (const way of ["monteCarlo", "operator", "closure"]) {
      const rows = rowsOf(found, "density").filter(({ input, variable }) => input === 2 && variable === "unit 0");
      const width = Number(rows[1].value) - Number(rows[0].value);
      expect(Math.abs(rows.reduce((sum, row) => sum + width * Number(row[way]), 0) - 1)).toBeLessThan(1e-3);
    }
  });

  test("every option changes the result", async () => {
    const small = { copies: 50, burnIn: 20, steps: 12, lags: 5, gridPoints: 11 };
    const base = await analysed({ options: small });
    const changes = [
      { inputs: "0.5" },
      { factor: 0.5 },
      { copies: 60 },
      { burnIn: 21 },
      { steps: 13 },
      { lags: 4 },
      { gridPoints: 13 },
    ];
    for (const change of changes)
      expect((await analysed({ options: { ...small, ...change } })).tables).not.toEqual(base.tables);
    const two = {
      network: { hiddenSize: 2 },
      weights: { wRec: [0, 0, 0, 0], bRec: [0, 0], wIn: [1, 1], wOut: [1, 1] },
    };
    const listed = async (units: number) =>
      new Set(
        rowsOf(await analysed({ ...two, options: { ...small, gridPoints: 3, units } }), "density").map(
          ({ variable }) => variable,
        ),
      );
    expect([...(await listed(1))]).toEqual(["unit 0", "z"]);
    expect([...(await listed(2))]).toEqual(["unit 0", "unit 1", "z"]);
    const several = rowsOf(await analysed({ options: { ...small, inputs: null, inputCount: 2 } }), "inputs");
    expect(several).toHaveLength(2);
  });

  test("a unit that is off is silent: its rounding is not judged and has no density, and errors are called errors", async () => {
    // unit 1 is on in the first step only, and 0.6^150 = 5e-34 is left of that
    const found = await analysed({
      network: { hiddenSize: 2, settings: { alpha: 0.4, activation: "relu" } },
      weights: { wRec: [0, 0, -100, 0], bRec: [5, 1], wIn: [0, 0], wOut: [1, 1] },
      options: { copies: 100, burnIn: 150, steps: 20, lags: 5, gridPoints: 5 },
    });
    const off = agreement(found, "unit 1", "mean");
    expect(Math.abs(Number(off.monteCarlo))).toBeLessThan(1e-30);
    expect([off.closureDifference, off.closurePercent]).toEqual([null, null]);
    expect(agreement(found, "unit 0", "mean").closureDifference).not.toBeNull();
    expect(numberOf(found, "closureWorst")).toBeLessThan(6);
    expect([...new Set(rowsOf(found, "density").map(({ variable }) => variable))]).toEqual(["unit 0", "z"]);
    const said = found.sentences.join(" ");
    expect(said).toMatch(/Gaussian closure misses the means of the units by [\d.]+ %/);
    expect(said).toMatch(/^.*1 of 3 laws .* silent/);
  });

  test("what has no operator or no closure is said, and Monte Carlo stands", async () => {
    const small = { copies: 40, burnIn: 5, steps: 6, lags: 2, gridPoints: 5 };
    const three = await analysed({
      network: { hiddenSize: 3 },
      weights: { wRec: new Array(9).fill(0), bRec: [0, 0, 0], wIn: [1, 1, 1], wOut: [1, 1, 1] },
      options: small,
    });
    expect(three.warnings.join(" ")).toMatch(/one or two units, got 3/);
    expect(numberOf(three, "operatorWorst")).toBeNaN();
    const coloured = await analysed({
      network: { noise: [{ site: "inside", intensity: 1, correlationTime: 2 }] },
      options: small,
    });
    expect(coloured.warnings.join(" ")).toMatch(/correlated in time/);
    expect(coloured.warnings.join(" ")).toMatch(/outlasts a step/);
    expect(agreement(coloured, "unit 0", "mean").monteCarlo).toBeGreaterThan(0);
    const uniform = await analysed({
      network: { noise: [{ site: "inside", intensity: 1, law: "uniform" }] },
      options: small,
    });
    expect(uniform.warnings.join(" ")).toMatch(/white gaussian noise, got uniform/);
  });

  test("wrong inputs and lags are refused, and it stops when it is asked to", async () => {
    await expect(analysed({ options: { inputs: "0; 1, 2" } })).rejects.toThrow(ParameterError);
    await expect(analysed({ options: { lags: 60 } })).rejects.toThrow(/below steps, 60/);
    await expect(analysed({ call: { shouldStop: () => true } })).rejects.toThrow(InterruptedError);
    expect(copiesFor(1)).toBe(20_000);
    expect(copiesFor(64)).toBe(2500);
  });
});

describe("ensemble", () => {
  test("in two pieces has the mean, variance and covariance of one pass of all copies, to 1e-12", async () => {
    const size = 40;
    const noise = [{ site: "inside", intensity: 1 }];
    const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: size, outputSize: 1, noise });
    const kernel = await network.kernel({ precision: "float64", backend });
    const [copies, burnIn, steps] = [60, 990, 8];
    const call = { weights: network.initialWeights(1), level: "trained", key: { seed: 1, stream: 0 } } as const;
    // 2^21 numbers at a time: 52 copies of 999 states of 40 units
    const found = ensemble({
      ...call,
      network,
      kernel,
      input: [0.3],
      copies,
      burnIn,
      steps,
      lags: 3,
      withCovariance: true,
    });
    const stepCount = burnIn + steps;
    const { h } = kernel
      .forward({
        ...call,
        batchSize: copies,
        stepCount,
        input: new Float64Array(copies * stepCount).fill(0.3),
        trials: Uint32Array.from({ length: copies }, (_, copy) => copy),
      })
      .states();
    const series = [0, 1].map((unit) =>
      Array.from({ length: copies * steps }, (_, k) => {
        const entry = Math.floor(k / steps) * (stepCount + 1) + burnIn + 1 + (k % steps);
        return h[entry * size + unit];
      }),
    );
    const mean = series.map((values) => values.reduce((sum, x) => sum + x, 0) / values.length);
    const product = (i: number, j: number) =>
      series[i].reduce((sum, x, k) => sum + (x - mean[i]) * (series[j][k] - mean[j]), 0) / series[i].length;
    expect(found.mean[0]).toBeCloseTo(mean[0], 12);
    expect(found.variance[1]).toBeCloseTo(product(1, 1), 12);
    expect(found.covariance[1]).toBeCloseTo(product(0, 1), 12);
    expect(
      ensemble({ ...call, network, kernel, input: [0.3], copies: 4, burnIn: 2, steps, lags: 3 }).covariance,
    ).toBeUndefined();
  });
});

describe("autocorrelation of an autoregression x' = phi x + xi", () => {
  const [rho, steps, copies] = [0.8, 400, 200];
  const values = new Float64Array(copies * steps);
  for (let copy = 0; copy < copies; copy++) {
    const xi = normals(new Float64Array(steps), { seed: 2, stream: 1 }, { trial: copy });
    let x = xi[0];
    for (let t = 0; t < steps; t++) {
      x = rho * x + Math.sqrt(1 - rho * rho) * xi[t];
      values[copy * steps + t] = x;
    }
  }
  const products = laggedProducts(steps, 60, 1);
  products.add(values, copies);
  const correlation = products.correlation(values.reduce((sum, x) => sum + x, 0) / values.length);

  test("its time is (1 + phi) / (1 - phi) = 9, to 10 %", () => {
    const time = integratedTime(correlation);
    expect(time.isCovered).toBe(true);
    // Sokal's error: sqrt(2 (2 window + 1) / samples) = sqrt(2 * 93 / 80 000) = 5 %
    expect(Math.abs(time.steps - 9)).toBeLessThan(0.9);
    expect(integratedTime(correlation.slice(0, 20)).isCovered).toBe(false);
    expect(integratedTime(new Float64Array(5)).steps).toBe(0);
  });

  test("effective samples are those of the variance of its means, to 25 %", () => {
    const means = Float64Array.from(
      { length: copies },
      (_, copy) => values.subarray(copy * steps, (copy + 1) * steps).reduce((sum, x) => sum + x, 0) / steps,
    );
    const variance = means.reduce((sum, mean) => sum + mean * mean, 0) / copies;
    const effective = effectiveSamples(1, steps, correlation, integratedTime(correlation).window);
    // relative error of a variance of 200 values: sqrt(2 / 200) = 10 %
    expect(Math.abs(effective * variance - 1)).toBeLessThan(0.25);
    // exact: T / (1 + 2 sum (1 - k / T) phi^k)
    let sum = 1;
    for (let k = 1; k < steps; k++) sum += 2 * (1 - k / steps) * rho ** k;
    expect(Math.abs(effective / (steps / sum) - 1)).toBeLessThan(0.1);
  });
});
