import { beforeAll, describe, expect, test } from "vitest";
import type { FindingRow, Findings } from "../../src/analysis/contract.ts";
import { perturbations } from "../../src/analysis/perturbations/registry.ts";
import { camelCase } from "../../src/analysis/robustness/strengths.ts";
import { robustness } from "../../src/analysis/robustness.ts";
import { spreadTrials } from "../../src/analysis/spread-trials.ts";
import { CapabilityError, InterruptedError, ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { type LinearSetup, l2, linearClassifier, rivalSlopes } from "../helpers/linear-classifier.ts";
import { randomWeights } from "../helpers/networks.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();

/** Nothing is asked for but what a test names. */
const none = { ...Object.fromEntries(perturbations.names.map((name) => [camelCase(name), null])), smoothing: null };
const complete = (options: Readonly<Record<string, unknown>>) =>
  resolvedOptions("test", robustness.options, { ...none, trials: 30, attackSteps: 4, ...options });

async function analysed(setup: LinearSetup, options: Readonly<Record<string, unknown>>, hooks = {}): Promise<Findings> {
  const { network, weights, task } = linearClassifier(setup);
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  return robustness.run({
    network,
    kernel,
    weights,
    task,
    seed: 7,
    training: undefined,
    options: complete(options),
    ...hooks,
  });
}
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((finding) => finding.name === name)?.value;
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];

/** l2 margins of the trials of two classes, all of which are decided rightly. */
function margins(setup: LinearSetup, count: number): number[] {
  const { task, slopes, weights } = linearClassifier(setup);
  const batch = task.batch("test", spreadTrials(task, "test", count), 0);
  const [{ slope }] = rivalSlopes(slopes(batch.stepCount), 0);
  return Array.from({ length: count }, (_, row) => {
    let gap = weights.bOut[0] - weights.bOut[1];
    for (let i = 0; i < slope.length; i++) gap += slope[i] * batch.input[row * slope.length + i];
    return Math.abs(gap) / l2(slope);
  });
}

