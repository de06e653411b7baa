import { describe, expect, test } from "vitest";
import type { Terms } from "../../src/cell/cell.ts";
import { add, mul, sub, tanh } from "../../src/cell/expression.ts";
import { schemes } from "../../src/cell/schemes/registry.ts";
import { distance, ends, networkOf, oneStep, type Problem, slope } from "../helpers/sde.ts";

// Errors are root mean squares over paths that all schemes and steps share. A ratio of two such errors over 200 paths
// is known to about 7 %, so a slope over three halvings to 0.05; higher orders of the step bend it by as much or twice
// that. The bound on a slope is 0.2.
const run = { dt: 1 / 4, steps: 4, paths: 200 };
const halvings = [1, 2, 3, 4];
const tolerance = 0.2;

async function errorsOf(problem: Problem, scheme: string, exact: ArrayLike<number>, state = "h"): Promise<number[]> {
  const errors: number[] = [];
  for (const k of halvings) errors.push(distance((await ends({ ...run, problem, scheme }, k))[state], exact));
  return errors;
}

/** A motion itself: its diffusion is 1. */
const one = ({ s: { dt } }: Terms) => ({ h: add(dt, sub(1, dt)) });
const still = ({ h }: Terms) => ({ h: mul(0, h) });

/** B at the end of the interval, for the motion of a problem. */
async function brownianEnds({ sharedDiffusion }: Problem): Promise<Float64Array> {
  const shared = sharedDiffusion && { [Object.keys(sharedDiffusion)[0]]: one };
  const motion = shared === undefined ? { diffusion: one } : { sharedDiffusion: shared };
  const problem: Problem = { state: { h: "hidden" }, drift: still, ...motion };
  return (await ends({ ...run, problem, scheme: "euler-maruyama" }, 0)).h;
}

/** dh = a h dt + s h dB: Ito h exp((a - s^2/2) t + s B), Stratonovich h exp(a t + s B). */
const [a, s] = [-0.5, 0.8];
const geometric: Problem = {
  state: { h: "hidden" },
  from: { h: [1] },
  drift: ({ h }) => ({ h: mul(a, h) }),
  diffusion: ({ h }) => ({ h: mul(s, h) }),
};

describe("geometric Brownian motion: the strong order that the scheme states, to its own limit and not to the other", () => {
  test.each(schemes.members.filter(({ name }) => name !== "exponential-euler"))("$name", async (scheme) => {
    const ends1 = await brownianEnds(geometric);
    const [ito, stratonovich] = [(s * s) / 2, 0].map((shift) => ends1.map((b) => Math.exp(a - shift + s * b)));
    const [own, other] = scheme.calculus === "Ito" ? [ito, stratonovich] : [stratonovich, ito];
    expect(Math.abs(slope(await errorsOf(geometric, scheme.name, own)) - scheme.strongOrder.commutative)).toBeLessThan(
      tolerance,
    );
    // exp(s^2 / 2) - 1 = 38 % apart: no step comes closer
    expect(Math.min(...(await errorsOf(geometric, scheme.name, other)))).toBeGreaterThan(0.2);
  });

  test("exponential-euler, with the leak stated: order 0.5 to Ito's", async () => {
    const exact = (await brownianEnds(geometric)).map((b) => Math.exp(a - (s * s) / 2 + s * b));
    const errors = await errorsOf({ ...geometric, leak: () => ({ h: -a }) }, "exponential-euler", exact);
    expect(Math.abs(slope(errors) - 0.5)).toBeLessThan(tolerance);
  });
});

test("additive noise on a nonlinear drift: order 1, and 1.5 of the stochastic Runge-Kutta, all to one limit", async () => {
  const problem: Problem = {
    state: { h: "hidden" },
    from: { h: [0.5] },
    drift: ({ h }) => ({ h: sub(mul(2, tanh(mul(2, h))), h) }),
    diffusion: (terms) => ({ h: mul(0.5, one(terms).h) }),
    leak: () => ({ h: 1 }),
  };
  const exact = (await ends({ ...run, problem, scheme: "stochastic-runge-kutta" }, 7)).h;
  for (const { name, strongOrder } of schemes.members) {
    const found = slope(await errorsOf(problem, name, exact));
    expect(Math.abs(found - strongOrder.additive), `${name}: ${found}`).toBeLessThan(tolerance);
  }
});

/** One motion that turns a plane, dX = J X dB: X = exp(t/2) (cos B, sin B) in Ito's sense. */
const turning: Problem = {
  state: { x: "hidden", y: "hidden" },
  from: { x: [1], y: [0] },
  drift: ({ x, y }) => ({ x: mul(0, x), y: mul(0, y) }),
  sharedDiffusion: { turn: ({ x, y }) => ({ x: mul(-1, y), y: x }) },
};

