import { describe, expect, test } from "vitest";
import type { Judged } from "../../src/train/contract.ts";
import { accuracyOf } from "../../src/train/losses/masked-loss.ts";
import { losses } from "../../src/train/losses/registry.ts";

const mse = losses.get("mean-squared-error");
const perStep = losses.get("squared-error-per-step");
const crossEntropy = losses.get("cross-entropy");
const hinge = losses.get("hinge");

function classBatch(outputSize: number, classes: readonly number[][], mask?: readonly number[][]): Judged {
  return {
    batchSize: classes.length,
    stepCount: classes[0]?.length ?? 1,
    outputSize,
    target: { kind: "classes", classes: Int32Array.from(classes.flat()) },
    mask: Float32Array.from(mask?.flat() ?? classes.flat().map(() => 1)),
  };
}

function valueBatch(values: readonly number[][], mask: readonly number[][], outputSize = 1): Judged {
  return {
    batchSize: mask.length,
    stepCount: mask[0]?.length ?? 1,
    outputSize,
    target: { kind: "values", values: Float32Array.from(values.flat()) },
    mask: Float32Array.from(mask.flat()),
  };
}

const output = (...values: number[]) => Float64Array.from(values);

describe("mean-squared-error", () => {
  test("weights 1 and 3 on errors 2 and 1 give (4 + 3) / 4", () => {
    const batch = valueBatch([[0, 0, 0]], [[1, 3, 0]]);
    expect(mse.measure(output(2, 1, 99), batch).value).toBe(7 / 4);
  });
  test("is the mean over channels too: errors 1 and 3 in two channels give 5", () => {
    expect(mse.measure(output(1, 3), valueBatch([[0, 0]], [[1]], 2)).value).toBe(5);
  });
  test("the batch value is the mean of the trials' values under their mask weights", () => {
    const { value, weight, perTrial, trialWeights } = mse.measure(
      output(1, 1, 2, 5),
      valueBatch(
        [
          [0, 0],
          [0, 0],
        ],
        [
          [1, 1],
          [4, 0],
        ],
      ),
    );
    expect([...perTrial]).toEqual([1, 4]);
    expect([...trialWeights]).toEqual([2, 4]);
    expect(weight).toBe(6);
    expect(value).toBe((2 * 1 + 4 * 4) / 6);
  });
  test("a trial without counted steps weighs 0 and a batch without any has no value", () => {
    const { value, perTrial, trialWeights } = mse.measure(output(7), valueBatch([[0]], [[0]]));
    expect([value, perTrial[0], trialWeights[0]]).toEqual([Number.NaN, 0, 0]);
  });
  test("0 trials give no value and an empty gradient", () => {
    const batch = { ...valueBatch([], []), batchSize: 0 };
    expect(mse.measure(output(), batch).value).toBe(Number.NaN);
    expect(mse.gradient(output(), batch)).toHaveLength(0);
  });
  test("outputs outside the mask carry no gradient, not even infinite ones", () => {
    expect([...mse.gradient(output(Number.POSITIVE_INFINITY, 1), valueBatch([[0, 0]], [[0, 1]]))]).toEqual([0, 2]);
  });
  test("gradients come in the output's precision", () => {
    expect(mse.gradient(Float32Array.of(1), valueBatch([[0]], [[1]]))).toBeInstanceOf(Float32Array);
    expect(mse.gradient(Float64Array.of(1), valueBatch([[0]], [[1]]))).toBeInstanceOf(Float64Array);
  });
  test("judges no decisions", () => {
    expect(mse.correct(output(1), valueBatch([[0]], [[1]]))).toBeUndefined();
  });
});

