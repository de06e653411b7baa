/** Fixed points of maps that are known in closed form. */
import { describe, expect, test } from "vitest";
import { timeConstant } from "../../src/analysis/fixed-points/point.ts";
import { findFixedPoints, type SearchOptions, visitedStates } from "../../src/analysis/fixed-points/search.ts";
import { normals } from "../../src/core/random.ts";
import { handMadeDynamics } from "../helpers/hand-made-dynamics.ts";

const input = Float64Array.of(0);
const options: SearchOptions = {
  method: "one-by-one",
  starts: 16,
  rounds: 6,
  jitter: 0.3,
  tolerance: 1e-10,
  slowTolerance: 1e-2,
  uniqueDistance: 1e-3,
  outlierDistance: 5,
  seed: 3,
};
const around = (stateSize: number, scale = 1, count = 200) =>
  visitedStates(
    normals(new Float64Array(count * stateSize), { seed: 5, stream: 1 }).map((z) => scale * z),
    stateSize,
  );

/** Two units that hold each other: x' = (1 - a) x + a tanh(W x), W = [[w, v], [v, w]]. */
function flipFlop([w, v]: readonly [number, number], permuted = false) {
  const alpha = 0.2;
  const order = permuted ? [1, 0] : [0, 1];
  return handMadeDynamics({
    stateSize: 2,
    next: (x) => x.map((value, i) => (1 - alpha) * value + alpha * Math.tanh(w * value + v * x[1 - i])),
    jacobian: (x) =>
      [0, 1].flatMap((i) => {
        const slope = alpha * (1 - Math.tanh(w * x[i] + v * x[1 - i]) ** 2);
        return [0, 1].map((j) => (i === j ? 1 - alpha + slope * w : slope * v));
      }),
    readout: (x) => [x[order[0]] + 0.3 * x[order[1]]],
  });
}

const bistable = [1.2, -0.4] as const;
/** Root of x = tanh(s x). */
function heldAt(s: number): number {
  let x = 1;
  for (let i = 0; i < 10_000; i++) x = Math.tanh(s * x);
  return x;
}

