import { comparisonClaim, finding } from "./comparison.ts";
import { abstractOf2021 } from "./sources.ts";

/** Of the networks as they are used: without noise, along test trials. */
export const stableDynamics = comparisonClaim(
  { name: "stable-dynamics", statement: "Noise in training promotes more stable dynamics.", source: abstractOf2021 },
  [
    {
      quantity: finding("jacobians.spectralNorm"),
      words: "norm of the final state's derivative by the first",
      claimed: "lower",
      isScale: true,
    },
    { quantity: finding("lyapunov.largestTrials"), words: "largest exponent per step along trials", claimed: "lower" },
  ],
  ["jacobian-profile", "lyapunov-distribution"],
);
