import { registry } from "../../core/registry.ts";
import type { Scheme } from "./contract.ts";
import { eulerMaruyama } from "./euler-maruyama.ts";
import { exponentialEuler } from "./exponential-euler.ts";
import { heun } from "./heun.ts";
import { milstein } from "./milstein.ts";
import { stochasticRungeKutta } from "./stochastic-runge-kutta.ts";

/** How the drift and diffusion of a cell become a step; the first is what a cell takes unless it says otherwise. */
export const schemes = registry<Scheme>("integration scheme", [
  eulerMaruyama,
  heun,
  milstein,
  stochasticRungeKutta,
  exponentialEuler,
]);
