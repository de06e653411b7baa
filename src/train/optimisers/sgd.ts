import { add, type Expression, mul, sub } from "../../cell/expression.ts";
import { defineOptimiser, variant } from "./optimiser.ts";

const slope = (
  { w, g }: Readonly<Record<"w" | "g", Expression>>,
  { decay }: Readonly<Record<"decay", Expression>>,
): Expression => add(g, mul(decay, w));

/**
 * Stochastic gradient descent with momentum.
 *
 *     g' = g + decay w;   v = momentum v + g';   w -= rate v            (plain)
 *                                                w -= rate (g' + momentum v)   (Nesterov)
 *
 * The velocity carries no factor (1 - momentum), as in PyTorch, whose numbers test/oracle reproduces.
 */
export const sgd = defineOptimiser({
  name: "sgd",
  summary: "Gradient descent with momentum, plain or Nesterov; weight decay enters the gradient.",
  references: ["sutskever2013"],
  options: {
    momentum: { type: "number", default: 0, from: 0, below: 1, remedy: "0.9 is usual, 0 is plain gradient descent" },
    nesterov: { type: "boolean", default: false },
  },
  check: ({ momentum, nesterov }) =>
    nesterov === true && momentum === 0
      ? [
          {
            option: "nesterov",
            rule: "needs a momentum above 0, got momentum 0",
            remedy: "set momentum, for example 0.9",
          },
        ]
      : [],
  variants: {
    still: variant({
      name: "sgd",
      slots: [],
      settings: ["rate", "decay"],
      equations: (x, s) => ({ w: sub(x.w, mul(s.rate, slope(x, s))) }),
    }),
    plain: variant({
      name: "sgd_momentum",
      slots: ["velocity"],
      settings: ["rate", "decay", "momentum"],
      equations: (x, s) => {
        const velocity = add(mul(s.momentum, x.velocity), slope(x, s));
        return { w: sub(x.w, mul(s.rate, velocity)), velocity };
      },
    }),
    nesterov: variant({
      name: "sgd_nesterov",
      slots: ["velocity"],
      settings: ["rate", "decay", "momentum"],
      equations: (x, s) => {
        const velocity = add(mul(s.momentum, x.velocity), slope(x, s));
        return { w: sub(x.w, mul(s.rate, add(slope(x, s), mul(s.momentum, velocity)))), velocity };
      },
    }),
  },
  variant: ({ momentum, nesterov }) => (momentum === 0 ? "still" : nesterov === true ? "nesterov" : "plain"),
  settings: ({ rate, weightDecay, options }) => ({
    rate,
    decay: weightDecay,
    momentum: options.momentum as number,
  }),
});
