/** The step of a trained network as numbers: its graph, weights and noise, in float64. */
import { axisSize, scalarAxis } from "../../cell/axis.ts";
import { createGraph, type Graph, type NodeId } from "../../cell/graph.ts";
import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import { noiseState } from "../../noise/colour.ts";
import { deviationSettings } from "../../noise/sources.ts";
import type { DrawnFrom } from "./smoothing/law-averages.ts";

export interface StepState {
  readonly name: string;
  readonly leaf: NodeId;
  readonly next: NodeId;
  readonly size: number;
  /** Where it begins in the concatenated state. */
  readonly offset: number;
}

export interface StepEquations {
  readonly place: string;
  /** A copy that derivatives may be added to. */
  readonly graph: Graph;
  /** The cell's own states; those of coloured noise are not among them. */
  readonly states: readonly StepState[];
  readonly stateSize: number;
  readonly input: NodeId;
  readonly inputSize: number;
  readonly output: NodeId;
  readonly outputSize: number;
  /** Size of each named axis. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Size of a node's vector. */
  sizeOf(id: NodeId): number;
  /** Parameters as the program sees them. */
  readonly parameters: Readonly<Record<string, Float64Array>>;
  readonly settings: Readonly<Record<string, number>>;
  /** What the draws of each noise node come from: white leaves, and the states of coloured noise; silent ones are absent. */
  readonly draws: ReadonlyMap<NodeId, DrawnFrom>;
  /** Nodes of noise, silent or not: what is 0 where `draws` has nothing. */
  readonly noiseNodes: ReadonlySet<NodeId>;
  /** Sites of noise that is correlated over steps and not silent. */
  readonly coloured: readonly string[];
}

/**
 * The equations of a network at a noise level.
 *
 * Coloured noise counts as a draw of its stationary law in each step: its own state is no state here.
 */
export function stepEquations(network: Network, weights: Weights, level: NoiseLevel): StepEquations {
  const { program, sizes, settings } = network.equations;
  const graph = createGraph(program.graph.nodes);
  const effective = network.effectiveWeights(weights);
  const levels = network.noiseAt(level);
  const sizeOf = (id: NodeId): number => axisSize(graph.nodes[id].axis ?? scalarAxis, sizes);
  const own = new Set(network.noise.map(({ leaf }) => noiseState(leaf)));
  const coloured = program.states.filter(({ name }) => own.has(name));
  let stateSize = 0;
  const states: StepState[] = [];
  for (const { name, leaf, next } of program.states) {
    if (own.has(name)) continue;
    const size = sizeOf(leaf);
    states.push({ name, leaf, next, size, offset: stateSize });
    stateSize += size;
  }
  const draws = new Map<NodeId, DrawnFrom>();
  const noiseNodes = new Set<NodeId>();
  const isLoud = (site: string): boolean => (levels[site]?.intensity ?? 0) > 0;
  for (const [id, node] of graph.nodes.entries()) {
    if (node.op !== "noise" && node.op !== "noise-product") continue;
    noiseNodes.add(id);
    const isColoured = coloured.some(({ name }) => name === noiseState(node.name));
    if (isLoud(node.name) && !isColoured) draws.set(id, levels[node.name]);
  }
  for (const { name, leaf, next } of coloured) {
    const site = name.slice(noiseState("").length);
    // the value that enters the equations is the one after the step
    noiseNodes.add(next).add(leaf);
    if (isLoud(site)) draws.set(next, levels[site]);
  }
  const output = program.outputs.find(({ name }) => name === "output") as (typeof program.outputs)[number];
  return {
    place: `cell "${network.spec.cell}"`,
    graph,
    states,
    stateSize,
    input: program.inputs[0].leaf,
    inputSize: network.spec.inputSize,
    output: output.node,
    outputSize: network.spec.outputSize,
    sizes,
    sizeOf,
    parameters: Object.fromEntries(
      Object.entries(effective).map(([name, values]) => [name, Float64Array.from(values)]),
    ),
    settings: { ...settings, ...deviationSettings(program, levels) },
    draws,
    noiseNodes,
    coloured: coloured.map(({ name }) => name.slice(noiseState("").length)).filter(isLoud),
  };
}
