import { argumentsOf, createGraph, type Node } from "../../cell/graph.ts";
import type { Program } from "../../cell/program.ts";
import { reference } from "../../engine/backends.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Network, Weights } from "../../network/contract.ts";
import { stateReadout } from "../dynamics/dynamics.ts";
import { stepEquations } from "../dynamics/equations.ts";

/** The readout as a function of the state after a step, with derivatives. */
export interface ReadoutKernel {
  /** Outputs and their tangents, `[rows, outputSize]`, and the pullback of cotangents with its tangent. */
  tangent(states: StateRows, directions: StateRows, rows: number): ReadoutTangent;
}

/** `[rows, size]` by the name of the state. */
export type StateRows = Readonly<Record<string, RealArray>>;

export interface ReadoutTangent {
  readonly output: RealArray;
  readonly outputTangent: RealArray;
  /** Tangent of the gradient with respect to the states. */
  backward(cotangent: RealArray, cotangentTangent: RealArray): StateRows;
}

/**
 * A program of the readout alone, which takes states as its inputs, so that the engine derives its second derivatives.
 *
 * @throws CapabilityError where outputs depend on more than the state after the step
 */
export async function readoutKernel(network: Network, weights: Weights): Promise<ReadoutKernel> {
  const equations = stepEquations(network, weights, "zero");
  stateReadout(equations)(new Float64Array(equations.stateSize));
  const { program, sizes, settings } = network.equations;
  const nodes: Node[] = [...program.graph.nodes];
  const inputs = equations.states.map(({ name, next }) => {
    const { axis } = program.states.find((state) => state.name === name) as Program["states"][number];
    nodes[next] = { op: "leaf", axis, name: `input:${name}` };
    return { name, axis, leaf: next };
  });
  const output = program.outputs.find(({ name }) => name === "output") as Program["outputs"][number];
  const reached = reachedFrom(nodes, output.node);
  const used = new Set([...reached].flatMap((id) => ("name" in nodes[id] ? [nodes[id].name] : [])));
  const kernel = await reference.prepare(
    {
      ...program,
      graph: createGraph(nodes),
      states: [],
      inputs,
      outputs: [output],
      parameters: program.parameters.filter(({ name }) => used.has(name)),
      settings: program.settings.filter((name) => used.has(name)),
      noises: [],
    },
    "float64",
  );
  const effective = network.effectiveWeights(weights);
  return {
    tangent: (states, directions, rows) => {
      const call = {
        batchSize: rows,
        stepCount: 1,
        sizes,
        settings,
        parameters: effective,
        inputs: states,
        initialState: {},
        noise: { seed: 0, stream: 0, trials: new Uint32Array(rows), firstStep: 0, sites: {} },
        outputFrom: 0,
      };
      const pass = kernel.tangent(call, { parameters: {}, inputs: directions, initialState: {} }, true);
      return {
        output: pass.outputs.output,
        outputTangent: pass.outputTangents.output,
        backward: (cotangent, cotangentTangent) =>
          pass.backward({ outputs: { output: cotangent } }, { outputs: { output: cotangentTangent } }).gradientTangents
            .inputs,
      };
    },
  };
}

function reachedFrom(nodes: readonly Node[], start: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const visit = (id: number): void => {
    if (seen.has(id)) return;
    seen.add(id);
    for (const arg of argumentsOf(nodes[id])) visit(arg);
  };
  visit(start);
  return seen;
}
