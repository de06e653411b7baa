import { describe, expect, test } from "vitest";
import { checkedOptions } from "../../src/core/options.ts";
import type { RealArray } from "../../src/engine/contract.ts";
import { areFinite, clippedByNorm, clippedByValue, globalNorm } from "../../src/train/clipping.ts";
import { optimisers } from "../../src/train/optimisers/registry.ts";

type Changes = Readonly<Record<string, number | boolean>>;

/** Weights after four updates with slopes 1, -2, 3, 0.5 on the first and a third of that on the second weight. */
function afterFour(name: string, { weightDecay = 0, ...changes }: Changes & { weightDecay?: number } = {}): RealArray {
  const optimiser = optimisers.get(name);
  const options = checkedOptions(optimiser.options, changes).values;
  let weights: Readonly<Record<string, RealArray>> = { w: Float32Array.of(1, -1) };
  let state = optimiser.init(weights, options);
  for (const slope of [1, -2, 3, 0.5]) {
    const gradient = { w: Float32Array.of(slope, slope / 3) };
    ({ weights, state } = optimiser.update({ weights, gradient, state, rate: 0.1, weightDecay, options }));
  }
  expect(state.count).toBe(4);
  return weights.w;
}

describe("every setting of every optimiser changes the weights", () => {
  const cases: readonly [string, Changes, Changes][] = [
    ["sgd", {}, { momentum: 0.5 }],
    ["sgd", { momentum: 0.5 }, { momentum: 0.5, nesterov: true }],
    ["sgd", {}, { weightDecay: 0.1 }],
    ["adam", {}, { beta1: 0.5 }],
    ["adam", {}, { beta2: 0.9 }],
    ["adam", {}, { epsilon: 0.1 }],
    ["adam", {}, { weightDecay: 0.1 }],
    ["adamw", {}, { weightDecay: 0.1 }],
    ["rmsprop", {}, { smoothing: 0.5 }],
    ["rmsprop", {}, { epsilon: 0.1 }],
    ["rmsprop", {}, { momentum: 0.5 }],
    ["rmsprop", {}, { weightDecay: 0.1 }],
  ];
  for (const [name, before, after] of cases) {
    test(`${name} ${JSON.stringify(before)} -> ${JSON.stringify(after)}`, () => {
      expect([...afterFour(name, after)]).not.toEqual([...afterFour(name, before)]);
    });
  }
  test("decay in the gradient and decoupled decay differ", () => {
    expect([...afterFour("adam", { weightDecay: 0.1 })]).not.toEqual([...afterFour("adamw", { weightDecay: 0.1 })]);
  });
});

describe("updates are pure", () => {
  for (const optimiser of optimisers.members) {
    test(`${optimiser.name} writes to none of its arguments and keeps float32`, () => {
      const given = "momentum" in optimiser.options ? { momentum: 0.9 } : {};
      const options = checkedOptions(optimiser.options, given).values;
      const weights = { w: Float32Array.of(1, 2) };
      const gradient = { w: Float32Array.of(3, -4) };
      const state = optimiser.init(weights, options);
      const before = JSON.stringify([weights, gradient, state]);
      const next = optimiser.update({ weights, gradient, state, rate: 0.1, weightDecay: 0.1, options });
      expect(JSON.stringify([weights, gradient, state])).toBe(before);
      expect(JSON.stringify(next.state)).not.toBe(JSON.stringify(state));
      for (const array of [next.weights.w, ...Object.values(next.state.slots).map((slot) => slot.w)]) {
        expect(array).toBeInstanceOf(Float32Array);
        expect(array).not.toBe(weights.w);
      }
    });
  }
});

describe("clipping", () => {
  const gradient = { a: Float64Array.of(3, 0), b: Float64Array.of(-4) };
  test("the norm runs over all arrays: (3, 0) and (-4) give 5", () => {
    expect(globalNorm(gradient)).toBe(5);
  });
  test("norms near the ends of float64 neither overflow nor vanish", () => {
    expect(globalNorm({ a: Float64Array.of(3e200, 4e200) }) / 5e200).toBeCloseTo(1, 14);
    expect(globalNorm({ a: Float64Array.of(3e-200, 4e-200) }) / 5e-200).toBeCloseTo(1, 14);
  });
  test("what is not finite stays visible", () => {
    expect(globalNorm({ a: Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY) })).toBe(Number.NaN);
    expect(globalNorm({ a: Float64Array.of(Number.POSITIVE_INFINITY, Number.NaN) })).toBe(Number.NaN);
    expect(globalNorm({ a: Float64Array.of(1, Number.NEGATIVE_INFINITY) })).toBe(Number.POSITIVE_INFINITY);
  });
  test("squares are added in eight interleaved sums: element i to sum i mod 8, in every array from sum 0 on", () => {
    const arrays = [19, 3, 8].map((length) => Float64Array.from({ length }, (_, i) => Math.sin(i + length)));
    const s = new Array<number>(8).fill(0);
    for (const array of arrays) for (const [i, x] of array.entries()) s[i % 8] += x * x;
    const total = s[0] + s[1] + (s[2] + s[3]) + (s[4] + s[5] + (s[6] + s[7]));
    expect(globalNorm(Object.fromEntries(arrays.entries()))).toBe(Math.sqrt(total));
    const tiny = arrays.map((array) => array.map((x) => x * 2 ** -700));
    expect(globalNorm(Object.fromEntries(tiny.entries()))).toBe(Math.sqrt(total) * 2 ** -700);
  });
  test("one number that is not finite is found at every place of arrays of 1 to 9", () => {
    for (let length = 1; length <= 9; length++) {
      const finite = Float64Array.from({ length }, () => Number.MAX_VALUE);
      expect(areFinite({ finite })).toBe(true);
      for (let i = 0; i < length; i++) {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          expect(areFinite({ finite, other: finite.with(i, bad) })).toBe(false);
        }
      }
    }
  });
  test("no weights have norm 0", () => {
    expect(globalNorm({})).toBe(0);
  });
  test("by norm scales the whole gradient from 5 to 2.5 and leaves a shorter one alone", () => {
    const half = clippedByNorm(gradient, 5, 2.5);
    expect([[...half.a], [...half.b]]).toEqual([[1.5, 0], [-2]]);
    expect(clippedByNorm(gradient, 5, 5)).toBe(gradient);
  });
  test("by value limits each slope to +-3", () => {
    const limited = clippedByValue(gradient, 3);
    expect([[...limited.a], [...limited.b]]).toEqual([[3, 0], [-3]]);
  });
});
