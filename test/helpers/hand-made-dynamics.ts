/** Maps written by hand, as the dynamics of a network. */
import type { Dynamics } from "../../src/analysis/dynamics/contract.ts";

export interface HandMadeMap {
  readonly stateSize: number;
  readonly inputSize?: number;
  next(state: Float64Array, input: Float64Array): ArrayLike<number>;
  /** Row = next. */
  jacobian(state: Float64Array, input: Float64Array): ArrayLike<number>;
  /** Default: the state itself. */
  readonly readout?: (state: Float64Array) => ArrayLike<number>;
}

export function handMadeDynamics(map: HandMadeMap): Dynamics {
  const { stateSize, inputSize = 1, readout = (state: Float64Array) => state } = map;
  const rows = (values: Float64Array, size: number): Float64Array[] =>
    Array.from({ length: values.length / size }, (_, row) => values.slice(row * size, (row + 1) * size));
  const joined = (parts: readonly ArrayLike<number>[]): Float64Array =>
    Float64Array.from(parts.flatMap((part) => Array.from(part)));
  const jacobian = (state: Float64Array, input: Float64Array): Float64Array =>
    Float64Array.from(map.jacobian(state, input));
  return {
    stateSize,
    inputSize,
    outputSize: readout(new Float64Array(stateSize)).length,
    step: (states, inputs) => {
      const given = rows(inputs, inputSize);
      return joined(rows(states, stateSize).map((state, b) => map.next(state, given[b])));
    },
    jacobian,
    pullback: (states, inputs, cotangents) => {
      const given = rows(inputs, inputSize);
      const pulled = rows(cotangents, stateSize);
      return joined(
        rows(states, stateSize).map((state, b) => {
          const matrix = jacobian(state, given[b]);
          return state.map((_, j) => pulled[b].reduce((sum, c, i) => sum + c * matrix[i * stateSize + j], 0));
        }),
      );
    },
    readout: (states) => joined(rows(states, stateSize).map(readout)),
  };
}
