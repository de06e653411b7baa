import { ownSite } from "./own.ts";

/** Added to the rate, after the nonlinearity: "noise-out". f(W h + U u + b) + xi. */
export const outside = ownSite({
  name: "outside",
  summary: "added to the rate, after the nonlinearity",
  references: ["eckstein2026"],
});
