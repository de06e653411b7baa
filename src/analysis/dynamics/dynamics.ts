/** Maps of the state that are made of passes over the graph of a step. */
import type { NodeId } from "../../cell/graph.ts";
import { argumentsOf } from "../../cell/graph.ts";
import { CapabilityError, InternalError, ShapeError } from "../../core/errors.ts";
import type { Dynamics } from "./contract.ts";
import type { StepEquations } from "./equations.ts";
import { type NoisePaths, noisePaths } from "./noise-paths.ts";
import { averagedPass, type Pass, type Spreads } from "./pass.ts";
import { applied, type Rows, repeated, rowsOf, sliced } from "./rows.ts";

/** States and inputs as the leaves of a step. */
export function bindings(
  equations: StepEquations,
  states: Float64Array,
  inputs: Float64Array,
): ReadonlyMap<NodeId, Rows> {
  const { stateSize, inputSize, input, place } = equations;
  const count = states.length / stateSize;
  if (!Number.isInteger(count) || inputs.length !== count * inputSize) {
    throw new ShapeError({
      place: `dynamics of ${place}`,
      rule: `takes [count, ${stateSize}] states and [count, ${inputSize}] inputs, got ${states.length} and ${inputs.length} numbers`,
      remedy: "give every state an input of its own",
    });
  }
  return new Map([...stateRows(equations, states, "leaf"), [input, rowsOf(inputs, inputSize)]]);
}

function stateRows(equations: StepEquations, states: Float64Array, node: "leaf" | "next"): [NodeId, Rows][] {
  const whole = rowsOf(states, equations.stateSize);
  return equations.states.map((state) => [state[node], sliced(whole, state.offset, state.size)]);
}

/** Next states of a pass, `[count, stateSize]`. */
export function nextStates({ states, stateSize }: StepEquations, pass: Pass, count: number): Float64Array {
  const result = new Float64Array(count * stateSize);
  for (const { next, size, offset } of states) {
    const { data } = repeated(pass.value(next), size, count);
    for (let r = 0; r < count; r++) result.set(data.subarray(r * size, (r + 1) * size), r * stateSize + offset);
  }
  return result;
}

/** Spreads where nothing is random. */
export const nothing: Spreads = {
  averaging: () => {
    throw new InternalError("dynamics", "an average without noise");
  },
  covariance: () => {
    throw new InternalError("dynamics", "a covariance without noise");
  },
};

/** Outputs read from states; throws where outputs depend on more than the state after the step. */
export function stateReadout(equations: StepEquations): Dynamics["readout"] {
  const { graph, states, output, outputSize, input, noiseNodes, place } = equations;
  const silent = noisePaths(equations, new Set());
  return (given) => {
    const bound = new Map(stateRows(equations, given, "next"));
    for (const id of walked([output], (at) => (bound.has(at) ? [] : argumentsOf(graph.nodes[at])))) {
      if (bound.has(id)) continue;
      if (id === input || noiseNodes.has(id) || states.some(({ leaf }) => leaf === id)) {
        throw new CapabilityError({
          place,
          rule: "its readout depends on more than the state after the step",
          remedy: "write the cell's rate in terms of its states alone",
        });
      }
    }
    const count = given.length / equations.stateSize;
    return repeated(averagedPass(equations, silent, bound, nothing).value(output), outputSize, count).data.slice();
  };
}

/**
 * Nodes that a walk through the graph comes to, each once, in the order of the equations.
 *
 * @param further where it goes on to from a node
 */
function walked(from: readonly NodeId[], further: (id: NodeId) => readonly NodeId[]): NodeId[] {
  const seen = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const other of further(id)) visit(other);
  };
  for (const id of from) visit(id);
  return [...seen].sort((a, b) => a - b);
}

/** Functions of random nodes on the way to the next state, in the order of the equations. */
export function reachedFunctions({ graph, states }: StepEquations, paths: NoisePaths): readonly NodeId[] {
  const functionAt = (id: NodeId) => {
    const crossing = paths.crossing(id);
    return crossing?.kind === "function" ? crossing : undefined;
  };
  return walked(
    states.map(({ next }) => next),
    (id) => {
      const found = functionAt(id);
      return found === undefined ? argumentsOf(graph.nodes[id]) : [found.base, ...found.surroundings];
    },
  ).filter((id) => functionAt(id) !== undefined);
}

