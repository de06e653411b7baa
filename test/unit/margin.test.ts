import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { describe, expect, test } from "vitest";
import { gapsOf } from "../../src/analysis/attacks/decision.ts";
import { victimOf } from "../../src/analysis/attacks/victim.ts";
import type { FindingRow, Findings } from "../../src/analysis/contract.ts";
import { decisionLipschitz, stepGains } from "../../src/analysis/margin/lipschitz.ts";
import { margin } from "../../src/analysis/margin.ts";
import { cells } from "../../src/cell/cells/registry.ts";
import { CapabilityError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { trialIndices } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { type LinearSetup, l2, linearClassifier, rivalSlopes } from "../helpers/linear-classifier.ts";
import { random, randomWeights } from "../helpers/networks.ts";
import { followTask } from "../helpers/small-tasks.ts";

installBackends();

async function analysed(setup: LinearSetup, options: Readonly<Record<string, unknown>> = {}): Promise<Findings> {
  const { network, weights, task } = linearClassifier(setup);
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const values = { trials: 20, samples: 2, attackSteps: 6, rounds: 2, ...options };
  return margin.run({
    network,
    kernel,
    weights,
    task,
    seed: 7,
    training: undefined,
    options: resolvedOptions("test", margin.options, values),
  });
}
const numberOf = ({ numbers }: Findings, name: string) =>
  Number(numbers.find((finding) => finding.name === name)?.value);
const rowsOf = ({ tables }: Findings, name: string): readonly FindingRow[] =>
  tables.find((table) => table.name === name)?.rows ?? [];

/** Margins of all trials of a linear network: min over j of gap_j / ||w_j||, with the slopes of the closest boundary. */
async function exactMargins(setup: LinearSetup): Promise<number[]> {
  const { network, weights, task, slopes } = linearClassifier(setup);
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const batch = task.batch("test", trialIndices(0, 60), 0);
  const loss = losses.get("cross-entropy");
  const victim = victimOf({ network, kernel, weights, loss, level: "zero", keys: [{ seed: 0, stream: 0 }] }, batch);
  const scores = victim.scores(victim.clean);
  return Array.from(victim.counts, (size, row) => {
    const gaps = gapsOf(victim.decision, scores, row);
    const rivals = rivalSlopes(slopes(size / batch.inputSize), victim.decision.classes[row]);
    return Math.min(...rivals.map(({ rival, slope }) => gaps[rival] / l2(slope)));
  });
}

describe("of a network that is linear in its input", () => {
  const setup = { hasLengths: true, hasWrong: true };
  test("certified <= true = first order <= attack, which is within 1e-5; trials decided wrongly have none", async () => {
    const found = await analysed(setup);
    const exact = await exactMargins(setup);
    const rows = rowsOf(found, "margins");
    expect(rows).toHaveLength(20);
    for (const row of rows) {
      const trial = Number(row.trial);
      const wrong = trial % 3 === 2;
      expect(row.isRight).toBe(!wrong);
      if (wrong) {
        expect([row.certified, row.sampled, row.firstOrder, row.attack]).toEqual([null, null, null, null]);
        expect(Number(row.gap)).toBeLessThan(0);
        continue;
      }
      expect(row.firstOrder).toBeCloseTo(exact[trial], 12);
      expect(Number(row.certified)).toBeGreaterThan(0);
      expect(Number(row.certified)).toBeLessThanOrEqual(exact[trial] * (1 + 1e-12));
      expect(Number(row.attack) / exact[trial]).toBeGreaterThan(1 - 1e-12);
      expect(Number(row.attack) / exact[trial]).toBeLessThan(1 + 1e-5);
      // D_x z is the same everywhere, and its norm is at least that of any difference of rows over sqrt 2
      expect(Number(row.sampled)).toBeLessThanOrEqual(exact[trial] * (1 + 1e-12));
    }
    const trials = rows.map(({ trial }) => Number(trial)).filter((trial) => trial % 3 !== 2);
    const right = trials.map((trial) => exact[trial]).sort((a, b) => a - b);
    const [summary] = rowsOf(found, "quantiles").filter(({ quantity }) => quantity === "firstOrder");
    expect(summary.trials).toBe(right.length);
    expect(summary.median).toBeCloseTo(
      (right[Math.floor((right.length - 1) / 2)] + right[Math.ceil((right.length - 1) / 2)]) / 2,
      12,
    );
    expect(numberOf(found, "medianFirstOrder")).toBe(summary.median);
    expect(numberOf(found, "accuracy")).toBe(right.length / 20);
  });

  // with one unit the product of norms is the norm of the product
  test("with one unit and two classes the certified bound is the margin within 1e-12", async () => {
    const one = { hiddenSize: 1, inputSize: 1, classes: 2, hasLengths: true };
    const exact = await exactMargins(one);
    for (const row of rowsOf(await analysed(one), "margins")) {
      expect(Number(row.certified) / exact[Number(row.trial)]).toBeCloseTo(1, 12);
    }
  });

  test("one output, the log-odds of class 1, has its gap in the steepness of that output", async () => {
    const { task, weights } = linearClassifier({ classes: 2, hiddenSize: 1, inputSize: 1 });
    const network = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 1,
      outputSize: 1,
      settings: { alpha: 0.4, activation: "linear" },
    });
    const kernel = await network.kernel({ precision: "float64", backend: "vector" });
    const difference = (values: ArrayLike<number>): Float64Array => Float64Array.of(values[1] - values[0]);
    const found = await margin.run({
      network,
      kernel,
      weights: { ...weights, wOut: difference(weights.wOut), bOut: difference(weights.bOut) },
      task: { ...task, outputSize: 1, batch: (...of) => ({ ...task.batch(...of), outputSize: 1 }) },
      seed: 7,
      training: undefined,
      options: resolvedOptions("test", margin.options, { trials: 20, samples: 1, attackSteps: 4, rounds: 1 }),
    });
    const exact = await exactMargins({ classes: 2, hiddenSize: 1, inputSize: 1 });
    for (const row of rowsOf(found, "margins")) {
      for (const name of ["certified", "sampled", "firstOrder"]) {
        expect(Number(row[name]) / exact[Number(row.trial)], name).toBeCloseTo(1, 12);
      }
      expect(Number(row.attack) / exact[Number(row.trial)]).toBeCloseTo(1, 5);
    }
  });
});

