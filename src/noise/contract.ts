/** A noise source: where it enters, what it is drawn from, how strong it is. */
import type { Axis } from "../cell/axis.ts";
import type { Cell, Tracer, Wrapper } from "../cell/cell.ts";
import type { Expression } from "../cell/expression.ts";

export type NoiseSite = "inside" | "outside" | "state" | "state-multiplicative" | "update" | "input" | "weight";

export type NoiseLaw = "gaussian" | "uniform" | "uniform-decrement" | "bernoulli" | "rademacher";

/** What an intensity means; each is a factor that turns it into a per-step standard deviation (docs/conventions.md). */
export type NoiseScaling =
  /** Standard deviation of each step's draw. */
  | "per-step"
  /** Intensity per square root of time (time in units of tau): times sqrt(dt / tau) at the state. Has the SDE limit. */
  | "per-sqrt-time"
  /** Stationary standard deviation of an uncoupled leak unit (Euler, leading order). Has the SDE limit at the state. */
  | "stationary";

export interface NoiseSource {
  /**
   * A site of the table above, `"state:c"` for a further state `c`, `"weight:wRec"` for one matrix, or a site that the
   * cell's own equations name.
   */
  readonly site: NoiseSite | (string & {});
  readonly law: NoiseLaw;
  /** >= 0; its unit is said by `scaling`. For bernoulli: drop probability in [0, 1). */
  readonly intensity: number;
  readonly scaling: NoiseScaling;
  /** Correlation time in units of tau (in steps for a cell without a time step); absent or 0 = white. */
  readonly correlationTime?: number;
  /** Only for multiplicative sites: one Brownian motion shared by all units. */
  readonly shared?: boolean;
  /** Only for `state-multiplicative`: what the noise is proportional to. */
  readonly proportionalTo?: "state" | "drift";
  /**
   * Only for `state-multiplicative`: "state" takes the draws of the source at the site `state`, one Brownian motion for
   * both: sigma1 + sigma2 f. Absent: draws of its own.
   */
  readonly motion?: "state";
}

/** What a user writes: law, scaling and the rest have defaults. */
export type NoiseSourceInput = Pick<NoiseSource, "site" | "intensity"> & Partial<NoiseSource>;

/** A member of the registry of sites. */
export interface SiteDefinition {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** The draw multiplies something, so one draw may be shared by all units. */
  readonly multiplicative: boolean;
  /** One draw per trial, fixed over its steps, so without a time scale. */
  readonly perTrial: boolean;
  /** Names of the noise leaves of this kind that the program of a cell can have: one per state, matrix, ... */
  leaves(cell: Cell): readonly string[];
  /** Whether the draw multiplies the increment of the state, which is itself proportional to the time step. */
  onIncrement(source: NoiseSource): boolean;
  /**
   * What the increment of a Brownian motion is multiplied with at a state, given the drift there. A source with such a
   * site whose scaling makes it Brownian is part of the diffusion that the scheme of a cell with a drift integrates.
   */
  readonly diffusion?: (source: NoiseSource, state: Expression, drift: Expression) => Expression | undefined;
  /** The change of the equations for a source and the leaves it covers; absent where the equations hold the site. */
  readonly wrapper?: (source: NoiseSource, covered: readonly string[], cell: Cell, draw: Draw) => Wrapper;
}

/** The noise of a leaf along an axis, white or coloured as the source says. */
export type Draw = (tracer: Tracer, leaf: string, axis: Axis) => Expression;
