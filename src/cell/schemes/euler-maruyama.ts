import { moved, scaled } from "../point.ts";
import type { Scheme } from "./contract.ts";

/** h' = h + dt f(h) + g(h) dB. */
export const eulerMaruyama: Scheme = {
  name: "euler-maruyama",
  summary: "h + dt f(h) + g(h) dB; the simplest, and Ito",
  calculus: "Ito",
  strongOrder: { additive: 1, commutative: 0.5, general: 0.5 },
  weakOrder: 1,
  cost: "one drift, one diffusion",
  references: ["maruyama1955", "kloeden1992"],
  step: ({ state, dt, drift, motions }) =>
    moved(state, scaled(dt, drift(state)), ...motions.map((motion) => motion.kick(state))),
};
