import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { apply, constant, constantValue, createGraph, leaf } from "../../src/cell/graph.ts";
import { type ElementwiseOp, elementwise } from "../../src/cell/operations.ts";

const exact = JSON.parse(
  readFileSync(new URL("../conformance/elementary-values.json", import.meta.url), "utf8"),
) as Record<string, number[][]>;

describe("values of the table equal exact values (mpmath, scripts/elementary-values.py)", () => {
  test("erf within 1e-15", () => {
    expect(exact.erf.length).toBeGreaterThanOrEqual(100);
    for (const [x, y] of exact.erf) expect(Math.abs(elementwise.erf.value(x) - y), `erf(${x})`).toBeLessThan(1e-15);
  });
  // a relative error of 4 epsilon: two roundings of exp and log1p, which are within 1 ulp in V8
  test.each(["sigmoid", "softplus", "tanh", "exp", "log"] as const)("%s within 4 epsilon, relative", (name) => {
    for (const [x, y] of exact[name]) {
      if (Math.abs(y) < 1e-290) continue; // subnormal results keep fewer digits
      expect(Math.abs(elementwise[name].value(x) / y - 1), `${name}(${x})`).toBeLessThan(4 * Number.EPSILON);
    }
  });
  test("infinities and NaN", () => {
    expect(elementwise.erf.value(Number.POSITIVE_INFINITY)).toBe(1);
    expect(elementwise.erf.value(Number.NEGATIVE_INFINITY)).toBe(-1);
    expect(elementwise.softplus.value(800)).toBe(800);
    expect(elementwise.sigmoid.value(-800)).toBe(0);
    for (const [name, rule] of Object.entries(elementwise)) {
      // a comparison has an answer for NaN; everything else hands it on, so that a divergence is seen
      if (name === "step" || name === "where") continue;
      const args = [Number.NaN, 0.5].slice(0, rule.arity);
      expect(rule.value(...args), name).toBeNaN();
      expect(rule.value(...args.toReversed()), name).toBeNaN();
    }
  });
});

/** Value of an expression in constants. */
function derivative(op: ElementwiseOp, at: readonly number[], argument: number): number {
  const graph = createGraph();
  const algebra = {
    number: (value: number) => constant(graph, value),
    apply: (name: ElementwiseOp, ...args: number[]) => apply(graph, name, args),
  };
  const args = at.map((value) => constant(graph, value));
  const y = apply(graph, op, args);
  const partial = elementwise[op].partials(algebra, args, y)[argument];
  return partial === undefined ? 0 : (constantValue(graph, partial) as number);
}

describe("derivatives of the table equal central differences to 1e-8", () => {
  // away from kinks, inside every domain
  const points: Record<1 | 2 | 3, number[][]> = {
    1: [[0.3], [1.7], [2.9], [0.05]],
    2: [
      [0.4, 1.3],
      [2.2, -0.7],
      [1.5, 2.5],
    ],
    3: [
      [0.6, 1.1, -0.4],
      [-0.6, 1.1, -0.4],
    ],
  };
  for (const [name, rule] of Object.entries(elementwise)) {
    test(name, () => {
      for (const at of points[rule.arity]) {
        for (let i = 0; i < rule.arity; i++) {
          const h = 1e-6; // truncation 1e-12, rounding 1e-10
          const shifted = (by: number) => rule.value(...at.map((x, k) => (k === i ? x + by : x)));
          const expected = (shifted(h) - shifted(-h)) / (2 * h);
          const found = derivative(name as ElementwiseOp, at, i);
          expect(Math.abs(found - expected) / (1 + Math.abs(expected)), `d/d${i} at ${at}`).toBeLessThan(1e-8);
        }
      }
    });
  }
});

describe("conventions at kinks", () => {
  test.each([
    ["relu", [0], 0, 0],
    ["abs", [0], 0, 0],
    ["max", [1, 1], 0, 1],
    ["max", [1, 1], 1, 0],
    ["min", [1, 1], 0, 1],
    ["min", [1, 1], 1, 0],
    ["where", [0, 1, 2], 1, 0],
    ["where", [0, 1, 2], 2, 1],
    ["where", [0, 1, 2], 0, 0],
  ] as const)("%s at %o: slope in argument %d is %d", (op, at, argument, slope) => {
    expect(derivative(op, at, argument)).toBe(slope);
  });
});

test("equal expressions are one node", () => {
  const graph = createGraph();
  const x = leaf(graph, "x", "hidden");
  expect(apply(graph, "mul", [x, x])).toBe(apply(graph, "mul", [x, x]));
});
