/**
 * A network as a map from the state after one step to the state after the next.
 *
 * A state is the cell's own states one after the other, `stateSize` numbers; `count` states are `[count, stateSize]`,
 * row-major, with one input each, `[count, inputSize]`. Everything is float64.
 */
export interface Dynamics {
  readonly stateSize: number;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Next states, `[count, stateSize]`, fresh. */
  step(states: Float64Array, inputs: Float64Array): Float64Array;
  /** d next / d state at one state, `[stateSize, stateSize]`, row = next. */
  jacobian(state: Float64Array, input: Float64Array): Float64Array;
  /** Gradient of sum(cotangent * step) with respect to each state, `[count, stateSize]`. */
  pullback(states: Float64Array, inputs: Float64Array, cotangents: Float64Array): Float64Array;
  /** Outputs read from states, `[count, outputSize]`. */
  readout(states: Float64Array): Float64Array;
  /** Drives (arguments of the activation that the noise enters), `[count, driveSize]`; undefined where there is none. */
  drive?(states: Float64Array, inputs: Float64Array): Float64Array;
}

/** A Gaussian law of the state. */
export interface Moments {
  /** `[stateSize]`. */
  readonly mean: Float64Array;
  /** `[stateSize, stateSize]`. */
  readonly covariance: Float64Array;
}

/** The law of the state as it is carried from step to step by a Gaussian closure. */
export interface MomentDynamics {
  readonly stateSize: number;
  /** One step of mean and covariance under a constant input, `[inputSize]`. */
  step(moments: Moments, input: Float64Array): Moments;
  /**
   * Mean and covariance that a step leaves alone, reached from `start`.
   *
   * @returns `isConverged` false when the residual did not fall below the tolerance
   */
  stationary(
    input: Float64Array,
    start: Moments,
    options?: { readonly tolerance?: number; readonly mostSteps?: number },
  ): Moments & { readonly isConverged: boolean; readonly residual: number };
  /** Mean map at a fixed covariance of the state: its fixed points are the means that go with that covariance. */
  meanDynamics(covariance: Float64Array): Dynamics;
}
