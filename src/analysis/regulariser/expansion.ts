/** A network's step expanded in its noise: the path without noise beside its first and second derivative in eps. */
import { pushforward } from "../../cell/differentiate.ts";
import {
  apply,
  broadcast,
  constant,
  createGraph,
  type Graph,
  leaf,
  type NodeId,
  noiseVector,
  product,
} from "../../cell/graph.ts";
import type { Program } from "../../cell/program.ts";
import { copier } from "./copied.ts";
import type { NoiseGraph } from "./noise-graph.ts";

/** Names of the states of the expansion that hold the derivatives of a state in eps. */
export const firstOrder = (state: string): string => `first:${state}`;
export const secondOrder = (state: string): string => `second:${state}`;

/**
 * The program of d/d eps and d^2/d eps^2 of a network with noise eps xi, at eps = 0, for the draws xi of its noise.
 *
 *     u' = F_h u + F_xi xi,   w' = F_h w + F_hh[u, u] + 2 F_h,xi[u, xi] + F_xi,xi[xi, xi],   w = d^2 h / d eps^2
 *
 * Outputs, of the readout z: `output`; `first`, z' u; `moved`, z' w: what the curvature of the dynamics does; `bent`,
 * z''[u, u]: what that of the readout does. Its noise leaves are those of the network, with the same addresses.
 */
export function expansion(program: Program, from: NoiseGraph): Program {
  const target = createGraph();
  const step = createGraph(from.step.nodes);
  const noiseLeaves = [...from.noises, ...from.products];
  const ofStates = tangentLeaves(
    step,
    from.states.map((state) => state.leaf),
  );
  const ofNoise = tangentLeaves(
    step,
    noiseLeaves.map((noise) => noise.leaf),
  );
  const first = pushforward(step, new Map([...ofStates, ...ofNoise]), new Set());
  const firstNodes = [...ofStates.values()];
  const ofFirst = tangentLeaves(step, firstNodes);
  // the second derivative of a product Xi a(h) in eps is 2 Xi a' u
  const ofProducts = tangentLeaves(
    step,
    from.products.map((one) => ofNoise.get(one.leaf) as NodeId),
  );
  const second = pushforward(step, new Map([...ofStates, ...ofNoise, ...ofFirst, ...ofProducts]), new Set());

  const stateLeaf = (prefix: (name: string) => string, axis: string, name: string) => () =>
    leaf(target, `state:${prefix(name)}`, axis);
  const zero = () => constant(target, 0);
  const replaced = new Map<NodeId, () => NodeId>();
  for (const { name, axis, leaf: id } of from.states) {
    const u = ofStates.get(id) as NodeId;
    replaced.set(u, stateLeaf(firstOrder, axis, name));
    replaced.set(ofFirst.get(u) as NodeId, stateLeaf(secondOrder, axis, name));
  }
  const copy = copier(step, target, replaced);
  for (const { site, axis, leaf: id } of from.noises) {
    replaced.set(id, zero);
    replaced.set(ofNoise.get(id) as NodeId, () => noiseVector(target, site, axis));
  }
  for (const { site, axis, leaf: id, argument } of from.products) {
    const times = (x: NodeId | undefined): NodeId =>
      x === undefined ? zero() : product(target, "noise-product", site, axis, whole(x, argument));
    const whole = (x: NodeId, like: NodeId): NodeId => broadcast(target, x, step.nodes[like].axis as string);
    const own = ofNoise.get(id) as NodeId;
    replaced.set(id, zero);
    replaced.set(own, () => times(copy(argument)));
    replaced.set(ofProducts.get(own) as NodeId, () => {
      const moved = first.get(argument);
      return moved === undefined ? zero() : apply(target, "mul", [constant(target, 2), times(copy(moved))]);
    });
  }
  const copied = (id: NodeId | undefined): NodeId => (id === undefined ? zero() : copy(id));
  const nextOf = ({ next, axis }: { readonly next: NodeId; readonly axis: string }) => {
    const u = first.get(next);
    return [next, u, u === undefined ? undefined : second.get(u)].map((id) => broadcast(target, copied(id), axis));
  };
  const nexts = from.states.map(nextOf);
  const output = readout(from, target, nexts);
  const outputAxis = from.readout.nodes[from.output].axis as string;
  return {
    ...program,
    name: `${program.name} expanded in its noise`,
    graph: target,
    states: [
      ...from.states.map(({ name, axis }, index) => ({
        name,
        axis,
        leaf: leaf(target, `state:${name}`, axis),
        next: nexts[index][0],
      })),
      ...from.states.map(({ name, axis }, index) => ({
        name: firstOrder(name),
        axis,
        leaf: leaf(target, `state:${firstOrder(name)}`, axis),
        next: nexts[index][1],
      })),
      ...from.states.map(({ name, axis }, index) => ({
        name: secondOrder(name),
        axis,
        leaf: leaf(target, `state:${secondOrder(name)}`, axis),
        next: nexts[index][2],
      })),
    ],
    inputs: program.inputs.map((input) => ({ ...input, leaf: leaf(target, `input:${input.name}`, input.axis) })),
    outputs: Object.entries(output).map(([name, node]) => ({
      name,
      axis: outputAxis,
      node: broadcast(target, node, outputAxis),
    })),
  };
}

/** The readout of the states after the step and its derivatives, from those of the states. */
function readout(from: NoiseGraph, target: Graph, nexts: readonly (readonly NodeId[])[]): Record<string, NodeId> {
  const graph = createGraph(from.readout.nodes);
  const ofAfter = tangentLeaves(graph, from.after);
  const first = pushforward(graph, ofAfter, new Set()).get(from.output);
  const ofFirst = tangentLeaves(graph, [...ofAfter.values()]);
  const second =
    first === undefined ? undefined : pushforward(graph, new Map([...ofAfter, ...ofFirst]), new Set()).get(first);
  const copied = (id: NodeId | undefined, isMoved: boolean, isBent: boolean): NodeId => {
    if (id === undefined) return constant(target, 0);
    const zero = constant(target, 0);
    const replaced = new Map<NodeId, () => NodeId>();
    for (const [index, after] of from.after.entries()) {
      const [h, u, w] = nexts[index];
      const du = ofAfter.get(after) as NodeId;
      replaced.set(after, () => h);
      replaced.set(du, () => (isBent ? u : zero));
      replaced.set(ofFirst.get(du) as NodeId, () => (isMoved ? w : zero));
    }
    return copier(graph, target, replaced)(id);
  };
  return {
    output: copied(from.output, false, false),
    first: copied(first, false, true),
    moved: copied(second, true, false),
    bent: copied(second, false, true),
  };
}

function tangentLeaves(graph: Graph, ids: readonly NodeId[]): Map<NodeId, NodeId> {
  return new Map(ids.map((id) => [id, leaf(graph, `d:${id}`, graph.nodes[id].axis as string)]));
}
