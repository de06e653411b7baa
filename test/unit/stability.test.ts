import { Matrix, SVD } from "ml-matrix";
import { beforeAll, describe, expect, test } from "vitest";
import type { AnalysisCall, FindingRow, Findings } from "../../src/analysis/contract.ts";
import { symmetricRange } from "../../src/analysis/stability/certificate.ts";
import { stableStep } from "../../src/analysis/stability/local.ts";
import { contractionBounds } from "../../src/analysis/stability/metrics.ts";
import { stability } from "../../src/analysis/stability.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { randomWeights } from "../helpers/networks.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();

const small = { samples: 6, starts: 4, transient: 20, steps: 100, blocks: 5 };
async function subject(options: Partial<NetworkOptions> = {}, weights: Weights = {}): Promise<AnalysisCall> {
  const network = createNetwork({ cell: "lipschitz", inputSize: 1, hiddenSize: 6, outputSize: 1, ...options });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const all = { ...randomWeights(network, 3, 0.3), ...weights };
  return { network, kernel, weights: all, seed: 3, task: followTask, training: undefined, options: {} };
}
const analysed = (call: AnalysisCall, options: Readonly<Record<string, unknown>> = {}): Promise<Findings> =>
  stability.run({ ...call, options: resolvedOptions("test", stability.options, { ...small, ...options }) });
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];
const number = (value: unknown): number => value as number;
const term = (found: Findings, name: string): number =>
  number(rowsOf(found, "terms").find((row) => row.term === name)?.value);
const condition = (found: Findings, name: string): number =>
  number(rowsOf(found, "conditions").find((row) => row.condition === name)?.value);
const square = (values: ArrayLike<number>): Matrix => {
  const size = Math.sqrt(values.length);
  return Matrix.from1DArray(size, size, Array.from(values));
};
const norm = (matrix: Matrix): number => new SVD(matrix).norm2;

describe("certificates from the equations of a cell", () => {
  test("lipschitz: A and W are its matrices, the bounds lambda(A_sym) -+ L_a sigma_max(W)", async () => {
    const call = await subject();
    const found = await analysed(call);
    const { wLinear, wRec } = call.network.effectiveWeights(call.weights);
    const [low, high] = symmetricRange(square(wLinear));
    const sigma = norm(square(wRec));
    expect(term(found, "symmetricLow")).toBeCloseTo(low, 10);
    expect(term(found, "symmetricHigh")).toBeCloseTo(high, 10);
    expect(term(found, "recurrentNorm")).toBeCloseTo(sigma, 10);
    expect(term(found, "activationConstant")).toBe(1);
    const [silent] = rowsOf(found, "levels");
    expect(silent.upper).toBeCloseTo(high + sigma, 10);
    expect(silent.lower).toBeCloseTo(low - sigma, 10);
    // slopes in 0 .. 1 about their middle
    const middle = Matrix.add(square(wLinear), Matrix.mul(square(wRec), 0.5));
    expect(term(found, "centredHigh")).toBeCloseTo(symmetricRange(middle)[1] + sigma / 2, 10);
    expect(condition(found, "lipschitz")).toBeCloseTo(high + sigma, 10);
  });

  test.each([
    ["ctrnn", "inside"],
    ["rate", "outside"],
  ])("%s: A is -1, L_a sigma_max(W) is that of wRec, and noise %s changes neither", async (cell, site) => {
    const call = await subject({
      cell,
      settings: { alpha: 0.1, activation: "tanh" },
      noise: [{ site, intensity: 0.4 }],
    });
    const found = await analysed(call);
    const sigma = norm(square(call.weights.wRec));
    for (const { upper, lower, phi } of rowsOf(found, "levels")) {
      expect(upper).toBeCloseTo(-1 + sigma, 10);
      expect(lower).toBeCloseTo(-1 - sigma, 10);
      expect(phi).toBe(0);
    }
  });

  test("elman: a step multiplies differences by at most sigma_max(W)", async () => {
    const call = await subject({ cell: "elman" });
    const found = await analysed(call);
    const bound = Math.log(norm(square(call.weights.wRec)));
    expect(condition(found, "map")).toBeCloseTo(bound, 10);
    const [{ exponent, stepBound, upper }] = rowsOf(found, "levels");
    expect([stepBound, upper]).toEqual([expect.closeTo(bound, 10), null]);
    expect(number(exponent)).toBeLessThan(bound);
  });

  test.each(cells.names)("%s: no local Jacobian and no measured exponent leaves the bounds", async (cell) => {
    const found = await analysed(await subject({ cell }));
    const isBounded = rowsOf(found, "conditions").length > 0;
    const [level] = rowsOf(found, "levels");
    for (const { measure, spectralNorm } of rowsOf(found, "local")) {
      if (!isBounded) continue;
      expect(Math.log(number(spectralNorm))).toBeLessThanOrEqual(condition(found, "map") + 1e-9);
      if (level.upper === null) continue;
      expect(number(measure)).toBeLessThanOrEqual(number(level.centredUpper) + 1e-9);
    }
    if (level.stepBound !== null && level.exponent !== null)
      expect(number(level.exponent)).toBeLessThanOrEqual(number(level.stepBound) + 1e-9);
    // what has no bound says so
    expect(found.warnings.join().includes("Nothing is certified")).toBe(!isBounded);
  });

  test("networks of bounded gates are bounded in the visited range alone, and a warning gives it", async () => {
    const found = await analysed(await subject({ cell: "gru" }));
    expect(found.numbers.find(({ name }) => name === "isCertified")?.value).toBe(0);
    expect(found.warnings.join()).toContain("visited range [");
  });
});

