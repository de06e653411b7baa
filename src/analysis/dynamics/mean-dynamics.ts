/** The step of a network averaged over its noise. */
import { argumentsOf, type NodeId } from "../../cell/graph.ts";
import { InternalError } from "../../core/errors.ts";
import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import type { Dynamics } from "./contract.ts";
import { bindings, driveNodes, driveValues, nextStates, passDynamics, stateReadout } from "./dynamics.ts";
import { type StepEquations, stepEquations } from "./equations.ts";
import { type NoisePaths, noisePaths } from "./noise-paths.ts";
import { averagedPass, type Pass, type Spreads } from "./pass.ts";
import { carriedSpreads, type KnownSpreads } from "./spreads.ts";

/** The step with all noise off. */
export function silentDynamics(network: Network, weights: Weights): Dynamics {
  return meanDynamics(network, weights, "zero");
}

/**
 * The step averaged over the noise of that step: E[next | state, input].
 *
 * Exact where each unit's noise enters an element-wise function once (ctrnn, elman, lipschitz, gru) or linearly (all
 * noise of rate). Noise that passes a matrix and then a nonlinearity counts as gaussian, layer by layer, with mean and
 * covariance. Coloured noise counts as a fresh draw of its stationary law.
 *
 * Derivatives are those of the map itself: exact where the spreads do not depend on the state, and else central
 * differences (relative error 1e-8).
 *
 * Accuracy: test/statistics/mean-dynamics.test.ts, against Monte Carlo of the kernel for every cell and activation.
 * Cost per state: that of a step, plus an average per unit (`smoothed`); O(N^3) where noise passes several layers.
 *
 * @throws CapabilityError, from the step, for a cell that mixes several noisy vectors in a way that has no closed form
 */
export function meanDynamics(network: Network, weights: Weights, level: NoiseLevel): Dynamics {
  return dynamicsOf(stepEquations(network, weights, level), undefined);
}

/** The mean map of a step when the state before it has a known mean and, if given, this covariance. */
export function dynamicsOf(equations: StepEquations, covariance: Float64Array | undefined): Dynamics {
  const paths = noisePaths(equations, randomSources(equations, covariance !== undefined));
  const spreads = constantSpreads(equations, paths, covariance);
  return spreads === undefined
    ? localDynamics(equations, paths, covariance)
    : passDynamics({ equations, paths, spreads });
}

export function randomSources({ draws, states }: StepEquations, isStateRandom: boolean): ReadonlySet<NodeId> {
  return new Set([...draws.keys(), ...(isStateRandom ? states.map(({ leaf }) => leaf) : [])]);
}

/** Spreads at the crossings on the way to the next state, when none depends on state or input. */
export function constantSpreads(
  equations: StepEquations,
  paths: NoisePaths,
  covariance: Float64Array | undefined,
): Spreads | undefined {
  const { graph, states, input } = equations;
  const isConstant = reachedFrom(
    equations,
    (id) => id === input || states.some(({ leaf }) => leaf === id) || paths.isRandom(id),
  );
  const constants: Pass = averagedPass(equations, paths, new Map(), required(undefined));
  const known = carriedSpreads({
    equations,
    paths,
    covariance,
    mean: (id) => (isConstant(id) ? undefined : constants.value(id).data),
  });
  const seen = new Set<NodeId>();
  const isKnown = (id: NodeId): boolean => {
    if (seen.has(id)) return true;
    seen.add(id);
    const crossing = paths.crossing(id);
    if (crossing?.kind === "function" && known.averaging(id) === undefined) return false;
    if (crossing?.kind === "product" && known.covariance(...crossing.factors) === undefined) return false;
    if (crossing?.kind === "function") return [crossing.base, ...crossing.surroundings].every(isKnown);
    return argumentsOf(graph.nodes[id]).every(isKnown);
  };
  return states.every(({ next }) => isKnown(next)) ? required(known) : undefined;
}

/** Whether a node is, or is computed from, one of some nodes. */
function reachedFrom({ graph }: StepEquations, isStart: (id: NodeId) => boolean): (id: NodeId) => boolean {
  const known = new Map<NodeId, boolean>();
  const isReached = (id: NodeId): boolean => {
    const sofar = known.get(id);
    if (sofar !== undefined) return sofar;
    const found = isStart(id) || argumentsOf(graph.nodes[id]).some(isReached);
    known.set(id, found);
    return found;
  };
  return isReached;
}

