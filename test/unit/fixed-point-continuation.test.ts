/** Branches of maps whose bifurcations are known in closed form. */
import { describe, expect, test } from "vitest";
import {
  type BranchPoint,
  type ContinuationOptions,
  followBranch,
} from "../../src/analysis/fixed-points/continuation.ts";
import { handMadeDynamics } from "../helpers/hand-made-dynamics.ts";

const input = Float64Array.of(0);
const relu = (x: number): number => Math.max(0, x);
const range = (from: number, to: number, count: number): ContinuationOptions => ({
  from,
  to,
  grid: Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1)),
  spread: 1,
  tolerance: 1e-11,
  outlierDistance: 10,
});
const events = (branch: readonly BranchPoint[]): string[] => branch.flatMap((point) => point.events);
const at = (branch: readonly BranchPoint[], event: string): BranchPoint =>
  branch.find((point) => (point.events as readonly string[]).includes(event)) as BranchPoint;

describe("continuation of fixed points", () => {
  // x' = x + 0.3 (p - x^2): x* = +- sqrt(p), one fold, at p = 0. The parameter is flat there, so that an arclength known to
  // 1e-9 gives p to 1e-18; x is known to the 1e-6 of the bisection of the chord.
  test("a fold at p = 0 is passed, and placed to 1e-10 in the parameter", () => {
    const family = (p: number) =>
      handMadeDynamics({ stateSize: 1, next: ([x]) => [x + 0.3 * (p - x * x)], jacobian: ([x]) => [1 - 0.6 * x] });
    const branch = followBranch(
      family,
      input,
      { xStar: Float64Array.of(1), speed: 0, parameter: 1 },
      -1,
      range(-1, 1, 21),
    );
    expect(events(branch)).toEqual(["fold", "end-of-range"]);
    const fold = at(branch, "fold");
    expect(Math.abs(fold.parameter)).toBeLessThan(1e-10);
    expect(Math.abs(fold.xStar[0])).toBeLessThan(1e-5);
    expect(branch.at(-1)?.xStar[0]).toBeCloseTo(-1, 9);
    for (const { parameter, xStar } of branch) expect(xStar[0] ** 2).toBeCloseTo(parameter, 8);
    // every value of the grid between fold and ends is met twice
    for (let p = 0.1; p < 0.95; p += 0.1) {
      expect(branch.filter(({ parameter }) => Math.abs(parameter - p) < 1e-12)).toHaveLength(2);
    }
  });

  test("the pitchfork of tanh(w h) is a branch point at w = 1, on the axis and on its arms", () => {
    const family = (w: number) =>
      handMadeDynamics({
        stateSize: 1,
        next: ([x]) => [Math.tanh(w * x)],
        jacobian: ([x]) => [w * (1 - Math.tanh(w * x) ** 2)],
      });
    const axis = followBranch(
      family,
      input,
      { xStar: Float64Array.of(0), speed: 0, parameter: 0.5 },
      1,
      range(0.5, 1.5, 11),
    );
    expect(events(axis)).toEqual(["branch-point", "end-of-range"]);
    expect(at(axis, "branch-point").parameter).toBeCloseTo(1, 8);
    let x = 1;
    for (let i = 0; i < 200; i++) x = Math.tanh(1.5 * x);
    const arm = followBranch(
      family,
      input,
      { xStar: Float64Array.of(x), speed: 0, parameter: 1.5 },
      -1,
      range(0.5, 1.5, 11),
    );
    expect(events(arm)).toEqual(["branch-point", "end-of-range"]);
    // flat there too: w = 1 + x^2 / 3
    expect(at(arm, "branch-point").parameter).toBeCloseTo(1, 8);
    expect(arm.at(-1)?.xStar[0]).toBeCloseTo(-x, 8);
  });

  test("the logistic map r x (1 - x) flips at r = 3, after a transcritical branch point at r = 1", () => {
    const family = (r: number) =>
      handMadeDynamics({ stateSize: 1, next: ([x]) => [r * x * (1 - x)], jacobian: ([x]) => [r * (1 - 2 * x)] });
    const start = { xStar: Float64Array.of(0.5), speed: 0, parameter: 2 };
    const up = followBranch(family, input, start, 1, range(0.5, 3.6, 32));
    expect(events(up)).toEqual(["flip", "end-of-range"]);
    expect(at(up, "flip").parameter).toBeCloseTo(3, 8);
    const down = followBranch(family, input, start, -1, range(0.5, 3.6, 32));
    expect(events(down)).toEqual(["branch-point", "end-of-range"]);
    // two branches that cross: where they do, |F(x) - x| < 1e-11 leaves x and r free to its root, 3e-6
    expect(Math.abs(at(down, "branch-point").parameter - 1)).toBeLessThan(1e-5);
    expect(down.at(-1)?.xStar[0]).toBeCloseTo(-1, 8);
  });

  test("a rotation by 1 rad whose radius grows passes a Neimark-Sacker bifurcation at radius 1", () => {
    const family = (p: number) => {
      const [c, s] = [p * Math.cos(1), p * Math.sin(1)];
      return handMadeDynamics({
        stateSize: 2,
        next: ([x, y]) => [c * x - s * y + 0.1, s * x + c * y],
        jacobian: () => [c, -s, s, c],
      });
    };
    // from the fixed point at p = 0
    const branch = followBranch(
      family,
      input,
      { xStar: Float64Array.of(0.1, 0), speed: 0, parameter: 0 },
      1,
      range(0, 1.5, 16),
    );
    expect(events(branch)).toEqual(["neimark-sacker", "end-of-range"]);
    const crossing = at(branch, "neimark-sacker");
    expect(crossing.parameter).toBeCloseTo(1, 8);
    expect(Math.abs(Math.atan2(crossing.eigenvalues[0].imaginary, crossing.eigenvalues[0].real))).toBeCloseTo(1, 8);
  });

  test("relu(0.5 x + p) collides with its boundary at p = 0; tanh and a second, silent unit do not", () => {
    const family = (p: number) =>
      handMadeDynamics({
        stateSize: 2,
        next: ([x, y]) => [relu(0.5 * x + p), Math.tanh(0.5 * y + 3 * p)],
        jacobian: ([x, y]) => [0.5 * x + p > 0 ? 0.5 : 0, 0, 0, 0.5 * (1 - Math.tanh(0.5 * y + 3 * p) ** 2)],
      });
    let y = 0;
    for (let i = 0; i < 200; i++) y = Math.tanh(0.5 * y - 1.5);
    const start = { xStar: Float64Array.of(0, y), speed: 0, parameter: -0.5 };
    const branch = followBranch(family, input, start, 1, range(-0.5, 0.5, 8));
    expect(events(branch)).toEqual(["boundary-collision", "end-of-range"]);
    // a corner of the branch: found by 20 halvings of a step below 0.15
    expect(Math.abs(at(branch, "boundary-collision").parameter)).toBeLessThan(1e-6);
    expect(branch.at(-1)?.xStar[0]).toBeCloseTo(1, 9);
  });
});
