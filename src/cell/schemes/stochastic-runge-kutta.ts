import { add, div, type Expression, mul, sub } from "../expression.ts";
import { moved, type Point, scaled } from "../point.ts";
import { checkCommutes } from "./commutation.ts";
import type { Motion, Scheme } from "./contract.ts";

/** Weights of the drift stages, and of the diffusion stages for each iterated integral. */
const tableau = {
  alpha: [1 / 3, 2 / 3],
  beta1: [-1, 4 / 3, 2 / 3, 0],
  beta2: [-1, 4 / 3, -1 / 3, 0],
  beta3: [2, -4 / 3, -2 / 3, 0],
  beta4: [-2, 5 / 3, -2 / 3, 1],
} as const;

/**
 * Roessler's SRI1W1, free of derivatives.
 *
 * Two drift stages and four diffusion stages, weighted by the iterated integrals I1 = dB, I11 = (dB^2 - dt)/2,
 * I111 = (dB^3 - 3 dt dB)/6 and I10 = dt (dB + dZ / sqrt(3))/2, dZ a second increment.
 */
export const stochasticRungeKutta: Scheme = {
  name: "stochastic-runge-kutta",
  summary: "Roessler's SRI1W1, strong order 1.5 without derivatives; Ito, diagonal or shared noise",
  calculus: "Ito",
  strongOrder: { additive: 1.5, commutative: 1.5, general: null },
  weakOrder: 2,
  cost: "two drifts, four diffusions, two draws",
  references: ["roessler2010"],
  step: (dynamics) => {
    checkCommutes("stochastic-runge-kutta", dynamics);
    const { state, dt, drift, motions } = dynamics;
    const slope = scaled(dt, drift(state));
    const draws = motions.map(integrals);
    const early = motions.map((motion) => motion.spread(state));
    // B0 = 3/2 on the first diffusion stage, A0 = 3/4
    const middle = moved(
      state,
      scaled(3 / 4, slope),
      ...early.map((spread, index) => scaled(mul(3 / 2, draws[index].time), spread)),
    );
    const slopes = [slope, scaled(dt, drift(middle))];
    const increments = motions.map((motion, index) => {
      const stages = diffusionStages(motion, state, slope, early[index]);
      return moved(
        scaled(weight(draws[index], 0), stages[0]),
        ...stages.slice(1).map((spread, k) => scaled(weight(draws[index], k + 1), spread)),
      );
    });
    return moved(state, ...slopes.map((value, k) => scaled(tableau.alpha[k], value)), ...increments);
  },
};

/** Iterated integrals of a motion, divided by sqrt(dt) each power of a half beyond the first. */
interface Integrals {
  /** I1 / sqrt(dt). */
  readonly one: Expression;
  /** I11 / dt. */
  readonly two: Expression;
  /** I111 / dt^(3/2). */
  readonly three: Expression;
  /** I10 / dt^(3/2). */
  readonly time: Expression;
}

function integrals(motion: Motion): Integrals {
  const z = motion.normal();
  const squared = mul(z, z);
  return {
    one: z,
    two: mul(0.5, sub(squared, 1)),
    three: mul(1 / 6, z, sub(squared, 3)),
    time: mul(0.5, add(z, div(motion.secondNormal(), Math.sqrt(3)))),
  };
}

/** g sqrt(dt) at the four diffusion stages. */
function diffusionStages(motion: Motion, state: Point, slope: Point, early: Point): readonly Point[] {
  const second = motion.spread(moved(state, scaled(1 / 4, slope), scaled(1 / 2, early)));
  const third = motion.spread(moved(state, slope, scaled(-1, early)));
  // row 4 of A1 takes the third drift stage, which is h as the first is
  const late = [scaled(-5, early), scaled(3, second), scaled(1 / 2, third)];
  const fourth = motion.spread(moved(state, scaled(1 / 4, slope), ...late));
  return [early, second, third, fourth];
}

function weight({ one, two, three, time }: Integrals, k: number): Expression {
  const { beta1, beta2, beta3, beta4 } = tableau;
  return add(mul(beta1[k], one), mul(beta2[k], two), mul(beta3[k], time), mul(beta4[k], three));
}
