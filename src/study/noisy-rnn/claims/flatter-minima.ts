import { comparisonClaim, finding } from "./comparison.ts";
import { abstractOf2021 } from "./sources.ts";

/** By the clean loss over training trials, at the weights that training ended with. */
export const flatterMinima = comparisonClaim(
  {
    name: "flatter-minima",
    statement: "Noise in training leads to flatter minima of the loss.",
    source: abstractOf2021,
  },
  [
    {
      quantity: finding("hessian.largestEigenvalue"),
      words: "largest eigenvalue of the Hessian",
      claimed: "lower",
      isScale: true,
    },
    { quantity: finding("hessian.trace"), words: "trace of the Hessian", claimed: "lower", isScale: true },
  ],
  ["spectral-density"],
);
