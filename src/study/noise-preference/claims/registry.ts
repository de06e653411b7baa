/** The claims of the paper, in the order in which the report answers them. */

import { registry } from "../../../core/registry.ts";
import type { Claim } from "../../reproduction/contract.ts";
import type { FamilyEvidence } from "../evidence.ts";
import { incentiveInside } from "./incentive.ts";
import { insideNotOutside } from "./inside-not-outside.ts";
import { nearNonlinearity } from "./near-nonlinearity.ts";
import { nonzeroNoise } from "./nonzero-noise.ts";
import { notResonance } from "./not-resonance.ts";
import { shiftedFixedPoints } from "./shifted-fixed-points.ts";
import { stochasticEnvironment } from "./stochastic-environment.ts";
import { manyTasks } from "./tasks.ts";

export const claims = registry<Claim<FamilyEvidence>>("claim", [
  nonzeroNoise,
  insideNotOutside,
  manyTasks,
  shiftedFixedPoints,
  nearNonlinearity,
  incentiveInside,
  stochasticEnvironment,
  notResonance,
]);
