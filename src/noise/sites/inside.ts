import { ownSite } from "./own.ts";

/**
 * Added to the pre-activation, inside the nonlinearity: "noise-in".
 *
 * f(W h + U u + b + xi). In the cell `rate`, whose recurrence is linear in its current, it is part of the current.
 */
export const inside = ownSite({
  name: "inside",
  summary: "added to the pre-activation, inside the nonlinearity",
  references: ["eckstein2026"],
});
