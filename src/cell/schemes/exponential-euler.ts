import { CapabilityError } from "../../core/errors.ts";
import { add, div, type Expression, max, mul, type Operand, sqrt, tanh } from "../expression.ts";
import { mapped, moved, type Point } from "../point.ts";
import type { Scheme } from "./contract.ts";

/**
 * The leak of each state exactly, the rest of the drift held over the step.
 *
 *     h' = h + (1 - exp(-lambda dt)) / lambda f(h) + sqrt((1 - exp(-2 lambda dt)) / (2 lambda dt)) g(h) dB
 *
 * For f = -lambda h + c and constant g this is the Ornstein-Uhlenbeck process itself, in law, at every dt.
 */
export const exponentialEuler: Scheme = {
  name: "exponential-euler",
  summary: "the leak integrated exactly, the rest as Euler-Maruyama; Ito, cells that state their leak",
  calculus: "Ito",
  strongOrder: { additive: 1, commutative: 0.5, general: 0.5 },
  weakOrder: 1,
  cost: "one drift, one diffusion",
  references: ["lord2004"],
  step: ({ place, state, dt, drift, motions, leak }) => {
    if (Object.keys(leak).length === 0) {
      throw new CapabilityError({
        place: "scheme exponential-euler",
        rule: `integrates the leak of a cell exactly, ${place} states none`,
        remedy: "take another scheme, or give the cell its leak, for example leak: () => ({ h: 1 })",
      });
    }
    const damped = (point: Point, factor: (rate: Operand) => Expression, plain: Expression | undefined): Point =>
      mapped(point, (value, name) => {
        if (name in leak) return mul(factor(leak[name]), value);
        return plain === undefined ? value : mul(plain, value);
      });
    const decay = (rate: Operand): Expression => div(lost(mul(dt, rate)), rate);
    const narrowing = (rate: Operand): Expression => {
      const exponent = max(mul(2, dt, rate), 1e-12); // a step may last no time
      return sqrt(div(lost(exponent), exponent));
    };
    return moved(
      state,
      damped(drift(state), decay, dt),
      ...motions.map((motion) => damped(motion.kick(state), narrowing, undefined)),
    );
  },
};

/** 1 - exp(-x), without the loss of digits at small x. */
function lost(x: Expression): Expression {
  const half = tanh(mul(0.5, x));
  return div(mul(2, half), add(1, half));
}
