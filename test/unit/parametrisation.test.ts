import { describe, expect, test } from "vitest";
import { initialDraws, parameterTrial } from "../../src/cell/initialisers/address.ts";
import type { InitialTarget } from "../../src/cell/initialisers/contract.ts";
import { initialisers } from "../../src/cell/initialisers/registry.ts";
import { parametrisations } from "../../src/cell/parametrisations/registry.ts";
import { ParameterError, ShapeError } from "../../src/core/errors.ts";
import { checkedOptions, resolvedOptions } from "../../src/core/options.ts";
import { spectralRadius } from "../../src/train/stability.ts";

function mapOf(
  name: string,
  shape: readonly number[],
  given: Readonly<Record<string, unknown>> = {},
  parameter = "wRec",
) {
  const member = parametrisations.get(name);
  return member.map({ parameter, shape }, resolvedOptions(name, member.options, given));
}

function draw(name: string, target: Partial<InitialTarget>, given: Readonly<Record<string, unknown>> = {}, seed = 1) {
  const member = initialisers.get(name);
  const full: InitialTarget = {
    parameter: "wRec",
    axes: ["hidden", "hidden"],
    sizes: { hidden: 100, input: 4 },
    rawShape: [100, 100],
    settings: { step: 0.01, activation: "tanh" },
    ...target,
  };
  return member.prepare(full, resolvedOptions(name, member.options, given))(initialDraws(seed, full.parameter));
}

const ones = (count: number): Float64Array => new Float64Array(count).fill(1);
const count = (values: ArrayLike<number>, wanted: (x: number) => boolean): number =>
  Array.from(values).filter(wanted).length;
const moments = (values: Float64Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length) };
};

describe("parametrisations", () => {
  test("dense and frozen give the trained array itself; only dense counts its numbers as trained", () => {
    const raw = Float64Array.of(1, -2, 3, 4);
    expect(mapOf("dense", [2, 2]).at(raw).effective).toBe(raw);
    expect(mapOf("frozen", [2, 2]).at(raw).effective).toBe(raw);
    expect(mapOf("dense", [2, 2]).freeCount).toBe(4);
    expect(mapOf("frozen", [2, 2]).freeCount).toBe(0);
    expect([...mapOf("frozen", [2, 2]).at(raw).pullback(raw)]).toEqual([0, 0, 0, 0]);
  });

  test("a mask of density 0.3 keeps 0.3 of 200 x 200 connections within 5 standard errors", () => {
    const kept = count(mapOf("mask", [200, 200], { density: 0.3 }).at(ones(40000)).effective, (x) => x === 1);
    // binomial: deviation sqrt(0.3 * 0.7 / 40000) = 0.0023
    expect(Math.abs(kept / 40000 - 0.3)).toBeLessThan(5 * 0.0023);
    expect(mapOf("mask", [200, 200], { density: 0.3 }).freeCount).toBe(kept);
  });

  test("a mask of density 0 or 1 keeps nothing or everything; without self-connections the diagonal is zero", () => {
    expect(mapOf("mask", [4, 3], { density: 0 }).freeCount).toBe(0);
    expect(mapOf("mask", [4, 3], { density: 1 }).freeCount).toBe(12);
    const { effective } = mapOf("mask", [4, 4], { density: 1, selfConnections: false }).at(ones(16));
    expect([...effective]).toEqual([0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0]);
  });

  test("masks: the seed and the parameter's name change them, a sparser one is part of a denser one", () => {
    const pattern = (given: Readonly<Record<string, unknown>>, parameter?: string) => [
      ...mapOf("mask", [20, 20], { density: 0.5, ...given }, parameter).at(ones(400)).effective,
    ];
    expect(pattern({})).toEqual(pattern({}));
    expect(pattern({ seed: 1 })).not.toEqual(pattern({}));
    expect(pattern({}, "wIn")).not.toEqual(pattern({}));
    const sparse = pattern({ density: 0.2 });
    expect(pattern({}).every((kept, i) => kept >= sparse[i])).toBe(true);
  });

  test("dale: round(0.8 * 5) excitatory columns first, magnitudes kept", () => {
    const raw = Float64Array.of(1, -2, 3, -4, 5, -6, 7, -8, 9, -10);
    expect([...mapOf("dale", [2, 5]).at(raw).effective]).toEqual([1, 2, 3, 4, -5, 6, 7, 8, 9, -10]);
    expect([...mapOf("dale", [2, 5], { excitatory: 0.2 }).at(raw).effective]).toEqual([
      1, -2, -3, -4, -5, 6, -7, -8, -9, -10,
    ]);
  });

  test("symmetric-skew: beta 1 is skew but for the damping, beta 0 symmetric, beta 0.5 the matrix itself less gamma", () => {
    const raw = Float64Array.of(1, 2, 3, 4);
    const at = (beta: number) => [...mapOf("symmetric-skew", [2, 2], { beta, gamma: 0.5 }).at(raw).effective];
    expect(at(1)).toEqual([-0.5, -1, 1, -0.5]);
    expect(at(0)).toEqual([1.5, 5, 5, 7.5]);
    expect(at(0.5)).toEqual([0.5, 2, 3, 3.5]);
  });

  test.each([
    ["mask", [2, 2], {}, /density.*must be a number in \[0, 1\], got nothing/],
    ["mask", [2, 2], { density: 1.5 }, /density.*\[0, 1\], got 1.5/],
    ["mask", [2, 2], { density: 0.5, seed: -1 }, /seed.*an integer in \[0, infinity\), got -1/],
    ["mask", [2, 3], { density: 0.5, selfConnections: false }, /square/],
    ["mask", [2, 2], { density: 0.5, selfConnection: false }, /did you mean "selfConnections"/],
    ["dale", [2, 2], { excitatory: "most" }, /excitatory.*got "most"/],
    ["dale", [3], {}, /matrix \[post, pre\]/],
    ["symmetric-skew", [2, 2], { beta: 2 }, /beta.*\[0, 1\], got 2/],
    ["symmetric-skew", [2, 3], {}, /square/],
  ])("%s of shape %j refuses %j", (name, shape, given, message) => {
    expect(() => mapOf(name, shape, given)).toThrow(ParameterError);
    expect(() => mapOf(name, shape, given)).toThrow(message);
  });

  test("several broken options are all reported", () => {
    const { broken } = checkedOptions(parametrisations.get("mask").options, { density: -1, seed: 0.5, colour: 1 });
    expect(broken.map(({ option }) => option).sort()).toEqual(["colour", "density", "seed"]);
  });
});

