/** The claims of the paper, in the order in which the report answers them. */
import { registry } from "../../../core/registry.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { flatterMinima } from "./flatter-minima.ts";
import { largerMargin } from "./larger-margin.ts";
import { regulariserFormula } from "./regulariser-formula.ts";
import { robustness } from "./robustness.ts";
import { stableDynamics } from "./stable-dynamics.ts";
import { stochasticStabilisation } from "./stochastic-stabilisation.ts";

export const claims = registry<Claim>("claim", [
  regulariserFormula,
  flatterMinima,
  stableDynamics,
  largerMargin,
  stochasticStabilisation,
  robustness,
]);
