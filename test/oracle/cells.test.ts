/** Cells against PyTorch models written from their papers and published code (cells.py says how). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parametrisations } from "../../src/cell/parametrisations/registry.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { elementCount } from "../../src/core/tensor.ts";
import type { NetworkOptions } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";

interface Case {
  /** Names in the order in which the formula numbers them. */
  readonly arrays: readonly string[];
  readonly output: readonly number[];
  readonly gradient: Readonly<Record<string, readonly number[]>>;
  readonly input: readonly number[];
}

interface Oracle {
  readonly base: readonly number[];
  readonly cases: Readonly<Record<string, Case>>;
  readonly rebasing: Readonly<Record<"raw" | "base" | "moved" | "projected", readonly number[]>>;
}

const oracle = JSON.parse(readFileSync(new URL("cells.json", import.meta.url), "utf8")) as Oracle;
const [batchSize, stepCount] = [2, 5];
const sizes = { inputSize: 2, hiddenSize: 4, outputSize: 3 };

const numbers = (array: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => 0.6 * Math.sin(1 + 2.1 * array + 0.9 * i));

const damped = { name: "symmetric-skew", beta: 0.75, gamma: 0.05 };
const models: Readonly<Record<string, Pick<NetworkOptions, "cell" | "settings" | "parametrisations">>> = {
  antisymmetric: {
    cell: "antisymmetric",
    settings: { step: 0.3 },
    parametrisations: { wRec: { name: "skew", gamma: 0.05 } },
  },
  "antisymmetric, gated": {
    cell: "antisymmetric",
    settings: { step: 0.3, gated: 1 },
    parametrisations: { wRec: { name: "skew", gamma: 0.05 } },
  },
  "lipschitz, gated": {
    cell: "lipschitz",
    settings: { step: 0.2, gated: 1 },
    parametrisations: { wLinear: damped, wRec: damped },
  },
  cornn: { cell: "cornn", settings: { step: 0.3, gamma: 1.2, epsilon: 0.7 } },
  lem: { cell: "lem", settings: { step: 0.8 } },
  exprnn: { cell: "exprnn" },
  "exprnn, cayley": { cell: "exprnn", parametrisations: { wRec: { name: "orthogonal", map: "cayley" } } },
  "exprnn, dtriv": { cell: "exprnn", parametrisations: { wRec: { name: "orthogonal", rebase: 100 } } },
  lstm: { cell: "lstm" },
  gru: { cell: "gru" },
};

// float64 on both sides: sums of some tens of terms, five steps and a gradient; what is left is 1e-14 of the largest
const tolerance = 1e-12;

function far(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const scale = 1 + Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(found[i] - value) / scale));
}

test("every model of the oracle is compared", () => {
  expect(Object.keys(models)).toEqual(Object.keys(oracle.cases));
});

describe("outputs, and gradients of all weights and of the input, equal PyTorch's to 1e-12", () => {
  test.each(Object.keys(models))("%s", async (name) => {
    const expected = oracle.cases[name];
    const network = createNetwork({ ...sizes, ...models[name] });
    const { arrays } = expected;
    expect([...arrays].sort()).toEqual(
      Object.keys(network.shapes)
        .filter((array) => array !== "wRecBase")
        .sort(),
    );
    const weights = Object.fromEntries(
      arrays.map((array, at) => [array, numbers(at, elementCount(network.shapes[array]))]),
    );
    if ("wRecBase" in network.shapes) weights.wRecBase = Float64Array.from(oracle.base);
    const kernel = await network.kernel({ precision: "float64", backend: "reference" });
    const forward = kernel.forward(
      {
        weights,
        batchSize,
        stepCount,
        input: numbers(arrays.length, batchSize * stepCount * sizes.inputSize),
        trials: new Uint32Array(batchSize),
        level: "zero",
        key: { seed: 0, stream: 0 },
      },
      true,
    );
    expect(far(forward.output, expected.output)).toBeLessThan(tolerance);
    const c = numbers(arrays.length + 1, forward.output.length);
    const gradient = forward.backwardAll({ output: forward.output.map((z, i) => c[i] + z) });
    for (const array of arrays) {
      expect(far(gradient.weights[array], expected.gradient[array]), array).toBeLessThan(tolerance);
    }
    expect(far(gradient.input, expected.input), "input").toBeLessThan(tolerance);
  });
});

describe("a re-basing of dtriv equals PyTorch's matrix_exp and singular value decomposition to 1e-12", () => {
  test.each([
    ["without projection", 1, "moved"],
    ["with projection", 2, "projected"],
  ] as const)("%s", (_, count, expected) => {
    const { options, map } = parametrisations.get("orthogonal");
    const made = map(
      { parameter: "wRec", shape: [4, 4] },
      resolvedOptions("orthogonal", options, { rebase: 1, project: 2 }),
    );
    const { raw, base } = oracle.rebasing;
    const found = made.base?.rebased(Float64Array.from(raw), Float64Array.from(base), count);
    expect(far(found?.base ?? [], oracle.rebasing[expected])).toBeLessThan(tolerance);
  });
});
