import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/analysis/evaluate.ts";
import { intensityGrid, intensitySweep, sweptSource } from "../../src/analysis/intensity-sweep.ts";
import { noisePreference } from "../../src/analysis/noise-preference.ts";
import { analyses } from "../../src/analysis/registry.ts";
import type { NetworkKernel } from "../../src/network/contract.ts";
import { leakyNetwork, stackable } from "../helpers/leaky-network.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

const network = leakyNetwork({ intensity: 0.5 });
const subject = { network, kernel: network.run("float64"), weights: network.initialWeights(3), seed: 3 };
const examination = { task: followTask, trials: 20, repeats: 64 };

describe("evaluate", () => {
  test("bias and variance add up to the loss: within 1e-12", () => {
    const { loss, biasVariance } = evaluate({ ...subject, ...examination, level: "trained" });
    expect(biasVariance?.variance).toBeGreaterThan(0);
    expect((biasVariance?.biasSquared ?? 0) + (biasVariance?.variance ?? 0)).toBeCloseTo(loss, 12);
  });
  test("of a linear network, noise leaves the bias alone and has variance intensity^2 wOut K K' wOut', within 10 %", () => {
    const silent = evaluate({ ...subject, ...examination, level: "zero" });
    expect(silent.biasVariance).toEqual({ biasSquared: expect.closeTo(silent.loss, 12) as number, variance: 0 });
    const noisy = evaluate({ ...subject, ...examination, repeats: 400, level: "trained" });
    // 20 trials x 4 steps x 400 draws of a variance: relative error about sqrt(2 / 8000) (steps of a trial are correlated).
    const expected = outputVariance();
    expect(Math.abs((noisy.biasVariance?.variance ?? 0) / expected - 1)).toBeLessThan(0.1);
    // The bias is estimated up to sqrt(V bias^2 / draws) and V / draws, draws = 400 per trial.
    expect(Math.abs((noisy.biasVariance?.biasSquared ?? 0) - silent.loss)).toBeLessThan(
      0.01 * silent.loss + expected / 100,
    );
  });
  test("one noisy draw does not tell bias from variance, one silent draw does", () => {
    expect(evaluate({ ...subject, ...examination, repeats: 1, level: "trained" }).biasVariance).toBeUndefined();
    expect(evaluate({ ...subject, ...examination, repeats: 1, level: "zero" }).biasVariance).toBeDefined();
  });
  test("classes have an accuracy and no bias", () => {
    const judge = leakyNetwork({
      outputSize: 2,
      intensity: 0.5,
      readout: { from: "last", bias: true, activation: "linear" },
    });
    const call = { network: judge, kernel: judge.run("float32"), weights: judge.initialWeights(1), seed: 1 };
    const result = evaluate({ ...call, task: signTask, trials: 40, repeats: 2, level: "trained" });
    expect(result.accuracy).toBeGreaterThanOrEqual(0);
    expect(result.biasVariance).toBeUndefined();
    const hinged = evaluate({ ...call, task: signTask, trials: 40, repeats: 2, level: "trained", loss: "hinge" });
    expect(hinged.loss).not.toBe(result.loss);
    expect(hinged.accuracy).toBe(result.accuracy);
  });
  test("split, trials, repeats, level and seed change the loss; the batch size does not", () => {
    const base = { ...subject, ...examination, repeats: 2, level: "trained" } as const;
    const { loss } = evaluate(base);
    const changes = [{ split: "validation" }, { trials: 19 }, { repeats: 3 }, { level: "zero" }, { seed: 4 }] as const;
    for (const change of changes) expect(evaluate({ ...base, ...change }).loss).not.toBe(loss);
    expect(evaluate({ ...base, batchSize: 3 }).loss).toBeCloseTo(loss, 14);
  });
  test("a network with other channels is refused", () => {
    expect(() => evaluate({ ...subject, ...examination, task: signTask, level: "zero" })).toThrow(
      /outputSize must be the task's 2/,
    );
  });

  /** Var z_t = alpha^2 s^2 sum_k |wOut A^k|^2, A = (1 - alpha) I + alpha wRec, mean over the counted steps 2..5. */
  function outputVariance(): number {
    const { wRec, wOut } = subject.weights;
    const [alpha, s, size] = [0.5, 0.5, 3];
    let row = [...wOut];
    let sum = 0;
    const perStep: number[] = [];
    for (let t = 0; t < followTask.stepCount; t++) {
      sum += row.reduce((total, w) => total + w * w, 0) * (alpha * s) ** 2;
      perStep.push(sum);
      row = row.map((_, j) => {
        const through = row.reduce((total, w, i) => total + w * wRec[i * size + j], 0);
        return (1 - alpha) * row[j] + alpha * through;
      });
    }
    return perStep.slice(2).reduce((a, b) => a + b) / 4;
  }
});