/**
 * Arguments of the activations that the noise of a step enters, by the equations alone: silent noise counts.
 *
 * Where it enters none (rate), it is in the state, so that the activations of the next step are meant.
 *
 * @returns nodes in the order of the equations
 */
export function driveNodes(equations: StepEquations): readonly NodeId[] {
  const { graph, states, noiseNodes } = equations;
  const all = walked(
    states.map(({ next }) => next),
    (id) => argumentsOf(graph.nodes[id]),
  );
  const bases = (sources: ReadonlySet<NodeId>): readonly NodeId[] => {
    const paths = noisePaths(equations, sources);
    const crossings = all.map((id) => paths.crossing(id));
    const found = crossings.flatMap((crossing) => (crossing?.kind === "function" ? [crossing.base] : []));
    return [...new Set(found)].sort((a, b) => a - b);
  };
  const entered = bases(new Set([...noiseNodes].filter((id) => graph.nodes[id].op !== "leaf")));
  return entered.length > 0 ? entered : bases(new Set(states.map(({ leaf }) => leaf)));
}

export interface PassDynamics {
  readonly equations: StepEquations;
  readonly paths: NoisePaths;
  /** Spreads that are the same at every state and input. */
  readonly spreads: Spreads;
}

/** The mean map of a step whose spreads depend neither on state nor on input: its derivatives are exact. */
export function passDynamics({ equations, paths, spreads }: PassDynamics): Dynamics {
  const { stateSize, inputSize, outputSize, states } = equations;
  const drives = driveNodes(equations);
  const passAt = (at: Float64Array, inputs: Float64Array): Pass =>
    averagedPass(equations, paths, bindings(equations, at, inputs), spreads);
  const pulled = (pass: Pass, cotangents: Float64Array): Float64Array => {
    const rows = cotangents.length / stateSize;
    const seeds = new Map<NodeId, Rows>();
    for (const [id, seed] of stateRows(equations, cotangents, "next")) {
      const other = seeds.get(id);
      seeds.set(id, other === undefined ? seed : applied("add", [other, seed], seed.size));
    }
    const found = pass.pullback(seeds);
    const result = new Float64Array(rows * stateSize);
    for (const { leaf, size, offset } of states) {
      const gradient = found.get(leaf);
      if (gradient === undefined) continue;
      const { data } = repeated(gradient, size, rows);
      for (let r = 0; r < rows; r++) result.set(data.subarray(r * size, (r + 1) * size), r * stateSize + offset);
    }
    return result;
  };
  return {
    stateSize,
    inputSize,
    outputSize,
    step: (at, inputs) => nextStates(equations, passAt(at, inputs), at.length / stateSize),
    jacobian: (state, input) => pulled(passAt(state, input), identity(stateSize)),
    pullback: (at, inputs, cotangents) => pulled(passAt(at, inputs), cotangents),
    readout: stateReadout(equations),
    ...(drives.length === 0
      ? {}
      : {
          drive: (at: Float64Array, inputs: Float64Array) =>
            driveValues(equations, drives, passAt(at, inputs), at.length / stateSize),
        }),
  };
}

/** Drives one activation after the other, `[count, driveSize]`. */
export function driveValues(
  { sizeOf }: StepEquations,
  drives: readonly NodeId[],
  pass: Pass,
  count: number,
): Float64Array {
  const parts = drives.map((id) => repeated(pass.value(id), sizeOf(id), count));
  const driveSize = parts.reduce((total, { size }) => total + size, 0);
  const result = new Float64Array(count * driveSize);
  let offset = 0;
  for (const { size, data } of parts) {
    for (let r = 0; r < count; r++) result.set(data.subarray(r * size, (r + 1) * size), r * driveSize + offset);
    offset += size;
  }
  return result;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}
