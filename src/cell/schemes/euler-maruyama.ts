import { add, type Expression, mul, sqrt } from "../expression.ts";

/** Turns drift and diffusion into a step. */
export interface Scheme {
  readonly name: string;
  next(terms: {
    readonly state: Expression;
    readonly drift: Expression;
    /** Diffusion and the unit normals of the step; absent for an ordinary differential equation. */
    readonly kick: { readonly diffusion: Expression; readonly noise: Expression } | undefined;
    readonly dt: Expression;
  }): Expression;
}

/**
 * h' = h + dt f(h) + sqrt(dt) g(h) xi.
 *
 * Ito. Strong order 1/2 (1 for additive noise), weak order 1. Cost: one drift and one diffusion a step.
 */
export const eulerMaruyama: Scheme = {
  name: "euler-maruyama",
  next: ({ state, drift, kick, dt }) => {
    const deterministic = add(state, mul(dt, drift));
    return kick === undefined ? deterministic : add(deterministic, mul(sqrt(dt), kick.diffusion, kick.noise));
  },
};
