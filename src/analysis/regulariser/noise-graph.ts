/** The step and the readout of a network as functions of state, input and noise, which are all leaves of a graph. */
import { type Axis, axisSize, scalarAxis } from "../../cell/axis.ts";
import { deviationSetting } from "../../cell/dynamics.ts";
import { argumentsOf, createGraph, type Graph, type Node, type NodeId } from "../../cell/graph.ts";
import type { NoiseLeaf } from "../../cell/program.ts";
import { CapabilityError } from "../../core/errors.ts";
import type { Network, Weights } from "../../network/contract.ts";
import { noiseState } from "../../noise/colour.ts";

export interface GraphState {
  readonly name: string;
  readonly axis: Axis;
  readonly size: number;
  /** Where it begins in the concatenated state. */
  readonly offset: number;
  readonly leaf: NodeId;
  readonly next: NodeId;
  /** Deviation of each unit's value before the first step: coloured noise starts from its stationary law, else 0. */
  readonly initialDeviation: number;
  /** Site of the coloured noise that it holds. */
  readonly site: string | undefined;
}

/** White noise: in the graph a leaf. */
export interface WhiteNoise {
  readonly site: string;
  /** Of its draws: noise with the same number has the same draws. */
  readonly number: number;
  readonly axis: Axis;
  readonly size: number;
  readonly leaf: NodeId;
  /** Deviation of each draw at the trained intensities. */
  readonly deviation: number;
}

/** A matrix of noise, drawn once per trial, times a vector: in the graph a leaf, which is 0 without noise. */
export interface NoiseProduct {
  readonly site: string;
  readonly axis: Axis;
  readonly leaf: NodeId;
  /** What the matrix is multiplied with. */
  readonly argument: NodeId;
  readonly columns: number;
  readonly rows: number;
  readonly deviation: number;
}

export interface NoiseGraph {
  /** Of the step, from states, input and noise to the next states. */
  readonly step: Graph;
  /** Of the readout, from the states after the step to the output. */
  readonly readout: Graph;
  readonly states: readonly GraphState[];
  readonly stateSize: number;
  /** Leaf of `readout` per state. */
  readonly after: readonly NodeId[];
  readonly input: NodeId;
  readonly inputSize: number;
  readonly output: NodeId;
  readonly outputSize: number;
  readonly noises: readonly WhiteNoise[];
  readonly products: readonly NoiseProduct[];
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, Float64Array>>;
  sizeOf(graph: Graph, id: NodeId): number;
}

/**
 * The equations of a network for an expansion in its noise at the trained intensities.
 *
 * Coloured noise is a state with white noise of its own.
 *
 * @throws CapabilityError when outputs depend on more than the states after the step, or steps on deviations of draws
 */
export function noiseGraph(network: Network, weights: Weights): NoiseGraph {
  const { program, sizes, settings } = network.equations;
  const deviations = program.noises.map(({ site }) => deviationSetting(site));
  const ofStep = reached(
    program.graph,
    program.states.map(({ next }) => next),
    new Set(),
  );
  if (ofStep.some((node) => node.op === "setting" && deviations.includes(node.name))) {
    throw new CapabilityError({
      place: `regulariser, cell "${network.spec.cell}"`,
      rule: "expands steps that take the noise by its draws alone, got a scheme that computes with their deviations",
      remedy: "use the scheme euler-maruyama with the same weights: in Ito's sense the two agree at this order",
    });
  }
  const levels = network.noiseAt("trained");
  const deviationOf = (site: string): number => levels[site]?.intensity ?? 0;
  const sizeOfAxis = (axis: Axis | null): number => axisSize(axis ?? scalarAxis, sizes);
  const nodes = program.graph.nodes;
  const step = createGraph(
    nodes.map((node, id) => {
      if (node.op === "noise") return { op: "leaf", axis: node.axis, name: `noise:${node.name}` };
      if (node.op === "noise-product") return { op: "leaf", axis: node.axis, name: `product:${node.name}:${id}` };
      return node;
    }),
  );
  const noises: WhiteNoise[] = [];
  const products: NoiseProduct[] = [];
  for (const [id, node] of nodes.entries()) {
    if (node.op === "noise") {
      const deviation = deviationOf(node.name);
      const { number } = program.noises.find(({ site }) => site === node.name) as NoiseLeaf;
      noises.push({ site: node.name, number, axis: node.axis, size: sizeOfAxis(node.axis), leaf: id, deviation });
    } else if (node.op === "noise-product") {
      const [argument] = node.args;
      const [rows, columns] = [sizeOfAxis(node.axis), sizeOfAxis(nodes[argument].axis)];
      const deviation = deviationOf(node.name);
      products.push({ site: node.name, axis: node.axis, leaf: id, argument, rows, columns, deviation });
    }
  }
  const siteOf = new Map(network.noise.map(({ leaf }) => [noiseState(leaf), leaf]));
  let stateSize = 0;
  const states = program.states.map(({ name, axis, leaf, next }): GraphState => {
    const site = siteOf.get(name);
    const size = sizeOfAxis(axis);
    const initialDeviation = site === undefined ? 0 : deviationOf(site);
    const state = { name, axis, size, offset: stateSize, leaf, next, initialDeviation, site };
    stateSize += size;
    return state;
  });
  const isAfter = new Map(states.map(({ name, axis, next }) => [next, { name, axis }]));
  const readout = createGraph(
    step.nodes.map((node, id) => {
      const after = isAfter.get(id);
      return after === undefined ? node : { op: "leaf", axis: after.axis, name: `after:${after.name}` };
    }),
  );
  const output = (program.outputs.find(({ name }) => name === "output") as (typeof program.outputs)[number]).node;
  checkReadout(network, readout, output, new Set(isAfter.keys()));
  const effective = network.effectiveWeights(weights);
  return {
    step,
    readout,
    states,
    stateSize,
    after: states.map(({ next }) => next),
    input: program.inputs[0].leaf,
    inputSize: network.spec.inputSize,
    output,
    outputSize: network.spec.outputSize,
    noises,
    products,
    sizes,
    settings,
    parameters: Object.fromEntries(
      Object.entries(effective).map(([name, values]) => [name, Float64Array.from(values)]),
    ),
    sizeOf: (graph, id) => sizeOfAxis(graph.nodes[id].axis),
  };
}

function checkReadout({ spec }: Network, readout: Graph, output: NodeId, after: ReadonlySet<NodeId>): void {
  if (reached(readout, [output], after).every(({ op }) => op !== "leaf")) return;
  throw new CapabilityError({
    place: `regulariser, cell "${spec.cell}"`,
    rule: "expands outputs that are read from the states after the step, got a readout that depends on more",
    remedy: "write the cell's rate in terms of its states alone",
  });
}

/** What nodes depend on, themselves included; `ends` and what lies behind them are left out. */
function reached({ nodes }: Graph, from: readonly NodeId[], ends: ReadonlySet<NodeId>): readonly Node[] {
  const seen = new Set<NodeId>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id) || ends.has(id)) continue;
    seen.add(id);
    open.push(...argumentsOf(nodes[id]));
  }
  return [...seen].map((id) => nodes[id]);
}