test("of a tanh network: certified <= attack for every trial, and more effort finds no longer changes", async () => {
  const setup = { activation: "tanh", hiddenSize: 6 };
  const [few, many] = [await analysed(setup, { rounds: 0, attackSteps: 3 }), await analysed(setup, { rounds: 4 })];
  let shorter = 0;
  for (const [i, row] of rowsOf(many, "margins").entries()) {
    const before = rowsOf(few, "margins")[i].attack;
    if (row.isRight === false) continue;
    expect(Number(row.certified)).toBeLessThanOrEqual(Number(row.attack));
    expect(Number(row.attack)).toBeLessThanOrEqual(
      before === null ? Number.POSITIVE_INFINITY : Number(before) * (1 + 1e-6),
    );
    shorter += Number(before === null || Number(row.attack) < Number(before) * (1 - 1e-4));
  }
  expect(shorter).toBeGreaterThan(0);
});

const norm = (matrix: Matrix): number =>
  Math.sqrt(Math.max(...new EigenvalueDecomposition(matrix.transpose().mmul(matrix)).realEigenvalues));

test("the bound of a step of the Lipschitz network is ||I + dt (A + W / 2)|| + dt ||W|| / 2, and dt ||U|| for its input, within 1e-12", () => {
  const network = createNetwork({
    cell: "lipschitz",
    inputSize: 2,
    hiddenSize: 5,
    outputSize: 3,
    settings: { step: 0.1 },
  });
  const weights = randomWeights(network, 8);
  const effective = network.effectiveWeights(weights);
  const of = (name: string): Matrix => Matrix.from1DArray(5, effective[name].length / 5, Array.from(effective[name]));
  const [a, w, u] = [of("wLinear"), of("wRec"), of("wIn")];
  const gains = stepGains(network, weights, 30, [0, 0]);
  const centre = Matrix.add(Matrix.eye(5), Matrix.mul(Matrix.add(a, Matrix.mul(w, 0.5)), 0.1));
  expect(gains.state).toBeCloseTo(norm(centre) + 0.05 * norm(w), 12);
  expect(gains.input).toBeCloseTo(0.05 * norm(u) + 0.05 * norm(u), 12);
});

/** modReLU, sign(v) relu(|v| + b), is taken for a jump at 0, which it has where b is above 0. */
const jumping = ["exprnn"];