describe("intensity sweep", () => {
  test("the grid runs from 0 to twice the trained intensity and holds it exactly", () => {
    const grid = intensityGrid({ intensity: 0.3, law: "gaussian" });
    expect([grid[0], grid[10], grid[20], grid.length]).toEqual([0, 0.3, 0.6, 21]);
    expect(intensityGrid({ intensity: 0, law: "gaussian" })[20]).toBe(1);
  });
  test("of 2000 trained intensities of 3 digits, every test intensity has at most 12", () => {
    for (let thousandths = 0; thousandths <= 2000; thousandths++) {
      const intensity = thousandths / 1000;
      const grid = intensityGrid({ intensity, law: "gaussian" });
      expect(grid.filter((value) => Number(value.toPrecision(12)) !== value)).toEqual([]);
      expect(grid[10]).toBe(intensity === 0 ? 0.5 : intensity);
    }
    expect(intensityGrid({ intensity: 0.5, law: "gaussian" })[3]).toBe(0.15);
  });
  test("a trained intensity of more digits stands in the grid to the bit", () => {
    expect(intensityGrid({ intensity: 1 / 3, law: "gaussian" })[10]).toBe(1 / 3);
  });
  test("drop probabilities end below 1", () => {
    expect(Math.max(...intensityGrid({ intensity: 0.8, law: "bernoulli" }))).toBeLessThan(1);
    expect(intensityGrid({ intensity: 0.8, law: "bernoulli" })).toContain(0.8);
  });
  test("each row is the evaluation at its intensity", () => {
    const rows = intensitySweep({ ...subject, ...examination, repeats: 3, intensities: [0, 0.5, 0.7] });
    expect(rows.map(({ testIntensity }) => testIntensity)).toEqual([0, 0.5, 0.7]);
    for (const row of rows) {
      const level = { sites: { inside: row.testIntensity } };
      const { loss, biasVariance, perRepeat } = evaluate({ ...subject, ...examination, repeats: 3, level });
      expect(row).toEqual({
        seed: 3,
        testIntensity: row.testIntensity,
        loss,
        accuracy: null,
        ...biasVariance,
        lossPerRepeat: [...perRepeat],
      });
    }
    const { loss } = evaluate({ ...subject, ...examination, repeats: 3, level: "trained" });
    expect(rows[1].loss).toBe(loss);
  });
  test("of a linear network the loss is a parabola in the intensity, to 1e-6: draws are shared over intensities", () => {
    const losses = intensitySweep({ ...subject, ...examination, repeats: 2 }).map(({ loss }) => loss);
    const second = losses.slice(2).map((loss, i) => loss - 2 * losses[i + 1] + losses[i]);
    for (const bend of second) expect(Math.abs(bend - second[0])).toBeLessThan(1e-6);
    expect(second[0]).toBeGreaterThan(1e-4);
  });
  test("the site has to be named when there are several, must exist, and may be left out when there is one", () => {
    const one = network.spec;
    const two = { ...one, noise: [one.noise[0], { ...one.noise[0], site: "outside" }] };
    expect(sweptSource(one).site).toBe("inside");
    expect(sweptSource(two, "outside").site).toBe("outside");
    expect(() => sweptSource(two)).toThrow(/got 2 \(inside, outside\); choose one of inside, outside/);
    expect(() => sweptSource({ ...one, noise: [] })).toThrow(
      /got 0 \(none\); give the network a source of intensity 0/,
    );
    expect(() => sweptSource(one, "insid")).toThrow(/no noise source is named "insid"; did you mean "inside"/);
  });
});

describe("noise preference of networks", () => {
  test("linear networks prefer silence: noise adds variance and moves nothing", () => {
    const loud = leakyNetwork({ intensity: 2 });
    const subjects = [1, 2, 3, 4, 5].map((seed) => ({
      network: loud,
      kernel: loud.run("float64"),
      weights: loud.initialWeights(seed),
      seed,
    }));
    const { rows, preference } = noisePreference({ subjects, ...examination });
    expect(rows).toHaveLength(5 * 21);
    expect(preference).toMatchObject({ trainIntensity: 2, seeds: 5, verdict: "prefers silence" });
    expect(preference.preferenceIndex).toBeLessThan(0.05);
  });
  test("bias 2 sqrt(V) that noise undoes: B^2 / (B^2 + V) = 0.8 of the training noise, predicted and found", () => {
    // Output = target + bias (1 - x) + x noise, x the intensity in units of the trained one.
    const { variance } = evaluate({ ...subject, ...examination, level: "trained" }).biasVariance ?? {
      variance: Number.NaN,
    };
    const kernel: NetworkKernel = {
      ...subject.kernel,
      ...stackable((call) => {
        const noisy = subject.kernel.forward(call);
        const silent = subject.kernel.forward({ ...call, level: "zero" });
        const { target } = followTask.batch("test", call.trials, subject.seed);
        if (target.kind !== "values" || typeof call.level !== "object" || !("sites" in call.level)) return noisy;
        const bias = 2 * Math.sqrt(variance) * (1 - call.level.sites.inside / 0.5);
        return { ...noisy, output: noisy.output.map((z, i) => target.values[i] + bias + z - silent.output[i]) };
      }),
    };
    const { preference } = noisePreference({ ...examination, subjects: [{ ...subject, kernel }] });
    expect(preference.predictedIndex).toBeCloseTo(0.8, 3);
    // The sampled noise of 20 trials x 64 draws has a mean that shifts the optimum by about V / (5 V) / sqrt(1280).
    expect(Math.abs((preference.preferenceIndex ?? 0) - 0.8)).toBeLessThan(0.03);
    expect(preference).toMatchObject({ resampled: "repeats", isCloseToTraining: true, verdict: "undecided" });
  });
  test("networks of different training are refused, and none", () => {
    const other = leakyNetwork({ intensity: 0.7 });
    const mixed = [subject, { ...subject, network: other }];
    expect(() => noisePreference({ subjects: mixed, ...examination })).toThrow(
      /must share one trained intensity, got 0\.5, 0\.7/,
    );
    expect(() => noisePreference({ subjects: [], ...examination })).toThrow(/got no network/);
  });
});

describe("registry of analyses", () => {
  test("each member is a question in one sentence, with options and a function", () => {
    expect(analyses.names).toContain("preference");
    for (const { summary, options, run } of analyses.members) {
      expect(summary).toMatch(/^[A-Z].*[.?]$/);
      for (const rule of Object.values(options)) expect(rule.default).not.toBe(undefined);
      expect(run).toBeTypeOf("function");
    }
  });
});
