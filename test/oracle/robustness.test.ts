/** Intervals of SciPy and an input gradient of PyTorch; robustness.py says how. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { victimOf } from "../../src/analysis/attacks/victim.ts";
import { fastGradientSign } from "../../src/analysis/perturbations/fast-gradient-sign.ts";
import { clopperPearsonLower, wilsonInterval } from "../../src/analysis/statistics/proportion.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { losses } from "../../src/train/losses/registry.ts";

installBackends();

interface Proportion {
  readonly successes: number;
  readonly count: number;
}
interface Oracle {
  readonly source: string;
  readonly lower: readonly (Proportion & { readonly failure: number; readonly bound: number })[];
  readonly wilson: readonly (Proportion & { readonly interval: readonly [number, number] })[];
  readonly gradient: {
    readonly alpha: number;
    readonly steps: number;
    readonly weights: Readonly<Record<string, readonly number[]>>;
    readonly input: readonly number[];
    readonly labels: readonly number[];
    readonly gradient: readonly number[];
  };
}
const oracle = JSON.parse(readFileSync(new URL("robustness.json", import.meta.url), "utf8")) as Oracle;
const relative = (a: number, b: number): number => Math.abs(a - b) / Math.max(Math.abs(b), 1e-300);

describe(`proportions against ${oracle.source.split(",")[0]}`, () => {
  // the logarithm of a factorial of 10^5 is 1e6: its last bit is 1e-10 of the tail, and the bound depends on that less
  test("20 lower bounds of Clopper and Pearson of 10 to 100 000 trials: relative error below 1e-10", () => {
    for (const { successes, count, failure, bound } of oracle.lower) {
      const found = clopperPearsonLower(successes, count, failure);
      if (bound === 0) expect(found).toBe(0);
      else expect(relative(found, bound), `${successes} of ${count}`).toBeLessThan(1e-10);
    }
    expect(oracle.lower).toHaveLength(20);
  });

  test("10 intervals of Wilson: error below 1e-12", () => {
    for (const { successes, count, interval } of oracle.wilson) {
      const { low, high } = wilsonInterval(successes / count, count, 0.95);
      expect(Math.abs(low - interval[0]), `${successes} of ${count}`).toBeLessThan(1e-12);
      expect(Math.abs(high - interval[1]), `${successes} of ${count}`).toBeLessThan(1e-12);
    }
    expect(oracle.wilson).toHaveLength(10);
  });
});

test("the input gradient through 9 steps is PyTorch's within 1e-12, and FGSM moves along its sign", async () => {
  const { alpha, steps, weights, input, labels, gradient } = oracle.gradient;
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 2,
    hiddenSize: 4,
    outputSize: 3,
    settings: { alpha, activation: "tanh" },
    readout: { from: "last" },
  });
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const batchSize = labels.length;
  const mask = new Float32Array(batchSize * steps).map((_, i) => Number(i % steps === steps - 1));
  const victim = victimOf(
    {
      network,
      kernel,
      weights: Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, Float64Array.from(values)])),
      loss: losses.get("cross-entropy"),
      level: "zero",
      keys: [{ seed: 0, stream: 0 }],
    },
    {
      batchSize,
      stepCount: steps,
      inputSize: 2,
      outputSize: 3,
      input: Float32Array.from(input),
      target: { kind: "classes", classes: new Int32Array(mask.length).map((_, i) => labels[Math.floor(i / steps)]) },
      mask,
      trials: Uint32Array.from(labels.keys()),
      conditions: {},
    },
  );
  const slope = victim.slope(victim.clean);
  // ours is the gradient of the mean over trials, PyTorch's of the sum
  for (const [i, value] of gradient.entries()) {
    expect(Math.abs(batchSize * slope.gradient[i] - value)).toBeLessThan(1e-12);
  }
  const moved = fastGradientSign.prepare({
    victim,
    range: { low: 0, high: 1 },
    key: { seed: 0, stream: 0 },
    clip: () => {},
    steps: 1,
    restarts: 1,
    startKey: () => ({ seed: 0, stream: 0 }),
  })(0.1);
  for (const [i, value] of gradient.entries()) {
    expect(moved[i] - victim.clean[i]).toBeCloseTo(0.1 * Math.sign(value), 14);
  }
});
