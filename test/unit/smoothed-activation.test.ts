import { describe, expect, test } from "vitest";
import type { AnalysisCall, Findings } from "../../src/analysis/contract.ts";
import { smoothedActivation } from "../../src/analysis/smoothed-activation.ts";
import { spreadTrials } from "../../src/analysis/spread-trials.ts";
import { normalCdf } from "../../src/analysis/statistics/normal.ts";
import { defineCell } from "../../src/cell/cell.ts";
import { add, matvec, mul, tanh } from "../../src/cell/expression.ts";
import { CapabilityError, InterruptedError, ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkKernel, NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { followTask } from "../helpers/small-tasks.ts";

const sigma = 0.6;
const alpha = 0.4;
const standard = { cell: "ctrnn", settings: { alpha }, noise: [{ site: "inside", intensity: sigma }] };

function callOf(options: Partial<NetworkOptions> & Pick<NetworkOptions, "cell"> = standard): AnalysisCall {
  const network = createNetwork({ inputSize: 1, hiddenSize: 3, outputSize: 1, ...options });
  // equations alone are asked
  const kernel = {} as NetworkKernel;
  return {
    network,
    kernel,
    weights: network.initialWeights(4),
    seed: 5,
    task: followTask,
    training: undefined,
    options: {},
  };
}
const analysed = (options: Record<string, unknown> = {}, call = callOf()): Promise<Findings> =>
  smoothedActivation.run({ ...call, options: resolvedOptions("test", smoothedActivation.options, options) });
const numberOf = ({ numbers }: Findings, name: string): number =>
  numbers.find((finding) => finding.name === name)?.value as number;
const rowsOf = ({ tables }: Findings, name: string) => tables.find((table) => table.name === name)?.rows ?? [];

const average = (a: number, s: number): number => {
  const phi = Math.exp(-0.5 * (a / s) ** 2) / Math.sqrt(2 * Math.PI);
  return a * normalCdf(a / s) + s * phi;
};

/** Shifts at every trial, step and unit, by the equations as they are on paper. */
function shiftsByHand(trials: number): number[] {
  const { network, weights } = callOf();
  const { wRec, wIn, bRec } = network.effectiveWeights(weights);
  const { input, stepCount } = followTask.batch("test", spreadTrials(followTask, "test", trials), 5);
  const shifts: number[] = [];
  for (let trial = 0; trial < trials; trial++) {
    let h = [0, 0, 0];
    for (let t = 0; t < stepCount; t++) {
      const drives = h.map(
        (_, i) =>
          bRec[i] + wIn[i] * input[trial * stepCount + t] + h.reduce((sum, x, j) => sum + wRec[3 * i + j] * x, 0),
      );
      shifts.push(...drives.map((a) => average(a, sigma) - Math.max(0, a)));
      h = h.map((x, i) => (1 - alpha) * x + alpha * average(drives[i], sigma));
    }
  }
  return shifts;
}

describe("smoothed-activation", () => {
  test("shifts at the network's own drives are those of the equations by hand to 1e-12", async () => {
    const findings = await analysed({ trials: 4 });
    const shifts = shiftsByHand(4);
    const mean = shifts.reduce((sum, x) => sum + x, 0) / shifts.length;
    expect(numberOf(findings, "deviation")).toBeCloseTo(sigma, 12);
    expect(Math.abs(numberOf(findings, "meanShift") - mean)).toBeLessThan(1e-12);
    expect(Math.abs(numberOf(findings, "largestShift") - Math.max(...shifts))).toBeLessThan(1e-12);
    expect(Math.abs(numberOf(findings, "shiftInSigma") - mean / sigma)).toBeLessThan(1e-12);
    const quantiles = rowsOf(findings, "shift-quantiles");
    expect(quantiles.at(-1)?.shift).toBeCloseTo(Math.max(...shifts), 12);
    expect(quantiles[0].shift).toBeCloseTo(Math.min(...shifts), 12);
    expect(rowsOf(findings, "units")).toHaveLength(3);
    expect(findings.sentences[0]).toContain("0.6");
  });

  test("the table holds the closed forms of relu, in units of the noise", async () => {
    const findings = await analysed({ reach: 3, points: 7 });
    const rows = rowsOf(findings, "averages");
    expect(rows.map(({ driveInSigma }) => driveInSigma)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    for (const row of rows) {
      const a = row.drive as number;
      expect(a).toBeCloseTo((row.driveInSigma as number) * sigma, 14);
      expect(row.function).toBe(Math.max(0, a));
      expect(row.average).toBeCloseTo(average(a, sigma), 13);
      expect(row.slope).toBeCloseTo(normalCdf(a / sigma), 13);
      expect(row.varianceSlope).toBeCloseTo(2 * average(a, sigma) * normalCdf(-a / sigma), 13);
    }
    expect(rows[3].shift).toBeCloseTo(0.3989 * sigma, 4);
    expect(rows[3].variance).toBeCloseTo(0.3408 * sigma ** 2, 4);
    expect(rowsOf(findings, "methods")).toEqual([
      {
        activation: "relu",
        level: 1,
        deviation: numberOf(findings, "deviation"),
        mean: "closed form",
        meanOrder: null,
        meanBound: null,
        variance: "closed form",
        varianceOrder: null,
        varianceBound: null,
      },
    ]);
  });

  test("further levels add rows, and the order of quadrature grows with the noise", async () => {
    const call = callOf({ ...standard, settings: { alpha, activation: "softplus" } });
    const findings = await analysed({ levels: "0.5, 3" }, call);
    const methods = rowsOf(findings, "methods");
    expect(methods.map(({ level }) => level)).toEqual([1, 0.5, 3]);
    expect(methods[2].deviation).toBeCloseTo(3 * sigma, 12);
    expect(methods.every(({ mean }) => mean === "Gauss-Hermite")).toBe(true);
    expect(methods[2].meanOrder as number).toBeGreaterThan(methods[1].meanOrder as number);
    expect(rowsOf(findings, "units")).toHaveLength(9);
    expect(numberOf(findings, "deviation")).toBeCloseTo(sigma, 12);
  });

  test("threshold, samples and trials change what is counted", async () => {
    const all = await analysed({ threshold: 0 });
    const none = await analysed({ threshold: 0.4 });
    expect(numberOf(all, "shareShifted")).toBe(1);
    expect(numberOf(none, "shareShifted")).toBe(0);
    expect(numberOf(await analysed({ samples: 7 }), "meanShift")).not.toBe(numberOf(all, "meanShift"));
    expect(numberOf(await analysed({ trials: 2 }), "meanShift")).not.toBe(numberOf(all, "meanShift"));
  });

  test("several layers are told apart, and those behind see the noise of those before", async () => {
    const call = callOf({
      cell: "feedforward",
      settings: { depth: 2, activation: "tanh" },
      noise: [{ site: "inside", intensity: sigma }],
    });
    const methods = rowsOf(await analysed({ trials: 2 }, call), "methods");
    expect(methods.map(({ activation }) => activation)).toEqual(["tanh 1", "tanh 2"]);
    expect(methods[0].deviation).toBeCloseTo(sigma, 12);
    expect(methods[1].deviation as number).toBeGreaterThan(sigma);
  });

  test("a function of more than its drive is counted, and not in the table", async () => {
    const cell = defineCell({
      name: "gated",
      summary: "x tanh(c x), c of the input",
      state: { h: "hidden" },
      parameters: { wRec: ["hidden", "hidden"], wIn: ["hidden", "input"] },
      settings: {},
      step: ({ h, input, p, noise }) => {
        const x = add(matvec(p.wRec, h), noise("inside"));
        return { h: mul(x, tanh(mul(matvec(p.wIn, input), x))) };
      },
    });
    const network = createNetwork(
      { cell: "gated", inputSize: 1, hiddenSize: 3, outputSize: 1, noise: standard.noise },
      { cell },
    );
    const findings = await analysed({ trials: 2 }, { ...callOf(), network, weights: network.initialWeights(1) });
    expect(rowsOf(findings, "averages")).toEqual([]);
    expect(numberOf(findings, "largestShift")).toBeGreaterThan(0);
    expect(findings.warnings[0]).toContain("depends on more than its drive");
  });

  test("noise that enters no nonlinearity is refused, with what to ask instead", async () => {
    for (const noise of [[{ site: "outside", intensity: 1 }], [{ site: "inside", intensity: 0 }], []]) {
      await expect(analysed({}, callOf({ ...standard, noise }))).rejects.toThrow(CapabilityError);
    }
    await expect(analysed({}, callOf({ cell: "rate", noise: standard.noise }))).rejects.toThrow(/stationary-law/);
  });

  test("levels that are no numbers are refused, and it stops when asked to", async () => {
    for (const levels of ["a", "0", "1,,2", "-1"]) await expect(analysed({ levels })).rejects.toThrow(ParameterError);
    await expect(analysed({}, { ...callOf(), shouldStop: () => true })).rejects.toThrow(InterruptedError);
  });
});
