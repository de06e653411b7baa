/** The functions that noise enters in a step, and where a network uses them. */
import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import { bindings, reachedFunctions } from "../dynamics/dynamics.ts";
import { stepEquations } from "../dynamics/equations.ts";
import { constantSpreads, localPass, randomSources } from "../dynamics/mean-dynamics.ts";
import { noisePaths } from "../dynamics/noise-paths.ts";
import { type Averaging, averagedPass, type Pass } from "../dynamics/pass.ts";
import type { ScalarFunction } from "../dynamics/smoothing/scalar-function.ts";
import { activationName } from "../dynamics/smoothing/smoothed.ts";

export interface NoisyFunction {
  /** Activation, or the operations; numbered when a step has several. */
  readonly label: string;
  readonly fn: ScalarFunction;
}

/** One use of a function: a unit at a state and an input. */
export interface Use {
  readonly unit: number;
  /** Mean of the argument. */
  readonly drive: number;
  readonly averaging: Averaging;
  /** Where the unit's spread is in `averaging`. */
  readonly at: number;
  readonly surroundings: ArrayLike<number>;
}

export interface NoisyFunctions {
  readonly functions: readonly NoisyFunction[];
  /** Uses of each function at one state and input. */
  usesAt(state: Float64Array, input: Float64Array): readonly (readonly Use[])[];
}

export function noisyFunctions(network: Network, weights: Weights, level: NoiseLevel): NoisyFunctions {
  const equations = stepEquations(network, weights, level);
  const paths = noisePaths(equations, randomSources(equations, false));
  const constant = constantSpreads(equations, paths, undefined);
  const crossings = reachedFunctions(equations, paths).flatMap((id) => {
    const crossing = paths.crossing(id);
    return crossing?.kind === "function" ? [{ id, ...crossing }] : [];
  });
  const passAt = (state: Float64Array, input: Float64Array): { pass: Pass; averaging(id: number): Averaging } => {
    if (constant !== undefined) {
      const pass = averagedPass(equations, paths, bindings(equations, state, input), constant);
      return { pass, averaging: constant.averaging };
    }
    const { pass, spreads } = localPass(equations, paths, undefined, state, input);
    return { pass, averaging: (id) => spreads.averaging(id) as Averaging };
  };
  return {
    functions: crossings.map(({ fn }, index) => {
      const name = activationName(fn) ?? fn.text;
      return { label: crossings.length === 1 ? name : `${name} ${index + 1}`, fn };
    }),
    usesAt: (state, input) => {
      const { pass, averaging } = passAt(state, input);
      return crossings.map(({ id, base, surroundings }) => {
        const drives = pass.value(base);
        const around = surroundings.map((part) => pass.value(part));
        const average = averaging(id);
        return Array.from({ length: equations.sizeOf(id) }, (_, unit): Use => {
          const at = (size: number): number => (size === 1 ? 0 : unit);
          return {
            unit,
            drive: drives.data[at(drives.size)],
            averaging: average,
            at: at(average.scale.length),
            surroundings: around.map(({ data, size }) => data[at(size)]),
          };
        });
      });
    },
  };
}