describe("weights of channels and lengths of trials", () => {
  // Two trials of 3 and 2 steps, two channels: errors (1, 2), (3, 1), (2, 0) and (1, 1), (4, 2).
  const batch: Judged = {
    ...valueBatch(
      [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0],
      ],
      [
        [0, 1, 5],
        [1, 5, 0],
      ],
      2,
    ),
    lengths: Uint32Array.of(3, 2),
  };
  const errors = output(1, 2, 3, 1, 2, 0, 1, 1, 4, 2, 9, 9);
  const doubled = { ...batch, channelWeights: Float32Array.of(2, 1) };

  test("squared-error-per-step divides by own steps and channels, not by the mask: 132 / (2 * 5)", () => {
    // 1 (9 + 1) + 5 (4 + 0) = 30 and 1 (1 + 1) + 5 (16 + 4) = 102
    const { value, weight, perTrial, trialWeights } = perStep.measure(errors, batch);
    expect([...perTrial]).toEqual([30 / 6, 102 / 4]);
    expect([...trialWeights, weight]).toEqual([3, 2, 5]);
    expect(value).toBe(13.2);
  });
  test("channel weights (2, 1) raise it: (59 + 183) / (2 * 5)", () => {
    // 1 (18 + 1) + 5 (8 + 0) = 59 and 1 (2 + 1) + 5 (32 + 4) = 183
    expect(perStep.measure(errors, doubled).value).toBeCloseTo((59 + 183) / 10, 14);
  });
  test("in the mean squared error they weigh against each other: (59 + 183) / (3 * 12)", () => {
    expect(mse.measure(errors, batch).value).toBe(132 / (2 * 12));
    expect(mse.measure(errors, doubled).value).toBeCloseTo(242 / 36, 14);
    const tripled = { ...batch, channelWeights: Float32Array.of(6, 3) };
    expect(mse.measure(errors, tripled).value).toBeCloseTo(242 / 36, 14);
  });
  test("without lengths every step of the batch counts: 132 / (2 * 6)", () => {
    const { lengths: _, ...whole } = batch;
    expect(perStep.measure(errors, whole).value).toBe(11);
    expect(perStep.gradient(errors, whole)[2]).toBeCloseTo((2 * 3) / 12, 15);
    expect(perStep.gradient(errors, batch)[2]).toBeCloseTo((2 * 3) / 10, 15);
  });
  test("weights that are negative, not finite, all 0 or too few are refused, and so are lengths beyond the batch", () => {
    for (const weights of [
      [-1, 2],
      [Number.NaN, 1],
      [0, 0],
    ]) {
      const bad = { ...batch, channelWeights: Float32Array.from(weights) };
      expect(() => mse.measure(errors, bad)).toThrow("channel weights must be finite, not negative and not all 0");
    }
    expect(() => mse.gradient(errors, { ...batch, channelWeights: Float32Array.of(1) })).toThrow("must hold 2 numbers");
    expect(() => perStep.gradient(errors, { ...batch, lengths: Uint32Array.of(3, 4) })).toThrow("got 4 in row 1");
  });
});

describe("cross-entropy", () => {
  test("equal scores of 4 classes give log 4", () => {
    expect(crossEntropy.measure(output(3, 3, 3, 3), classBatch(4, [[2]])).value).toBeCloseTo(Math.log(4), 15);
  });
  test("scores of +-1e4 neither overflow nor vanish: 2e4 when wrong, 0 when right", () => {
    expect(crossEntropy.measure(output(1e4, -1e4), classBatch(2, [[1]])).value).toBe(2e4);
    expect(crossEntropy.measure(output(1e4, -1e4), classBatch(2, [[0]])).value).toBe(0);
    expect([...crossEntropy.gradient(output(1e4, -1e4), classBatch(2, [[1]]))]).toEqual([1, -1]);
  });
  test("a sure and right answer keeps its small loss: margin 40 gives exp(-40) to 1e-12", () => {
    const { value } = crossEntropy.measure(output(40, 0), classBatch(2, [[0]]));
    expect(Math.abs(value / Math.exp(-40) - 1)).toBeLessThan(1e-12);
    expect(Math.abs(crossEntropy.gradient(output(40, 0), classBatch(2, [[0]]))[0] / -Math.exp(-40) - 1)).toBeLessThan(
      1e-12,
    );
  });
  test("one output is the log-odds of class 1: the same as scores (0, z)", () => {
    for (const z of [-30, -0.7, 0, 2.5, 800]) {
      for (const truth of [0, 1]) {
        const one = crossEntropy.measure(output(z), classBatch(1, [[truth]])).value;
        const two = crossEntropy.measure(output(0, z), classBatch(2, [[truth]])).value;
        expect(one).toBe(two);
      }
    }
  });
});

describe("hinge", () => {
  test("asks one unit of margin to the strongest rival: scores (2, 1.5, -1) give 0.5, 1.5 and 4", () => {
    const values = [0, 1, 2].map((truth) => hinge.measure(output(2, 1.5, -1), classBatch(3, [[truth]])).value);
    expect(values).toEqual([0.5, 1.5, 4]);
  });
  test("a margin of exactly 1 costs nothing and pulls nowhere", () => {
    expect(hinge.measure(output(1, 0), classBatch(2, [[0]])).value).toBe(0);
    expect([...hinge.gradient(output(1, 0), classBatch(2, [[0]]))]).toEqual([0, 0]);
  });
  test("of equally strong rivals the first carries the gradient", () => {
    expect([...hinge.gradient(output(1, 0, 1), classBatch(3, [[1]]))]).toEqual([1, -1, 0]);
  });
  test("with one output it is max(0, 1 - s z)", () => {
    expect(hinge.measure(output(0.25), classBatch(1, [[1]])).value).toBe(0.75);
    expect(hinge.measure(output(0.25), classBatch(1, [[0]])).value).toBe(1.25);
    expect([...hinge.gradient(output(0.25), classBatch(1, [[0]]))]).toEqual([1]);
  });
});