describe("two classes, scores linear in the input", () => {
  const setup = { classes: 2 };
  let exact: number[];
  beforeAll(() => {
    exact = margins(setup, 30);
  });

  test("the accuracy under PGD (l2) and DeepFool is the share of margins above the strength, and its area is theirs", async () => {
    const strengths = [0.2, 0.5, 1, 1.5];
    const found = await analysed(setup, {
      pgdL2: strengths.join(" "),
      deepfool: strengths.join(", "),
      attackSteps: 10,
    });
    const shares = [0, ...strengths].map((strength) => exact.filter((margin) => margin > strength).length / 30);
    expect(new Set(shares).size).toBeGreaterThan(3);
    for (const name of ["pgd-l2", "deepfool"]) {
      const rows = rowsOf(found, "curves").filter((row) => row.perturbation === name);
      expect(rows.map(({ strength }) => strength)).toEqual([0, ...strengths]);
      expect(rows.map(({ accuracy }) => accuracy)).toEqual(shares.map((share) => expect.closeTo(share, 12)));
      // Wilson at 30 of 30: 1 / (1 + 1.96^2 / 30)
      expect(rows[0].accuracyLow).toBeCloseTo(1 / (1 + 1.959964 ** 2 / 30), 6);
      const widths = [0.2, 0.3, 0.5, 0.5];
      const area = widths.reduce((sum, width, k) => sum + (width * (shares[k] + shares[k + 1])) / 2, 0) / 1.5;
      const [row] = rowsOf(found, "areas").filter((one) => one.perturbation === name);
      expect(row.area).toBeCloseTo(area, 12);
      expect(Number(row.areaLow)).toBeLessThan(area);
      expect(Number(row.areaHigh)).toBeGreaterThan(area);
    }
    expect(numberOf(found, "areaPgdL2")).toBe(numberOf(found, "areaDeepfool"));
    expect(numberOf(found, "accuracyPgdL2Level4")).toBeCloseTo(shares[4], 12);
    expect(numberOf(found, "accuracyClean")).toBe(1);
    // PGD goes to the ball's surface, DeepFool no further than it must
    const last = rowsOf(found, "curves").filter(({ strength }) => strength === 1.5);
    expect(last.map(({ norm }) => norm)).toEqual([
      expect.closeTo(1.5, 10),
      expect.closeTo(exact.reduce((sum, margin) => sum + Math.min(margin, 1.5), 0) / 30, 3),
    ]);
  });

  // Under white noise of deviation s a trial at distance d is right with probability Phi(d / s); 30 trials times 20 draws
  test("the accuracy under white noise is the mean of Phi(margin / s) within 5 errors", async () => {
    const found = await analysed(setup, { white: "0.7, 2", repeats: 20 });
    for (const { strength, accuracy } of rowsOf(found, "curves").slice(1)) {
      const shares = exact.map((margin) => phi(margin / Number(strength)));
      const error = Math.sqrt(shares.reduce((sum, p) => sum + p * (1 - p), 0) / 20) / 30;
      expect(Math.abs(Number(accuracy) - shares.reduce((a, b) => a + b) / 30)).toBeLessThan(5 * error);
    }
  });

  // Near p = 1 a single miss of n draws lowers the bound to 1 - 9.2 / n (Clopper-Pearson at 0.001): hence 10 / n beside.
  // p has the error sqrt(p (1 - p) / n); the bound lies 3.1 of them below the count, which is itself off by up to 4. One of
  // 30 certificates is wrong with probability 0.03 at most; this seed's are right.
  test("randomised smoothing certifies no more than the distance, and no less than 8 errors of p allow", async () => {
    const [deviation, draws] = [0.8, 300];
    const found = await analysed(setup, { smoothing: String(deviation), smoothingTrials: 30, smoothingDraws: draws });
    const rows = rowsOf(found, "certificates");
    expect(rows).toHaveLength(30);
    const sure = rows.filter(({ radius }) => radius !== null);
    expect(sure.length).toBeGreaterThan(20);
    for (const [place, row] of rows.entries()) {
      const margin = exact[place];
      const p = Math.min(1, phi(margin / deviation));
      const least = p - 8 * Math.sqrt((p * (1 - p)) / draws) - 10 / draws;
      if (row.radius === null) expect(least).toBeLessThan(0.5);
      else {
        expect(row.decision).toBe(row.truth);
        expect(Number(row.radius)).toBeLessThanOrEqual(margin);
        expect(phi(Number(row.radius) / deviation)).toBeGreaterThan(least);
      }
    }
    const [summary] = rowsOf(found, "smoothing");
    expect(summary.abstained).toBeCloseTo(1 - sure.length / 30, 12);
    expect(numberOf(found, "averageCertifiedRadius")).toBe(summary.averageRadius);
    // 0.001^(1 / 300) is the bound when all draws agree
    expect(phi(Number(summary.largestRadius) / deviation)).toBeCloseTo(0.001 ** (1 / 300), 9);
    const accuracies = rowsOf(found, "certified-accuracy").map(({ accuracy }) => Number(accuracy));
    expect(accuracies[0]).toBe(summary.accuracy);
    expect(accuracies).toEqual([...accuracies].sort((a, b) => b - a));
  });
});

/** Accuracy 1e-7, Abramowitz and Stegun 26.2.17 is not needed: the integral by Simpson's rule. */
function phi(x: number): number {
  const steps = 2000;
  let sum = 0;
  for (let k = 0; k <= steps; k++) {
    const t = (x * k) / steps;
    sum += (k === 0 || k === steps ? 1 : k % 2 === 1 ? 4 : 2) * Math.exp((-t * t) / 2);
  }
  return 0.5 + (sum * x) / steps / 3 / Math.sqrt(2 * Math.PI);
}

test("a network with noise is attacked in the mean over draws and evaluated on others", async () => {
  const noisy = { activation: "tanh", noise: [{ site: "inside", intensity: 0.6 }], hasWrong: true };
  const options = { fgsm: "0.2, 0.4", pgdLinf: "0.2, 0.4", white: "0.2, 0.4", level: "trained", repeats: 3 };
  const found = await analysed(noisy, options);
  const silent = await analysed(noisy, { ...options, level: "zero" });
  const fewer = await analysed(noisy, { ...options, attackDraws: 1 });
  const curve = (of: Findings, name: string) => rowsOf(of, "curves").filter((row) => row.perturbation === name);
  expect(numberOf(found, "lossClean")).not.toBe(numberOf(silent, "lossClean"));
  // the clean trials have the same noise in every curve
  expect(
    new Set(
      rowsOf(found, "curves")
        .filter(({ strength }) => strength === 0)
        .map(({ loss }) => loss),
    ).size,
  ).toBe(1);
  expect(curve(fewer, "white")).toEqual(curve(found, "white"));
  expect(curve(fewer, "fgsm")).not.toEqual(curve(found, "fgsm"));
  expect(found.sentences.join(" ")).toMatch(/training noise, 3 draws/);
});

