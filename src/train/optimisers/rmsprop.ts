import { add, div, type Expression, mul, sqrt, sub } from "../../cell/expression.ts";
import { defineOptimiser, variant } from "./optimiser.ts";

const settings = ["rate", "decay", "smoothing", "epsilon"] as const;

/** Running mean square and scaled slope. */
function scaled(
  { w, g, square }: Readonly<Record<"w" | "g" | "square", Expression>>,
  s: Readonly<Record<(typeof settings)[number], Expression>>,
): Readonly<Record<"square" | "step", Expression>> {
  const slope = add(g, mul(s.decay, w));
  const next = add(mul(s.smoothing, square), mul(sub(1, s.smoothing), slope, slope));
  return { square: next, step: div(slope, add(sqrt(next), s.epsilon)) };
}

/**
 * RMSprop.
 *
 *     g' = g + decay w;   v = smoothing v + (1 - smoothing) g'^2;   s = g' / (sqrt(v) + epsilon)
 *     b = momentum b + s;   w -= rate b
 *
 * Epsilon is added after the root, as in PyTorch (other libraries add it under the root).
 */
export const rmsprop = defineOptimiser({
  name: "rmsprop",
  summary: "Steps scaled by a running mean square of the gradient; weight decay enters the gradient.",
  references: ["tieleman2012"],
  options: {
    smoothing: { type: "number", default: 0.99, from: 0, below: 1, remedy: "0.99 is usual" },
    epsilon: { type: "number", default: 1e-8, from: 0, remedy: "1e-8 is usual" },
    momentum: { type: "number", default: 0, from: 0, below: 1, remedy: "0 is usual" },
  },
  variants: {
    still: variant({
      name: "rmsprop",
      slots: ["square"],
      settings,
      equations: (x, s) => {
        const { square, step } = scaled(x, s);
        return { w: sub(x.w, mul(s.rate, step)), square };
      },
    }),
    moving: variant({
      name: "rmsprop_momentum",
      slots: ["square", "velocity"],
      settings: [...settings, "momentum"],
      equations: (x, s) => {
        const { square, step } = scaled(x, s);
        const velocity = add(step, mul(s.momentum, x.velocity));
        return { w: sub(x.w, mul(s.rate, velocity)), square, velocity };
      },
    }),
  },
  variant: ({ momentum }) => (momentum === 0 ? "still" : "moving"),
  settings: ({ rate, weightDecay, options }) => {
    const { smoothing, epsilon, momentum } = options as { smoothing: number; epsilon: number; momentum: number };
    return { rate, decay: weightDecay, smoothing, epsilon, momentum };
  },
});