describe("noise in the bounds", () => {
  const s = 0.7;
  const d = 6;
  const multiplicative = { site: "state-multiplicative", intensity: s, scaling: "per-sqrt-time" as const };
  test.each<[string, NoiseSourceInput, number, number]>([
    ["one Brownian motion", { ...multiplicative, shared: true }, -(s * s) / 2, -(s * s) / 2],
    ["one for each unit", multiplicative, -(s * s) / 2, s * s * (1 / 2 - 1 / d)],
    ["additive", { ...multiplicative, site: "state" }, 0, 0],
  ])("noise in proportion to the state, %s: phi and psi as derived", async (_title, source, phi, psi) => {
    const call = await subject({ noise: [source] });
    const found = await analysed(call);
    const [silent, noisy] = rowsOf(found, "levels");
    expect(noisy.phi).toBeCloseTo(phi, 10);
    expect(noisy.psi).toBeCloseTo(psi, 10);
    expect(number(noisy.upper) - number(silent.upper)).toBeCloseTo(psi, 10);
    expect(number(noisy.lower) - number(silent.lower)).toBeCloseTo(phi, 10);
    // |Ds|_F = s |e| adds s^2 / 2 to half the growth of the mean square, whatever psi says
    expect(number(noisy.meanSquare) - number(silent.meanSquare)).toBeCloseTo(
      source.site === "state" ? 0 : (s * s) / 2,
      10,
    );
  });

  test("noise in proportion to the drift is bounded by its Lipschitz constant, a law's mean slows the drift", async () => {
    const drift = { ...multiplicative, proportionalTo: "drift" as const, shared: true };
    const found = await analysed(await subject({ noise: [drift] }));
    const [, noisy] = rowsOf(found, "levels");
    expect(noisy.frobeniusHigh).toBeCloseTo(s * term(found, "lipschitz"), 10);
    const update = { site: "update", law: "uniform-decrement" as const, intensity: 0.4 };
    const slowed = await analysed(await subject({ noise: [update] }));
    const [, level] = rowsOf(slowed, "levels");
    // a mean of -0.2: the drift is 0.8 times itself
    expect(number(level.upper) - number(level.psi)).toBeCloseTo(0.8 * term(slowed, "driftHigh"), 10);
  });

  test("under another scheme than Euler-Maruyama the step alone is bounded, and a warning says so", async () => {
    const found = await analysed(await subject({ scheme: "heun", noise: [multiplicative] }));
    const [silent, noisy] = rowsOf(found, "levels");
    expect([silent.upper, noisy.upper, noisy.stepBound]).toEqual([null, null, null]);
    expect(silent.exponent).toBeLessThan(number(silent.stepBound));
    expect(found.warnings.join()).toContain('choose scheme "euler-maruyama"');
  });

  test("no certificate for weight noise or coloured multiplicative noise, and the reason", async () => {
    for (const source of [
      { site: "weight", intensity: 0.1 },
      { site: "update", intensity: 0.1, correlationTime: 1 },
    ]) {
      const found = await analysed(await subject({ noise: [source] }));
      const [silent, noisy] = rowsOf(found, "levels");
      expect([typeof silent.upper, noisy.upper]).toEqual(["number", null]);
      expect(found.warnings.join()).toContain(source.site);
    }
  });

  test("one Brownian motion moves the measured exponent by -s^2 / 2; every noise stays within its bounds", async () => {
    const step = 0.02;
    const kinds: NoiseSourceInput[] = [
      { ...multiplicative, intensity: 1, shared: true },
      { ...multiplicative, intensity: 1 },
      { ...multiplicative, intensity: 1, proportionalTo: "drift" },
      { ...multiplicative, site: "state", intensity: 1 },
    ];
    for (const [index, source] of kinds.entries()) {
      const call = await subject({ settings: { step }, noise: [source] });
      const found = await analysed(call, { starts: 16, steps: 1000 });
      for (const { exponent, error, lower, upper } of rowsOf(found, "levels")) {
        expect(number(exponent)).toBeLessThan(number(upper) + 4 * number(error));
        expect(number(exponent)).toBeGreaterThan(number(lower) - 4 * number(error));
      }
      const [silent, noisy] = rowsOf(found, "levels");
      const shift = number(noisy.exponent) - number(silent.exponent);
      // 320 units of time: 1 / sqrt(320) = 0.056; a saturating drift and Euler's step move it by some 0.05
      if (index === 0) expect(Math.abs(shift + 0.5)).toBeLessThan(4 * 0.056 + 0.05);
    }
  });
});

