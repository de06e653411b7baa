import { describe, expect, test } from "vitest";
import { cells } from "../../src/cell/cells/registry.ts";
import { schemes } from "../../src/cell/schemes/registry.ts";
import type { NoiseSource } from "../../src/noise/contract.ts";
import { noiseWrappers } from "../../src/noise/sources.ts";
import { agree } from "../helpers/agreement.ts";
import { candidates, reference } from "../helpers/backends.ts";
import { difference, dot, type Setup, setup } from "../helpers/programs.ts";

/** Noise in proportion to the drift of all units, whose derivative along itself goes through every matrix. */
const source: NoiseSource = {
  site: "state-multiplicative",
  law: "gaussian",
  intensity: 0.3,
  scaling: "per-sqrt-time",
  shared: true,
  proportionalTo: "drift",
};

function prepared(name: string, batchSize: number, stepCount: number): Setup {
  const cell = { ...cells.get("ctrnn"), scheme: schemes.get(name) };
  const settings = { activation: "tanh" };
  return setup(cell, { settings, batchSize, stepCount, wrappers: noiseWrappers(cell, [source]) });
}

const others = schemes.names.filter((name) => name !== "euler-maruyama");

describe("schemes: forward, VJP, JVP and HVP equal the reference to 1e-12 (float64) and 2e-4 (float32)", () => {
  // Compilers take a second or more for each program, and what is compiled are operations that have tests of their own.
  const interpreted = candidates.filter(({ backend }) => backend.name === "vector").slice(0, 1);
  test.each(others)("%s, interpreted", async (name) => {
    for (const precision of ["float64", "float32"] as const) await agree(prepared(name, 17, 5), precision, interpreted);
  });

  // its derivative is in the forward pass, and its scalars have the numbers of types in C
  test("milstein, compiled by the C compiler", async () => {
    const compiled = candidates.filter(({ backend }) => backend.name === "native");
    await agree(prepared("milstein", 17, 5), "float64", compiled);
  });
});

describe("schemes: gradients equal central differences to 1e-6 in float64", () => {
  test.each(others)("%s", async (name) => {
    const problem = prepared(name, 2, 3);
    const kernel = await reference.prepare(problem.program, "float64");
    const { parameters, initialState } = kernel
      .forward(problem.call, true)
      .backward(problem.cotangents, { inputs: true });
    // truncation h^2 = 1e-10 times third derivatives, rounding 1e-16 / h = 1e-11
    const h = 1e-5;
    const at = (group: "parameters" | "initialState", key: string, index: number, by: number): number => {
      const values = problem.call[group][key].slice();
      values[index] += by;
      const call = { ...problem.call, [group]: { ...problem.call[group], [key]: values } };
      const { outputs } = kernel.forward(call, false);
      return (
        dot(problem.cotangents.outputs.output, outputs.output) +
        dot(problem.cotangents.outputs.activity, outputs.activity)
      );
    };
    for (const [group, gradients] of [
      ["parameters", parameters],
      ["initialState", initialState],
    ] as const) {
      for (const [key, values] of Object.entries(gradients)) {
        const expected = Array.from(values, (_, i) => (at(group, key, i, h) - at(group, key, i, -h)) / (2 * h));
        expect(difference(values, expected), key).toBeLessThan(1e-6);
      }
    }
  });
});