describe("search of fixed points", () => {
  test("the one point of a linear map, its eigenvalues and time constants are closed forms to 1e-12", () => {
    const linear = handMadeDynamics({
      stateSize: 2,
      next: ([x, y]) => [0.5 * x - 0.3 * y + 1, 0.3 * x + 0.5 * y],
      jacobian: () => [0.5, -0.3, 0.3, 0.5],
    });
    const { points, isComplete } = findFixedPoints(linear, input, around(2), options);
    expect(isComplete).toBe(true);
    expect(points).toHaveLength(1);
    const [point] = points;
    // (1 - A) x = (1, 0)
    const determinant = 0.25 + 0.09;
    expect(point.xStar[0]).toBeCloseTo(0.5 / determinant, 12);
    expect(point.xStar[1]).toBeCloseTo(0.3 / determinant, 12);
    expect(point.speed).toBeLessThan(1e-28);
    expect(point.kind).toBe("fixed");
    expect(point.eigenvalues.map(({ real }) => real)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.5, 12)]);
    expect(point.eigenvalues.map(({ imaginary }) => imaginary)).toEqual([
      expect.closeTo(0.3, 12),
      expect.closeTo(-0.3, 12),
    ]);
    expect(point.isStable).toBe(true);
    expect(timeConstant(point.eigenvalues[0])).toBeCloseTo(-1 / Math.log(Math.sqrt(0.34)), 12);
  });

  // w + v = 0.8 < 1: nothing on the diagonal but 0; w - v = 1.6: x = tanh(1.6 x) on the other.
  test.each(["one-by-one", "joint"] as const)(
    "%s: a flip-flop of two units has its 3 points, a saddle between",
    (method) => {
      const { points, isComplete } = findFixedPoints(flipFlop(bistable), input, around(2), { ...options, method });
      const x = heldAt(1.6);
      expect(isComplete).toBe(true);
      expect(points.map(({ xStar }) => [...xStar])).toEqual([
        [expect.closeTo(-x, 9), expect.closeTo(x, 9)],
        [expect.closeTo(0, 9), expect.closeTo(0, 9)],
        [expect.closeTo(x, 9), expect.closeTo(-x, 9)],
      ]);
      expect(points.map(({ isStable }) => isStable)).toEqual([true, false, true]);
      expect(points.map(({ unstableDirections }) => unstableDirections)).toEqual([0, 1, 0]);
      // 1 - a + a (w - v), 1 - a + a (w + v)
      expect(points[1].eigenvalues.map(({ real }) => real)).toEqual([expect.closeTo(1.12, 9), expect.closeTo(0.96, 9)]);
    },
  );

  test("permuted units give the same points, permuted", () => {
    const visited = around(2);
    const swapped = visitedStates(
      visited.states.map((_, k) => visited.states[k ^ 1]),
      2,
    );
    const plain = findFixedPoints(flipFlop([1.3, -0.4]), input, visited, options).points;
    const permuted = findFixedPoints(flipFlop([1.3, -0.4], true), input, swapped, options).points;
    expect(permuted.map(({ xStar }) => [...xStar].reverse())).toEqual(
      plain.map(({ xStar }) => [...xStar].map((value) => expect.closeTo(value, 9))),
    );
    expect(plain.length).toBeGreaterThan(2);
  });

  // 9 points: (x, y) with each of x, y in {-x*, 0, x*}, when the units do not see each other.
  test("rounds repeat until one finds nothing new: 9 points in all, fewer in 1 round of 6 starts", () => {
    const separate = [1.5, 0] as const;
    const few = { ...options, starts: 24, jitter: 0.5 };
    const whole = findFixedPoints(flipFlop(separate), input, around(2), { ...few, rounds: 20 });
    expect(whole.points).toHaveLength(9);
    expect(whole.isComplete).toBe(true);
    expect(whole.rounds).toBeGreaterThan(1);
    const cut = findFixedPoints(flipFlop(separate), input, around(2), { ...few, starts: 6, rounds: 1 });
    expect(cut.points.length).toBeLessThan(9);
    expect(cut.isComplete).toBe(false);
  });

  test("known states are searched first, and points beyond the outlier distance are left out", () => {
    const x = heldAt(1.6);
    const narrow = around(2, 0.05);
    const inside = findFixedPoints(flipFlop(bistable), input, narrow, { ...options, outlierDistance: 2 });
    expect(inside.points).toHaveLength(1);
    const known = findFixedPoints(flipFlop(bistable), input, narrow, { ...options, outlierDistance: 40, rounds: 1 }, [
      Float64Array.of(x, -x),
      Float64Array.of(-x, x),
    ]);
    expect(known.points).toHaveLength(3);
  });

  // x' = x + 0.1 (x^2 + e): no fixed point; q = (x^2 + e)^2 / 200 is least at 0.
  test("a slow point, left by a fold, is told from a fixed point by its speed e^2 / 200", () => {
    const e = 0.01;
    const ghost = handMadeDynamics({
      stateSize: 1,
      next: ([x]) => [x + 0.1 * (x * x + e)],
      jacobian: ([x]) => [1 + 0.2 * x],
    });
    const { points } = findFixedPoints(ghost, input, around(1), options);
    expect(points.map(({ kind }) => kind)).toEqual(["slow"]);
    expect(Math.abs(points[0].xStar[0])).toBeLessThan(1e-3);
    expect(points[0].speed).toBeCloseTo((0.1 * e) ** 2 / 2, 12);
    expect(findFixedPoints(ghost, input, around(1), { ...options, slowTolerance: 1e-4 }).points).toHaveLength(0);
    // its step, 1e-3, is below the tolerance: nothing tells it from a fixed point
    const loose = findFixedPoints(ghost, input, around(1), { ...options, tolerance: 2e-3 }).points;
    expect(loose.map(({ kind }) => kind)).toContain("fixed");
  });

  test("relu: Newton is exact in a region; a point on a kink is marked and stable only when both sides are", () => {
    const relu = (bias: number, weight: number) =>
      handMadeDynamics({
        stateSize: 1,
        next: ([x]) => [0.5 * x + 0.5 * Math.max(0, weight * x + bias)],
        jacobian: ([x]) => [0.5 + (weight * x + bias > 0 ? 0.5 * weight : 0)],
      });
    // x = w x + b
    const [regular] = findFixedPoints(relu(0.4, 0.5), input, around(1), options).points;
    expect(regular.xStar[0]).toBeCloseTo(0.8, 14);
    expect(regular.isOnKink).toBe(false);
    const [gentle] = findFixedPoints(relu(0, 0.5), input, around(1), options).points;
    expect(gentle.xStar[0]).toBeCloseTo(0, 14);
    expect([gentle.isOnKink, gentle.isStable]).toEqual([true, true]);
    const [steep] = findFixedPoints(relu(0, 1.5), input, around(1), options).points;
    expect(steep.xStar[0]).toBeCloseTo(0, 14);
    expect([steep.isOnKink, steep.isStable]).toEqual([true, false]);
  });

  test("points nearer than the unique distance are one", () => {
    const { points } = findFixedPoints(flipFlop(bistable), input, around(2), { ...options, uniqueDistance: 10 });
    expect(points).toHaveLength(1);
  });
});