describe("initialisers", () => {
  // 10^4 numbers: the deviation of a deviation is 1 / sqrt(2 * 10^4) = 0.7 %; bounds are 5 of these
  test("normal has deviation gain / sqrt(fanIn) within 3.5 %", () => {
    expect(Math.abs(moments(draw("normal", {}, { gain: 1.5 })).deviation / 0.15 - 1)).toBeLessThan(0.035);
    const fan = moments(draw("normal", {}, { fan: "input" })).deviation;
    expect(Math.abs(fan / 0.5 - 1)).toBeLessThan(0.035);
    expect(Math.abs(moments(draw("normal", {}, { gain: 1.5 })).mean)).toBeLessThan(5 * 0.0015);
  });

  test("normal-over-size has deviation scale / n within 3.5 %", () => {
    expect(Math.abs(moments(draw("normal-over-size", {})).deviation / 0.001 - 1)).toBeLessThan(0.035);
    expect(Math.abs(moments(draw("normal-over-size", {}, { scale: 2 })).deviation / 0.02 - 1)).toBeLessThan(0.035);
  });

  test("uniform-fan-in fills (-1/sqrt(n), 1/sqrt(n)); a bias takes the axis that is named", () => {
    const matrix = draw("uniform-fan-in", {});
    expect(Math.max(...matrix.map(Math.abs))).toBeLessThan(0.1);
    expect(Math.max(...matrix.map(Math.abs))).toBeGreaterThan(0.0999);
    expect(Math.abs(moments(matrix).deviation / (0.1 / Math.sqrt(3)) - 1)).toBeLessThan(0.035);
    const bias = draw("uniform-fan-in", { parameter: "bRec", axes: ["hidden"], rawShape: [100] }, { fan: "input" });
    expect(Math.max(...bias.map(Math.abs))).toBeGreaterThan(0.4);
    expect(Math.max(...bias.map(Math.abs))).toBeLessThan(0.5);
  });

  test("glorot-uniform fills (-b, b), b = gain sqrt(6 / (rows + columns)), of matrices only", () => {
    const values = draw("glorot-uniform", { rawShape: [50, 100] }, { gain: 2 });
    const bound = 2 * Math.sqrt(6 / 150);
    expect(values).toHaveLength(5000);
    // the largest of 5000 falls short of the bound by 1/5000 of it on average; by 0.2 % with probability e^-10
    expect(Math.max(...values.map(Math.abs)) / bound).toBeGreaterThan(0.998);
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(bound);
    expect([...draw("glorot-uniform", { rawShape: [50, 100] })]).toEqual([...values.map((value) => value / 2)]);
  });

  test("zeros, constant and identity are what they say; identity's noise has deviation noise / sqrt(n)", () => {
    expect([...draw("zeros", { rawShape: [3] })]).toEqual([0, 0, 0]);
    expect([...draw("constant", { rawShape: [2] }, { value: -2 })]).toEqual([-2, -2]);
    expect([...draw("identity", { rawShape: [2, 2] }, { gain: 0.5 })]).toEqual([0.5, 0, 0, 0.5]);
    const noisy = draw("identity", {}, { gain: 0, noise: 0.3 });
    expect(Math.abs(moments(noisy).deviation / 0.03 - 1)).toBeLessThan(0.035);
  });

  test("balanced: rows sum to 0, signs obey dale, spectral radius at 100 units within 30 % of the gain, mean of 8 seeds within 15 %", () => {
    let mean = 0;
    for (let seed = 0; seed < 8; seed++) {
      const values = draw("balanced", {}, { gain: 0.9, excitatory: 0.8 }, seed);
      const { effective } = mapOf("dale", [100, 100], { excitatory: 0.8 }).at(values);
      expect([...effective]).toEqual([...values]);
      for (let n = 0; n < 100; n++) {
        const sum = values.subarray(n * 100, n * 100 + 100).reduce((total, x) => total + x, 0);
        expect(Math.abs(sum)).toBeLessThan(1e-12);
      }
      const ratio = spectralRadius(values, 100) / 0.9;
      expect(Math.abs(ratio - 1)).toBeLessThan(0.3);
      mean += ratio / 8;
    }
    expect(Math.abs(mean - 1)).toBeLessThan(0.15);
  });

  test("values are a function of seed and name: other parameters, axes or order do not change them", () => {
    const values = draw("normal", {});
    expect(draw("normal", {})).toEqual(values);
    expect(draw("normal", {}, {}, 2)).not.toEqual(values);
    expect(draw("normal", { parameter: "wIn" })).not.toEqual(values);
    // the first rows of a larger matrix of the same fan-in are the smaller matrix
    expect(draw("normal", { rawShape: [200, 100] }).slice(0, 10000)).toEqual(values);
    expect(parameterTrial("wRec")).not.toBe(parameterTrial("wIn"));
  });

  test("values of a shape with no elements are empty", () => {
    expect(draw("normal", { rawShape: [0, 100] })).toHaveLength(0);
    expect(draw("uniform-fan-in", { rawShape: [0, 100] })).toHaveLength(0);
  });

  test.each([
    ["normal", { axes: ["hidden"], rawShape: [100] }, {}, ParameterError, /no fan-in of its own/],
    [
      "uniform-fan-in",
      { axes: ["hidden"], rawShape: [100] },
      { fan: "inputs" },
      ShapeError,
      /"inputs" must be a whole number/,
    ],
    ["normal", {}, { gain: -1 }, ParameterError, /gain.*got -1/],
    ["constant", {}, {}, ParameterError, /value.*got nothing/],
    ["identity", { rawShape: [100, 4] }, {}, ParameterError, /square/],
    ["glorot-uniform", { axes: ["hidden"], rawShape: [4] }, {}, ParameterError, /needs a matrix/],
    ["balanced", { rawShape: [1, 1] }, {}, ParameterError, /units of either sign/],
  ] as const)("%s for %j refuses %j", (name, target, given, kind, message) => {
    expect(() => draw(name, target, given)).toThrow(kind);
    expect(() => draw(name, target, given)).toThrow(message);
  });
});