describe.each(cells.names)("cell %s", (cell) => {
  test("no step and no sequence stretches a difference of inputs more than the bounds allow", async () => {
    const sizes = { inputSize: 2, hiddenSize: 4, outputSize: 3 };
    const network = createNetwork({ cell, ...sizes });
    const weights = randomWeights(network, 5, 0.5);
    const [batchSize, stepCount] = [40, 5];
    const gains = stepGains(network, weights, stepCount, [0, 0]);
    const direction = Float64Array.of(1, 0, -1);
    const decision = Float64Array.of(0, 0, 0, 0.4, 0.6);
    const bound = decisionLipschitz(gains, gains.output(direction), decision, stepCount);
    const kernel = await network.kernel({ precision: "float64", backend: "vector" });
    const stride = stepCount * 2;
    const call = (input: Float64Array) =>
      kernel.forward({
        weights,
        batchSize,
        stepCount,
        input,
        trials: Uint32Array.from({ length: batchSize }, (_, i) => i),
        level: "zero",
        key: { seed: 0, stream: 0 },
      }).output;
    const input = random(batchSize * stride, 71, 2);
    const decided = (output: ArrayLike<number>, row: number): number =>
      [3, 4].reduce((sum, t) => {
        const at = (row * stepCount + t) * 3;
        return sum + decision[t] * (output[at] - output[at + 2]);
      }, 0);
    const before = call(input);
    let steepest = 0;
    for (const size of [0.01, 1, 5]) {
      const change = random(batchSize * stride, 72, size);
      const after = call(input.map((value, i) => value + change[i]));
      for (let row = 0; row < batchSize; row++) {
        const length = l2(change.slice(row * stride, (row + 1) * stride));
        steepest = Math.max(steepest, Math.abs(decided(after, row) - decided(before, row)) / length);
      }
    }
    expect(steepest).toBeGreaterThan(0);
    expect(bound < Number.POSITIVE_INFINITY).toBe(!jumping.includes(cell));
    if (jumping.includes(cell)) return;
    expect(steepest).toBeLessThanOrEqual(bound);
    // padding does not count
    expect(decisionLipschitz(gains, gains.output(direction), decision, 3)).toBeLessThan(bound);
  });
});

test("exp has no bounded slope, so that nothing is certified, and a warning says so", async () => {
  const found = await analysed({ activation: "exp" });
  expect(rowsOf(found, "margins").every(({ certified }) => certified === null)).toBe(true);
  expect(found.warnings.join(" ")).toMatch(/nothing is certified/);
});

test("every option changes the result", async () => {
  const setup = { activation: "tanh", hiddenSize: 6, stepCount: 4 };
  const small = { trials: 6, samples: 1, attackSteps: 2, rounds: 4 };
  const of = async (change: Record<string, unknown>) => {
    const { tables, numbers } = await analysed(setup, { ...small, ...change });
    return { tables, numbers };
  };
  const before = await of({});
  const changes = [{ trials: 5 }, { samples: 25 }, { attackSteps: 1 }, { rounds: 0 }, { restarts: 6 }];
  expect(changes.map((change) => Object.keys(change)[0]).sort()).toEqual(Object.keys(margin.options).sort());
  for (const change of changes) expect(await of(change), JSON.stringify(change)).not.toEqual(before);
});

test("an input without effect has no change that an attack finds and an infinite certificate", async () => {
  const { network, weights, task } = linearClassifier({});
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const found = await margin.run({
    network,
    kernel,
    weights: { ...weights, wIn: new Float64Array(weights.wIn.length) },
    task,
    seed: 7,
    training: undefined,
    options: resolvedOptions("test", margin.options, { trials: 6, restarts: 2, rounds: 1 }),
  });
  const right = rowsOf(found, "margins").filter(({ isRight }) => isRight);
  expect(right.length).toBeGreaterThan(0);
  expect(right.every(({ certified, attack }) => certified === Number.POSITIVE_INFINITY && attack === null)).toBe(true);
  expect(found.warnings.join(" ")).toMatch(/upper bound is not known/);
});

test("values as targets have no margin: the refusal names what can be asked", async () => {
  const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: 3, outputSize: 1 });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const call = { network, kernel, weights: randomWeights(network, 3), task: followTask, seed: 1, training: undefined };
  const refused = margin.run({ ...call, options: resolvedOptions("test", margin.options, {}) });
  await expect(refused).rejects.toThrow(CapabilityError);
  await expect(refused).rejects.toThrow(/values as targets; analyse a task with classes, or ask robustness/);
});