/** Spreads that must be there when a pass asks for them. */
export function required(known: KnownSpreads | undefined): Spreads {
  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new InternalError("mean dynamics", "a spread is not known");
    return value;
  };
  return {
    averaging: (id) => there(known?.averaging(id)),
    covariance: (a, b) => there(known?.covariance(a, b)),
  };
}

/** A pass for one state and input, with the spreads there. */
export function localPass(
  equations: StepEquations,
  paths: NoisePaths,
  covariance: Float64Array | undefined,
  state: Float64Array,
  input: Float64Array,
): { readonly pass: Pass; readonly spreads: KnownSpreads } {
  const spreads: KnownSpreads = carriedSpreads({ equations, paths, covariance, mean: (id) => pass.value(id).data });
  const pass: Pass = averagedPass(equations, paths, bindings(equations, state, input), required(spreads));
  return { pass, spreads };
}

/** Step of the differences that stand for derivatives, in units of a state of size 1. */
const differenceStep = 1e-5;

/** Inputs whose next state is kept, for cells that have no memory. */
const mostKept = 4096;

/** The mean map of a step whose spreads depend on state or input, one state at a time. */
function localDynamics(equations: StepEquations, paths: NoisePaths, covariance: Float64Array | undefined): Dynamics {
  const { stateSize, inputSize, outputSize, states } = equations;
  const drives = driveNodes(equations);
  const passAt = (state: Float64Array, input: Float64Array): Pass =>
    localPass(equations, paths, covariance, state, input).pass;
  const isReached = reachedFrom(equations, (id) => states.some(({ leaf }) => leaf === id));
  const dependsOnState = states.some(({ next }) => isReached(next));
  // a feedforward cell is often shown the same input for many steps
  const kept = new Map<string, Float64Array>();
  const stepOne = (state: Float64Array, input: Float64Array): Float64Array => {
    const key = dependsOnState ? undefined : input.join();
    const known = key === undefined ? undefined : kept.get(key);
    if (known !== undefined) return known;
    const next = nextStates(equations, passAt(state, input), 1);
    if (key !== undefined && kept.size < mostKept) kept.set(key, next);
    return next;
  };
  const jacobian = (state: Float64Array, input: Float64Array): Float64Array => {
    const matrix = new Float64Array(stateSize * stateSize);
    for (let j = 0; dependsOnState && j < stateSize; j++) {
      const h = differenceStep * Math.max(1, Math.abs(state[j]));
      const moved = (by: number): Float64Array =>
        stepOne(
          state.map((value, i) => (i === j ? value + by : value)),
          input,
        );
      const [up, down] = [moved(h), moved(-h)];
      for (let i = 0; i < stateSize; i++) matrix[i * stateSize + j] = (up[i] - down[i]) / (2 * h);
    }
    return matrix;
  };
  const eachSample = (
    at: Float64Array,
    inputs: Float64Array,
    visit: (state: Float64Array, input: Float64Array, sample: number) => Float64Array,
  ): Float64Array => {
    const count = at.length / stateSize;
    const parts = Array.from({ length: count }, (_, r) =>
      visit(at.slice(r * stateSize, (r + 1) * stateSize), inputs.slice(r * inputSize, (r + 1) * inputSize), r),
    );
    const size = parts[0]?.length ?? 0;
    const result = new Float64Array(count * size);
    for (const [r, part] of parts.entries()) result.set(part, r * size);
    return result;
  };
  return {
    stateSize,
    inputSize,
    outputSize,
    step: (at, inputs) => eachSample(at, inputs, stepOne),
    jacobian,
    pullback: (at, inputs, cotangents) =>
      eachSample(at, inputs, (state, input, sample) => {
        const matrix = jacobian(state, input);
        const result = new Float64Array(stateSize);
        for (let i = 0; i < stateSize; i++) {
          const factor = cotangents[sample * stateSize + i];
          for (let j = 0; j < stateSize; j++) result[j] += factor * matrix[i * stateSize + j];
        }
        return result;
      }),
    readout: stateReadout(equations),
    ...(drives.length === 0
      ? {}
      : {
          drive: (at: Float64Array, inputs: Float64Array) =>
            eachSample(at, inputs, (state, input) => driveValues(equations, drives, passAt(state, input), 1)),
        }),
  };
}
