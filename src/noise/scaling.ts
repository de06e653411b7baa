/** From what an intensity means to the deviation of each step's draw; derivations in docs/conventions.md. */
import { registry } from "../core/registry.ts";
import type { NoiseScaling } from "./contract.ts";
import type { Placement } from "./placement.ts";

/** What a time step of half the size does to the statistics of the state, at fixed intensity and duration. */
export type StepLimit =
  /** Leaves mean and variance as they are, to first order in the step. */
  | "kept"
  /** Halves the variance: the noise averages out, and only the mean that it causes in a nonlinearity remains. */
  | "averages-out"
  /** Makes the noise stronger without bound. */
  | "diverges"
  /** There is no time step to halve. */
  | "no-time-step";

/** What of a source matters for its scale. */
export interface ScaledNoise {
  readonly placement: Placement;
  /** Time step in units of tau; undefined for a cell without one. */
  readonly dt: number | undefined;
  /** In units of tau (steps without a time step); 0 = white. */
  readonly correlationTime: number;
  readonly perTrial: boolean;
}

/**
 * Deviation of each step's draw per unit of intensity.
 *
 * With a draw that reaches the state times dt^p (p = 0 at the state, 1 inside the bracket of a leak):
 *
 *     per-step        1
 *     per-sqrt-time   dt^(1/2 - p) q,   q = sqrt(tanh(dt / (2 c))), 1 for white noise (c = 0)
 *     stationary      sqrt(2 (1 + c)) dt^(1/2 - p) q
 *
 * q gives Ornstein-Uhlenbeck noise of correlation time c the same integral of its autocovariance, so the same
 * diffusion over long times, as white noise of the same intensity, exactly at every dt. `stationary` is the deviation
 * of dh = -h dt + noise; for white noise exact to leading order, sigma / sqrt(1 - dt / 2) in truth.
 */
export function perStepFactor(scaling: NoiseScaling, { placement, dt = 1, correlationTime }: ScaledNoise): number {
  if (scaling === "per-step") return 1;
  const colour = correlationTime > 0 ? Math.sqrt(Math.tanh(dt / (2 * correlationTime))) : 1;
  const perSqrtTime = dt ** (0.5 - (placement.order ?? 0)) * colour;
  switch (scaling) {
    case "per-sqrt-time":
      return perSqrtTime;
    case "stationary":
      return Math.sqrt(2 * (1 + correlationTime)) * perSqrtTime;
    default:
      return scaling satisfies never;
  }
}

/** Whether statistics survive a finer time step. */
export function stepLimit(
  scaling: NoiseScaling,
  { placement: { order, isLinear }, dt, correlationTime, perTrial }: ScaledNoise,
): StepLimit {
  if (dt === undefined) return "no-time-step";
  if (perTrial || order === undefined) return "kept";
  if (scaling !== "per-step") return isLinear || correlationTime > 0 ? "kept" : "diverges";
  // Over a unit of time 1/dt draws add up: white ones to dt^(p - 1/2), correlated ones to dt^(p - 1).
  const neutral = correlationTime > 0 ? 1 : 0.5;
  return order < neutral ? "diverges" : order > neutral ? "averages-out" : "kept";
}

/** Scalings by name, for listings. */
export const scalings = registry<{ readonly name: NoiseScaling; readonly summary: string }>("noise scaling", [
  { name: "per-step", summary: "standard deviation of each step's draw" },
  { name: "per-sqrt-time", summary: "intensity per square root of time (time in units of tau), as in an SDE" },
  { name: "stationary", summary: "stationary standard deviation of an uncoupled leak unit" },
]);
