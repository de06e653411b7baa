/** A map of states that carries tangents along: all that Lyapunov exponents need to know of a system. */
export interface TangentMap {
  /** Numbers that say where a trajectory is. */
  readonly stateSize: number;
  /** Numbers of a tangent: those of the state that perturbations are of, <= `stateSize`. */
  readonly tangentSize: number;
  /**
   * Moves trajectories and their tangents by some steps. What drives the map (inputs, noise) depends on trajectory and
   * step alone, so the same call gives the same numbers.
   *
   * @param states `[count, stateSize]`
   * @param tangents `[count, vectors, tangentSize]`
   * @param firstStep steps made before
   * @returns after the steps, fresh; values that are not finite say that a trajectory diverged
   */
  advance(states: Float64Array, tangents: Float64Array, firstStep: number, steps: number): TangentPoint;
}

export interface TangentPoint {
  /** `[count, stateSize]`. */
  readonly states: Float64Array;
  /** `[count, vectors, tangentSize]`. */
  readonly tangents: Float64Array;
}
