/** Averages of activations over gaussian noise by mpmath; smoothing.py says how. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activationFunction } from "../../src/analysis/dynamics/smoothing/scalar-function.ts";
import { smoothed } from "../../src/analysis/dynamics/smoothing/smoothed.ts";
import { type ActivationName, activations } from "../../src/cell/expression.ts";

const quantities = ["mean", "slope", "curvature", "variance", "varianceSlope"] as const;
const tolerances = { mean: 1e-12, slope: 1e-10, curvature: 1e-9, variance: 1e-10, varianceSlope: 1e-9 };
type Case = Readonly<Record<(typeof quantities)[number], number>> & {
  readonly activation: ActivationName;
  readonly drive: number;
  readonly deviation: number;
};
const { cases } = JSON.parse(readFileSync(new URL("smoothing.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

describe("averages over gaussian noise agree with integrals of 40 digits", () => {
  test("the oracle covers every activation", () => {
    expect([...new Set(cases.map(({ activation }) => activation))].sort()).toEqual(Object.keys(activations).sort());
  });

  test.each(Object.keys(activations) as ActivationName[])(
    "%s: mean to 1e-12, slope and variance to 1e-10, curvature and slope of the variance to 1e-9",
    (name) => {
      const average = smoothed(activationFunction(name));
      for (const { activation, drive, deviation, ...wanted } of cases) {
        if (activation !== name) continue;
        // closed forms round at 1e-15 and the order of quadrature is chosen for 1e-12, in units of the largest number
        // that enters; derivatives and squares have poles of higher order, for which the same order leaves more
        const size = Math.max(1, ...quantities.map((quantity) => Math.abs(wanted[quantity])));
        for (const quantity of quantities) {
          const error = Math.abs(average[quantity](drive, deviation, []) - wanted[quantity]) / size;
          expect(error, `${quantity} at ${drive}, ${deviation}`).toBeLessThan(tolerances[quantity]);
        }
      }
    },
  );
});
