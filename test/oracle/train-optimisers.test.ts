/** Weights of PyTorch's optimisers; train-optimisers.py says how. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkedOptions } from "../../src/core/options.ts";
import type { RealArray } from "../../src/engine/contract.ts";
import { optimisers } from "../../src/train/optimisers/registry.ts";

interface Oracle {
  readonly source: string;
  readonly rate: number;
  readonly steps: number;
  readonly kept: readonly number[];
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly start: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly settings: Readonly<Record<string, number | boolean>>;
    readonly weightDecay: number;
    readonly float64: readonly (readonly number[])[];
    readonly float32: readonly (readonly number[])[];
  }[];
}

const oracle = JSON.parse(readFileSync(new URL("train-optimisers.json", import.meta.url), "utf8")) as Oracle;

function trajectory(
  name: string,
  given: Readonly<Record<string, number | boolean>>,
  weightDecay: number,
  start: RealArray,
) {
  const optimiser = optimisers.get(name);
  const options = checkedOptions(optimiser.options, given).values;
  let weights: Readonly<Record<string, RealArray>> = { w: start };
  let state = optimiser.init(weights, options);
  const kept: number[][] = [];
  for (let step = 1; step <= oracle.steps; step++) {
    const { w } = weights;
    const slope = oracle.a.map((row, i) => row.reduce((sum, value, j) => sum + value * w[j], 0) - oracle.b[i]);
    const gradient = { w: w instanceof Float32Array ? Float32Array.from(slope) : Float64Array.from(slope) };
    ({ weights, state } = optimiser.update({ weights, gradient, state, rate: oracle.rate, weightDecay, options }));
    if (oracle.kept.includes(step)) kept.push([...weights.w]);
  }
  return kept;
}

function largestDifference(received: readonly (readonly number[])[], expected: readonly (readonly number[])[]): number {
  return Math.max(...received.flatMap((row, k) => row.map((value, i) => Math.abs(value - expected[k][i]))));
}

describe(`optimisers against ${oracle.source.split(",")[0]}, 50 steps on a quadratic`, () => {
  for (const { name, settings, weightDecay, float64, float32 } of oracle.cases) {
    const title = `${name} ${JSON.stringify(settings)}, weight decay ${weightDecay}`;
    // Weights are of order 1; 50 steps of about 10 roundings of 1.1e-16 each, in another order than PyTorch's.
    test(`${title}: equal within 1e-13 in float64`, () => {
      const received = trajectory(name, settings, weightDecay, Float64Array.from(oracle.start));
      expect(largestDifference(received, float64)).toBeLessThan(1e-13);
    });
    // PyTorch rounds every operation to float32, we round on storing: 50 steps of about 10 roundings of 6e-8 each.
    test(`${title}: equal within 3e-5 in float32`, () => {
      const received = trajectory(name, settings, weightDecay, Float32Array.from(oracle.start));
      expect(largestDifference(received, float32)).toBeLessThan(3e-5);
    });
  }
});