describe("decisions", () => {
  test("the mean score over masked steps decides: (3, 0) and (0, 2) choose class 0", () => {
    expect([...(crossEntropy.correct(output(3, 0, 0, 2), classBatch(2, [[0, 0]])) ?? [])]).toEqual([1]);
    expect([...(crossEntropy.correct(output(3, 0, 0, 2), classBatch(2, [[1, 1]])) ?? [])]).toEqual([0]);
  });
  test("steps count by their mask: weight 2 on (0, 2) turns the choice to class 1", () => {
    const batch = classBatch(2, [[1, 1]], [[1, 2]]);
    expect([...(crossEntropy.correct(output(3, 0, 0, 2), batch) ?? [])]).toEqual([1]);
  });
  test("after a period of another class only the last stretch decides", () => {
    const batch = classBatch(2, [[0, 0, 1]]);
    expect([...(crossEntropy.correct(output(9, 0, 9, 0, 0, 1), batch) ?? [])]).toEqual([1]);
  });
  test("one output chooses class 1 above 0", () => {
    expect([...(hinge.correct(output(0.1, -0.1, 0), classBatch(1, [[1], [1], [0]])) ?? [])]).toEqual([1, 0, 1]);
  });
  test("a score that is not a number is never right", () => {
    expect([...(hinge.correct(output(Number.NaN, 0), classBatch(2, [[0]])) ?? [])]).toEqual([0]);
  });
  test("trials that do not count are left out of the accuracy", () => {
    expect(accuracyOf(Uint8Array.of(1, 0, 0), Float64Array.of(1, 1, 0))).toBe(0.5);
    expect(accuracyOf(new Uint8Array(0), new Float64Array(0))).toBe(Number.NaN);
  });
});

describe("first output that is not finite", () => {
  test("the earliest step wins over the earlier trial", () => {
    const mask = [
      [1, 1, 1],
      [1, 1, 1],
    ];
    const batch = valueBatch(
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      mask,
    );
    const { firstBad } = mse.measure(output(0, 0, Number.NaN, 0, Number.POSITIVE_INFINITY, 0), batch);
    expect(firstBad).toEqual({ row: 1, step: 1 });
  });
  test("finite outputs whose sum overflows are not bad", () => {
    const batch = valueBatch([[0, 0]], [[1, 1]]);
    expect(mse.measure(output(1.7e308, 1.7e308), batch).firstBad).toBeUndefined();
  });
});

describe("errors", () => {
  test("a target of the wrong kind names the losses that fit", () => {
    expect(() => mse.measure(output(0, 0), classBatch(2, [[0]]))).toThrow(
      /must be values, got classes; use "cross-entropy"/,
    );
    expect(() => hinge.gradient(output(0), valueBatch([[0]], [[1]]))).toThrow(/use "mean-squared-error"/);
  });
  test("a class beyond the outputs names row and step", () => {
    expect(() => crossEntropy.measure(output(0, 0, 0, 0), classBatch(2, [[0, 2]]))).toThrow(
      /0\.\.1, got 2 in row 0, step 1/,
    );
  });
  test("a class out of range at a step that does not count is allowed", () => {
    const batch = classBatch(2, [[-1, 1]], [[0, 1]]);
    expect(crossEntropy.measure(output(0, 0, 0, 0), batch).value).toBeCloseTo(Math.log(2), 15);
  });
  test("mask weights must be finite and not negative", () => {
    expect(() => mse.measure(output(0, 0), valueBatch([[0, 0]], [[1, -1]]))).toThrow(/got -1 in row 0, step 1/);
    expect(() => mse.measure(output(0), valueBatch([[0]], [[Number.NaN]]))).toThrow(/got NaN/);
  });
  test("lengths that do not fit are named", () => {
    expect(() => mse.measure(output(0), valueBatch([[0, 0]], [[1, 1]]))).toThrow(
      /output \[batch, time, output\] must hold 2/,
    );
    expect(() => mse.gradientTangent(output(0), output(), valueBatch([[0]], [[1]]))).toThrow(
      /tangent must have the output's 1/,
    );
  });
});
