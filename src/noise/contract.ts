/** A noise source: where it enters, what it is drawn from, how strong it is. */

export type NoiseSite =
  | "inside"
  | "outside"
  | "state"
  | "state-multiplicative"
  | "update"
  | "input"
  | "weight";

export type NoiseLaw = "gaussian" | "uniform" | "uniform-decrement" | "bernoulli" | "rademacher";

/** What an intensity means; each is a factor that turns it into a per-step standard deviation. */
export type NoiseScaling =
  /** Standard deviation of each step's draw. No limit as dt -> 0. */
  | "per-step"
  /** Intensity per square root of time (time in units of tau): times sqrt(dt / tau) at the state. Has the SDE limit. */
  | "per-sqrt-time"
  /** Stationary standard deviation of an uncoupled leak unit (Euler, leading order). Has the SDE limit at the state. */
  | "stationary";

export interface NoiseSource {
  readonly site: NoiseSite | (string & {});
  readonly law: NoiseLaw;
  /** >= 0; its unit is said by `scaling`. For bernoulli: drop probability in [0, 1). */
  readonly intensity: number;
  readonly scaling: NoiseScaling;
  /** Correlation time in units of tau; absent or 0 = white. */
  readonly correlationTime?: number;
  /** Only for multiplicative sites: one Brownian motion shared by all units. */
  readonly shared?: boolean;
  /** Only for `state-multiplicative`: what the noise is proportional to. */
  readonly proportionalTo?: "state" | "drift";
}
