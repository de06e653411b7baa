/** What is known of the average of each activation; one line each, and quadrature for what has no line. */
import type { ActivationName } from "../../../cell/expression.ts";
import type { ClosedForms } from "./averaged.ts";
import { smoothedElu, smoothedErf, smoothedExp, smoothedGelu, smoothedSin, straightPieces } from "./closed-forms.ts";

export interface SmoothingEntry {
  readonly closed?: ClosedForms;
  /** Distance from the real axis of the nearest singularity of the activation: what Gauss-Hermite converges by. */
  readonly strip?: number;
}

export const smoothings: Readonly<Partial<Record<ActivationName, SmoothingEntry>>> = {
  linear: { closed: straightPieces([0], [1, 1], 0) },
  relu: { closed: straightPieces([0], [0, 1], 0) },
  "leaky-relu": { closed: straightPieces([0], [0.01, 1], 0) },
  abs: { closed: straightPieces([0], [-1, 1], 0) },
  "hard-tanh": { closed: straightPieces([-1, 1], [0, 1, 0], -1) },
  erf: { closed: smoothedErf },
  gelu: { closed: smoothedGelu },
  elu: { closed: smoothedElu },
  exp: { closed: smoothedExp },
  sin: { closed: smoothedSin },
  tanh: { strip: Math.PI / 2 },
  sigmoid: { strip: Math.PI },
  softplus: { strip: Math.PI },
};
