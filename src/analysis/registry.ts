/** The registry of analyses: one line per member. */
import { registry } from "../core/registry.ts";
import type { NetworkAnalysis } from "./contract.ts";
import { controls } from "./controls.ts";
import { fixedPoints } from "./fixed-points.ts";
import { incentive } from "./incentive.ts";
import { networkPreference } from "./network-preference.ts";
import { operatingPoint } from "./operating-point.ts";
import { shift } from "./shift.ts";
import { smoothedActivation } from "./smoothed-activation.ts";
import { stationaryLaw } from "./stationary-law.ts";

export const analyses = registry<NetworkAnalysis>("analysis", [
  networkPreference,
  operatingPoint,
  smoothedActivation,
  fixedPoints,
  stationaryLaw,
  shift,
  controls,
  incentive,
]);
