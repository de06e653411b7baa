import type { ActivationName } from "../../cell/expression.ts";

/**
 * Where the nonlinearity of an activation sits.
 *
 * Kinks where there are any, else the points of largest |f''|:
 *
 * | activation | centres | why |
 * | --- | --- | --- |
 * | relu, leaky-relu, abs, retanh | 0 | the largest jump of the slope |
 * | elu | 0 | f'' = exp(x) below 0, 0 above |
 * | softplus | 0 | f'' = S (1 - S), S = sigmoid(x) |
 * | gelu | 0 | f'' = phi(x) (2 - x^2) |
 * | hard-tanh | -1, 1 | the jumps of the slope |
 * | tanh | -0.6585, 0.6585 | f'' = -2 y (1 - y^2), y = tanh(x), largest at y^2 = 1/3 |
 * | sigmoid | -1.3170, 1.3170 | f'' = S (1 - S) (1 - 2 S), largest at S = (3 +- sqrt 3) / 6 |
 * | erf | -0.7071, 0.7071 | f'' = -4 x exp(-x^2) / sqrt(pi), largest at x^2 = 1/2 |
 * | sin | odd multiples of pi / 2 | f'' = -sin(x) |
 * | linear, exp | none | f'' is 0 everywhere, or grows without end |
 *
 * Test: test/unit/operating-point.test.ts finds every centre again from second differences.
 */
export interface Nonlinearity {
  /** Ascending; empty for none. */
  readonly centres: readonly number[];
  /** Distance at which the centres repeat; absent: they do not. */
  readonly period?: number;
}

const ofTanh = Math.atanh(1 / Math.sqrt(3));
const ofSigmoid = Math.log(2 + Math.sqrt(3));

export const nonlinearities: Readonly<Record<ActivationName, Nonlinearity>> = {
  relu: { centres: [0] },
  softplus: { centres: [0] },
  tanh: { centres: [-ofTanh, ofTanh] },
  sigmoid: { centres: [-ofSigmoid, ofSigmoid] },
  erf: { centres: [-Math.SQRT1_2, Math.SQRT1_2] },
  gelu: { centres: [0] },
  elu: { centres: [0] },
  "leaky-relu": { centres: [0] },
  retanh: { centres: [0] },
  "hard-tanh": { centres: [-1, 1] },
  linear: { centres: [] },
  abs: { centres: [0] },
  exp: { centres: [] },
  sin: { centres: [Math.PI / 2], period: Math.PI },
};

/** Distance of a drive to the nearest centre; infinite where there is none. */
export function distance({ centres, period }: Nonlinearity, drive: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const centre of centres) {
    const away = Math.abs(drive - centre);
    const folded = period === undefined ? away : Math.abs(away - period * Math.round(away / period));
    if (folded < nearest) nearest = folded;
  }
  return nearest;
}