test("every option changes the result", async () => {
  const small = {
    trials: 6,
    repeats: 2,
    white: "0.5",
    pgdLinf: "2.5",
    deepfool: "0.8",
    smoothing: "0.5",
    smoothingTrials: 4,
    smoothingDraws: 30,
    smoothingSelection: 5,
  };
  const setup = { activation: "tanh", hasWrong: true, noise: [{ site: "inside", intensity: 0.6 }] };
  const of = async (change: Record<string, unknown>) =>
    (await analysed(setup, { ...small, level: "trained", ...change })).tables;
  const before = await of({});
  const changes: Record<string, unknown>[] = [
    { trials: 5 },
    { repeats: 3 },
    { level: "zero" },
    { clip: "data" },
    { attackSteps: 1 },
    { restarts: 5 },
    { attackDraws: 1 },
    { smoothing: "0.25" },
    { smoothingTrials: 3 },
    { smoothingSelection: 1 },
    { smoothingDraws: 20 },
    { smoothingFailure: 0.1 },
    ...perturbations.names.map((name) => ({ [camelCase(name)]: "0.3" })),
  ];
  expect(changes.map((change) => Object.keys(change)[0]).sort()).toEqual(Object.keys(robustness.options).sort());
  for (const change of changes) expect(await of(change), JSON.stringify(change)).not.toEqual(before);
});

test("of a task with values only losses are told; what needs classes is left out with a warning", async () => {
  const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: 3, outputSize: 1 });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const call = { network, kernel, weights: randomWeights(network, 3), task: followTask, seed: 1, training: undefined };
  const found = await robustness.run({
    ...call,
    options: complete({ white: "0.5, 1", fgsm: "0.5, 1", deepfool: "0.5", smoothing: "0.5" }),
  });
  expect(numberOf(found, "accuracyClean")).toBeUndefined();
  const rows = rowsOf(found, "curves");
  expect(rows.map(({ perturbation }) => perturbation)).toEqual(["white", "white", "white", "fgsm", "fgsm", "fgsm"]);
  expect(rows.every(({ accuracy }) => accuracy === null)).toBe(true);
  const losses = rows.slice(3).map(({ loss }) => Number(loss));
  expect(losses).toEqual([...losses].sort((a, b) => a - b));
  expect(numberOf(found, "lossFgsmLevel2")).toBe(losses[2]);
  expect(numberOf(found, "lossAreaFgsm")).toBeCloseTo((losses[0] + 2 * losses[1] + losses[2]) / 4, 12);
  expect(found.warnings).toEqual([
    "deepfool needs classes and was left out: the task has values as targets.",
    "Randomised smoothing needs classes and was left out.",
  ]);
  const closed = { ...followTask, environment: () => Promise.reject() as never };
  await expect(robustness.run({ ...call, task: closed, options: complete({}) })).rejects.toThrow(CapabilityError);
});

test("wrong words and strengths are refused with what would do, and work that is asked to stop stops", async () => {
  const refused = async (options: Record<string, unknown>, message: RegExp) =>
    expect(analysed({}, options)).rejects.toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  await refused({ level: "train" }, /robustness, level: .*did you mean "trained"/);
  await refused({ clip: "range" }, /clip: no clip is named "range"; known: none, data/);
  await refused({ white: "0.1, -2" }, /robustness, white: strengths are numbers above 0, got "-2"/);
  await refused({ occlusion: "1.5" }, /at most 1, got "1.5"/);
  await expect(analysed({}, { smoothing: "" })).rejects.toThrow(ParameterError);
  let asked = 0;
  const shares: number[] = [];
  const hooks = { shouldStop: () => ++asked > 3, onProgress: (share: number) => shares.push(share) };
  await expect(analysed({}, { white: "0.1, 0.2, 0.3, 0.4, 0.5" }, hooks)).rejects.toThrow(InterruptedError);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares).toHaveLength(4);
});