test("one motion shared by two states, which is commutative but not diagonal: orders 1 and 1.5 to the closed form", async () => {
  const b = await brownianEnds(turning);
  const exact = b.map((angle) => Math.exp(0.5) * Math.cos(angle));
  for (const [scheme, order] of [
    ["milstein", 1],
    ["stochastic-runge-kutta", 1.5],
  ] as const) {
    const found = slope(await errorsOf(turning, scheme, exact, "x"));
    expect(Math.abs(found - order), `${scheme}: ${found}`).toBeLessThan(tolerance);
  }
});

/** Two motions whose matrices do not commute: dX = P X dB1 + Q X dB2. */
const mixing = (correction: number): Problem => ({
  state: { x: "hidden", y: "hidden" },
  from: { x: [1], y: [0.5] },
  // P P = 0 and Q Q = 0.36, so Ito's correction (P P + Q Q) X / 2 is 0.18 X
  drift: ({ x, y }) => ({ x: mul(correction, x), y: mul(correction, y) }),
  sharedDiffusion: {
    first: ({ x, y }) => ({ x: mul(0.8, y), y: mul(0, x) }),
    second: ({ x, y }) => ({ x: mul(0.6, x), y: mul(-0.6, y) }),
  },
});

describe("motions that do not commute", () => {
  test("Euler-Maruyama and Heun have order 1/2; they meet only when Ito's drift carries the correction", async () => {
    const at = (scheme: string, correction: number, k: number) =>
      ends({ ...run, problem: mixing(correction), scheme }, k).then(({ x }) => x);
    const finest = await at("heun", 0, 7);
    const found = slope(await errorsOf(mixing(0), "heun", finest, "x"));
    expect(Math.abs(found - 0.5), `heun ${found}`).toBeLessThan(tolerance);
    const euler = slope(await errorsOf(mixing(0.18), "euler-maruyama", finest, "x"));
    expect(Math.abs(euler - 0.5), `euler-maruyama ${euler}`).toBeLessThan(tolerance);
    expect(distance(await at("euler-maruyama", 0.18, 7), finest)).toBeLessThan(0.1);
    expect(distance(await at("euler-maruyama", 0, 7), finest)).toBeGreaterThan(0.15);
  });

  test.each(["milstein", "stochastic-runge-kutta"])("%s refuses them and names what moves what", (scheme) => {
    expect(() => networkOf({ problem: mixing(0), scheme, dt: 0.1 })).toThrow(
      /needs a diffusion whose components commute.*"diffusion:first" depends on y, which "diffusion:second" moves/s,
    );
  });
});

/** Gauss-Hermite nodes and weights for a standard normal: exact for polynomials to degree 13. */
const hermite = [
  [0, 0.4571428571428571],
  [1.1544053947399682, 0.2401231786050126],
  [2.366759410734541, 0.0307571239675865],
  [3.750439717725742, 0.0005482688559722],
] as const;
const nodes = hermite.flatMap(([x, w]) =>
  x === 0
    ? [[x, w]]
    : [
        [x, w],
        [-x, w],
      ],
);

describe("weak order: the mean square of a geometric Brownian motion after time 1, averaged over the draws exactly", () => {
  test.each(schemes.members.filter(({ name }) => name !== "exponential-euler"))(
    "$name",
    ({ name, calculus, weakOrder }) => {
      const exact = Math.exp(2 * a + (calculus === "Ito" ? 1 : 2) * s * s);
      const errors = [8, 16, 32].map((steps) => {
        const next = oneStep(geometric, name, 1 / steps);
        const square = nodes.flatMap(([x, w]) => nodes.map(([y, v]) => w * v * next(x, y) ** 2));
        return Math.abs(square.reduce((sum, x) => sum + x) ** steps - exact);
      });
      // the next order of the step is worth a few per cent of the ratio at these steps
      expect(Math.abs(slope(errors) - weakOrder), `${slope(errors)}`).toBeLessThan(0.15);
    },
  );
});

test("exponential Euler has the Ornstein-Uhlenbeck process's own variance at every step, Euler-Maruyama's is 1 / (1 - dt/2) of it", async () => {
  const problem: Problem = {
    state: { h: "hidden" },
    drift: ({ h }) => ({ h: mul(-1, h) }),
    diffusion: one,
    leak: () => ({ h: 1 }),
    units: 50,
  };
  const variance = async (scheme: string) => {
    const { h } = await ends({ problem, scheme, dt: 0.5, steps: 16, paths: 400 }, 0);
    return h.reduce((sum, x) => sum + x * x, 0) / h.length;
  };
  // 20000 values: the variance is known to 1 %; after 8 time constants the start is forgotten to exp(-16)
  expect(Math.abs((await variance("exponential-euler")) / 0.5 - 1)).toBeLessThan(0.04);
  expect(Math.abs((await variance("euler-maruyama")) / (0.5 / 0.75) - 1)).toBeLessThan(0.04);
});
