import { comparisonClaim, finding } from "./comparison.ts";
import { abstractOf2021 } from "./sources.ts";

/** Distances in input space (l2 over the whole trial) to where the decision changes: to first order, and as attacks find. */
export const largerMargin = comparisonClaim(
  {
    name: "larger-margin",
    statement: "Noise in training leads to classifiers with a larger classification margin.",
    source: abstractOf2021,
  },
  [
    {
      quantity: finding("margin.medianFirstOrder"),
      words: "median first-order margin",
      claimed: "higher",
      isScale: true,
    },
    {
      quantity: finding("margin.medianAttack"),
      words: "median smallest change that an attack finds",
      claimed: "higher",
      isScale: true,
    },
  ],
  ["margins"],
);
