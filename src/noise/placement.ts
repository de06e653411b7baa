/** How the draws of a noise leaf reach the state of a program. */
import { argumentsOf, type Graph, type Node, type NodeId } from "../cell/graph.ts";
import type { Program } from "../cell/program.ts";

export interface Placement {
  /** Power of the time step that the draw is multiplied with on its way to the next state; undefined: it does not get there. */
  readonly order: number | undefined;
  /**
   * No operation on the way rectifies or squashes the draw: there are products with noise-free factors and sums alone, or
   * the draws get smaller with the time step before they come to others.
   */
  readonly isLinear: boolean;
}

interface Reach {
  readonly order: number;
  /** Lowest power of the time step at which the draws enter a nonlinear operation; infinity where there is none. */
  readonly bentAt: number;
}

const straight = Number.POSITIVE_INFINITY;

/**
 * Follows a noise leaf through the graph to the next value of the states named.
 *
 * Powers of the time step multiply along a path; of several paths the lowest power counts, since it dominates as the
 * step goes to zero. A difference of terms of equal power is taken at that power, cancellations are not seen.
 *
 * @param timeStep setting that holds the time step; absent: every power is 0
 * @param states names of the states that count
 */
export function placementOf(
  { graph, states }: Program,
  leaf: string,
  timeStep: string | undefined,
  cellStates: readonly string[],
): Placement {
  const power = stepPowers(graph, timeStep);
  const reach = new Map<NodeId, Reach>();
  for (const [id, node] of graph.nodes.entries()) {
    const found = reachOf(node, leaf, (arg) => reach.get(arg), power);
    if (found !== undefined) reach.set(id, found);
  }
  const arrived = states.filter(({ name }) => cellStates.includes(name)).map(({ next }) => reach.get(next));
  const all = merged(arrived);
  // draws that arrive times dt^p have the size dt^(1/2 - p), and dt^(bentAt + 1/2 - p) where they are bent
  return { order: all?.order, isLinear: all === undefined || all.bentAt > Math.max(0, all.order - 0.5) };
}

function reachOf(
  node: Node,
  leaf: string,
  known: (id: NodeId) => Reach | undefined,
  power: (id: NodeId) => number,
): Reach | undefined {
  if (node.op === "noise" && node.name === leaf) return { order: 0, bentAt: straight };
  const reaches = argumentsOf(node).map(known);
  if (node.op === "noise-product" && node.name === leaf) return merged([...reaches, { order: 0, bentAt: straight }]);
  if (reaches.every((found) => found === undefined)) return undefined;
  const [a, b] = reaches;
  switch (node.op) {
    case "add":
    case "sub":
    case "neg":
    case "product":
    case "noise-product":
    case "slice":
    case "concat":
    case "sum":
    case "broadcast":
      return merged(reaches);
    case "mul": {
      const [left, right] = node.args.map((arg, index) => reaches[index]?.order ?? power(arg));
      const order = left + right;
      if (a !== undefined && b !== undefined) return { order, bentAt: Math.min(left, right, a.bentAt, b.bentAt) };
      return { order, bentAt: (a ?? (b as Reach)).bentAt };
    }
    case "div":
      if (b !== undefined) return { order: b.order, bentAt: Math.min(b.order, b.bentAt) };
      return { order: (a as Reach).order - power(node.args[1]), bentAt: (a as Reach).bentAt };
    case "where": {
      const all = merged(reaches) as Reach;
      return a === undefined ? all : { ...all, bentAt: Math.min(a.order, all.bentAt) };
    }
    default: {
      const all = merged(reaches) as Reach;
      return { ...all, bentAt: Math.min(all.order, all.bentAt) };
    }
  }
}

function merged(reaches: readonly (Reach | undefined)[]): Reach | undefined {
  const found = reaches.filter((reach) => reach !== undefined);
  if (found.length === 0) return undefined;
  return {
    order: Math.min(...found.map(({ order }) => order)),
    bentAt: Math.min(...found.map(({ bentAt }) => bentAt)),
  };
}

/** Power of the time step in noise-free factors: dt itself, its products, quotients and roots. */
function stepPowers(graph: Graph, timeStep: string | undefined): (id: NodeId) => number {
  const powers: number[] = [];
  const of = (id: NodeId): number => powers[id];
  for (const node of graph.nodes) {
    const args = argumentsOf(node);
    switch (node.op) {
      case "setting":
        powers.push(node.name === timeStep ? 1 : 0);
        break;
      case "mul":
        powers.push(of(args[0]) + of(args[1]));
        break;
      case "div":
        powers.push(of(args[0]) - of(args[1]));
        break;
      case "sqrt":
        powers.push(of(args[0]) / 2);
        break;
      case "add":
      case "sub":
      case "max":
      case "min":
        powers.push(Math.min(of(args[0]), of(args[1])));
        break;
      case "neg":
      case "abs":
      case "relu":
      case "broadcast":
        powers.push(of(args[0]));
        break;
      case "tanh":
      case "sin":
      case "erf":
        // of the first order in a small argument
        powers.push(Math.max(0, of(args[0])));
        break;
      default:
        powers.push(0);
    }
  }
  return of;
}
