import { add, div, type Expression, mul, sqrt, sub } from "../../cell/expression.ts";
import type { UpdateCall } from "../contract.ts";
import { defineOptimiser, variant } from "./optimiser.ts";

const options = {
  beta1: { type: "number", default: 0.9, from: 0, below: 1, remedy: "0.9 is usual" },
  beta2: { type: "number", default: 0.999, from: 0, below: 1, remedy: "0.999 is usual" },
  epsilon: { type: "number", default: 1e-8, from: 0, remedy: "1e-8 is usual" },
} as const;

const slots = ["mean", "square"] as const;
const settings = ["beta1", "beta2", "epsilon", "step", "rootCorrection"] as const;

/** Adam's moments and its step from a weight that `kept` is left of. */
function moved(
  kept: Expression,
  slope: Expression,
  x: Readonly<Record<(typeof slots)[number], Expression>>,
  s: Readonly<Record<(typeof settings)[number], Expression>>,
): Readonly<Record<"w" | (typeof slots)[number], Expression>> {
  const mean = add(mul(s.beta1, x.mean), mul(sub(1, s.beta1), slope));
  const square = add(mul(s.beta2, x.square), mul(sub(1, s.beta2), slope, slope));
  const root = div(sqrt(square), s.rootCorrection);
  return { w: sub(kept, div(mul(s.step, mean), add(root, s.epsilon))), mean, square };
}

/** Both bias corrections: of the first moment in the step, of the second in the root. */
function moments({ count, rate, options: given }: Pick<UpdateCall, "rate" | "options"> & { readonly count: number }) {
  const { beta1, beta2, epsilon } = given as Readonly<Record<keyof typeof options, number>>;
  const step = rate / (1 - beta1 ** count);
  return { beta1, beta2, epsilon, step, rootCorrection: Math.sqrt(1 - beta2 ** count) };
}

/**
 * Adam.
 *
 *     g' = g + decay w;   m = beta1 m + (1 - beta1) g';   v = beta2 v + (1 - beta2) g'^2
 *     w -= rate (m / (1 - beta1^k)) / (sqrt(v / (1 - beta2^k)) + epsilon),   k = 1, 2, ...
 *
 * Epsilon is added after the bias-corrected root, as in the paper's Algorithm 1 and in PyTorch.
 */
export const adam = defineOptimiser({
  name: "adam",
  summary: "Steps scaled by running moments of the gradient; weight decay enters the gradient.",
  references: ["kingma2015"],
  options,
  variants: {
    coupled: variant({
      name: "adam",
      slots,
      settings: [...settings, "decay"],
      equations: (x, s) => moved(x.w, add(x.g, mul(s.decay, x.w)), x, s),
    }),
  },
  variant: () => "coupled",
  settings: (call) => ({ ...moments(call), decay: call.weightDecay }),
});

/**
 * Adam with decoupled weight decay: w shrinks by the factor 1 - rate decay before Adam's step on the bare gradient.
 */
export const adamW = defineOptimiser({
  name: "adamw",
  summary: "Adam with weight decay that shrinks the weights directly instead of entering the gradient.",
  references: ["kingma2015", "loshchilov2019"],
  options,
  variants: {
    decoupled: variant({
      name: "adamw",
      slots,
      settings: [...settings, "shrink"],
      equations: (x, s) => moved(mul(s.shrink, x.w), x.g, x, s),
    }),
  },
  variant: () => "decoupled",
  settings: (call) => ({ ...moments(call), shrink: 1 - call.rate * call.weightDecay }),
});