describe("conditions and local numbers", () => {
  test("a matrix that is stable but not normal contracts in solved and weighted norms, not in the Euclidean one", () => {
    const linear = new Matrix([
      [-1, 5],
      [0, -1.2],
    ]);
    const bounds = contractionBounds({ linear, terms: [], rest: 0 });
    const rate = (metric: string): number => bounds.find((bound) => bound.metric === metric)?.rate ?? Number.NaN;
    expect(rate("identity")).toBeCloseTo(-1.1 + Math.hypot(0.1, 2.5), 12);
    expect(rate("weighted-maximum")).toBeCloseTo(-1, 12);
    // no norm does better than the abscissa, -1
    expect(rate("solved")).toBeGreaterThan(-1);
    expect(rate("solved")).toBeLessThan(-0.7);
  });

  test("antisymmetric networks: no Jacobian has an eigenvalue with a positive real part", async () => {
    const still = { name: "symmetric-skew", beta: 1, gamma: 0 };
    const call = await subject(
      { parametrisations: { wLinear: still, wRec: { ...still, gamma: 0.1 } } },
      { wLinear: new Float64Array(36) },
    );
    const found = await analysed(call);
    expect(condition(found, "eigenvalues")).toBeCloseTo(0, 12);
    for (const { abscissa } of rowsOf(found, "local")) expect(number(abscissa)).toBeLessThan(0);
  });

  test("Euler's largest step is -2 Re lambda / |lambda|^2; 0 for what grows, none for what stays", () => {
    expect(stableStep(-1, 2)).toBeCloseTo(0.4, 12);
    expect(Math.hypot(1 - 0.4, 0.4 * 2)).toBeCloseTo(1, 12);
    expect(stableStep(0.1, 2)).toBe(0);
    expect(stableStep(0, 0)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("options", () => {
  let call: AnalysisCall;
  let plain: Findings;
  beforeAll(async () => {
    call = await subject({ hiddenSize: 3, noise: [{ site: "state-multiplicative", intensity: 0.1 }] });
    plain = await analysed(call);
  });
  test.each([
    { levels: "0, 2" },
    { site: "state-multiplicative", levels: "0, 1" },
    { samples: 5 },
    { starts: 3 },
    { transient: 21 },
    { steps: 120 },
    { blocks: 4 },
  ])("%o changes the findings", async (option) => {
    expect(await analysed(call, option)).not.toEqual(plain);
  });
});
