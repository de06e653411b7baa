/** What a scheme is: drift, diffusion and Brownian increments of a step to the state after it. */
import type { Expression, Operand } from "../expression.ts";
import type { Point } from "../point.ts";

/**
 * A Brownian motion B of the step, of one component per unit or one that all units share, and its diffusion g.
 *
 * Over a step of duration dt the increment of each component is sqrt(dt) z with z ~ N(0, 1).
 */
export interface Motion {
  /** Name of the noise leaf that its increments come from. */
  readonly name: string;
  /** One component that drives all units, instead of one component per unit. */
  readonly isShared: boolean;
  /** g(h) times the increment, for the states that the motion drives. */
  kick(at: Point): Point;
  /** g(h) times the standard deviation of the increment, for the states that the motion drives. */
  spread(at: Point): Point;
  /** z: the increment in units of its standard deviation; 0 where the motion is silent. */
  normal(): Expression;
  /** A second draw of the step, independent of z, with the law of z. */
  secondNormal(): Expression;
}

/** dh = f(h) dt + sum over motions of g(h) dB over one step, with input and every other noise held. */
export interface StepDynamics {
  /** Named in errors. */
  readonly place: string;
  /** Every state before the step. */
  readonly state: Point;
  /** Duration of the step. */
  readonly dt: Expression;
  drift(at: Point): Point;
  readonly motions: readonly Motion[];
  /** Rate lambda per state, where the cell states that its drift holds -lambda h. */
  readonly leak: Readonly<Record<string, Operand>>;
}

/** Turns drift and diffusion into a step; a member of the registry. */
export interface Scheme {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Which stochastic integral it converges to. */
  readonly calculus: "Ito" | "Stratonovich";
  /**
   * Order of the mean error of a path, for state-independent diffusion; for a diffusion whose components commute
   * (diagonal, or one shared motion); for any other. null: it refuses these.
   */
  readonly strongOrder: { readonly additive: number; readonly commutative: number; readonly general: number | null };
  /** Order of the error of expectations. */
  readonly weakOrder: number;
  /** Evaluations and draws of a step. */
  readonly cost: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /**
   * Every state after the step.
   *
   * @throws CapabilityError for dynamics that it cannot integrate
   */
  step(dynamics: StepDynamics): Point;
}
