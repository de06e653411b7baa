/** The registry of analyses: one line per member. */
import { registry } from "../core/registry.ts";
import type { NetworkAnalysis } from "./contract.ts";
import { controls } from "./controls.ts";
import { fixedPoints } from "./fixed-points.ts";
import { hessian } from "./hessian.ts";
import { incentive } from "./incentive.ts";
import { jacobians } from "./jacobians.ts";
import { landscape } from "./landscape.ts";
import { lyapunov } from "./lyapunov.ts";
import { margin } from "./margin.ts";
import { networkPreference } from "./network-preference.ts";
import { operatingPoint } from "./operating-point.ts";
import { regulariser } from "./regulariser.ts";
import { robustness } from "./robustness.ts";
import { shift } from "./shift.ts";
import { smoothedActivation } from "./smoothed-activation.ts";
import { stability } from "./stability.ts";
import { stationaryLaw } from "./stationary-law.ts";
import { timeStep } from "./time-step.ts";

export const analyses = registry<NetworkAnalysis>("analysis", [
  networkPreference,
  operatingPoint,
  smoothedActivation,
  fixedPoints,
  stationaryLaw,
  shift,
  controls,
  incentive,
  timeStep,
  hessian,
  landscape,
  regulariser,
  margin,
  robustness,
  lyapunov,
  jacobians,
  stability,
]);
