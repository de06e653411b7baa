/** How noise runs through the graph of a step: what it reaches, and where functions of it have to be averaged. */
import { argumentsOf, isElementwise, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import type { StepEquations } from "./equations.ts";
import { functionBetween, type ScalarFunction } from "./smoothing/scalar-function.ts";

/** A node whose mean is not its operation applied to the means of its arguments. */
export type Crossing =
  /** y = F(base; surroundings) element by element, where nothing but `base` is random. */
  | {
      readonly kind: "function";
      readonly base: NodeId;
      readonly fn: ScalarFunction;
      readonly surroundings: readonly NodeId[];
    }
  /** The product of two random nodes that share a source of randomness. */
  | { readonly kind: "product"; readonly factors: readonly [NodeId, NodeId] }
  /** Anything else of several random nodes; its mean has no closed form. */
  | { readonly kind: "mixed"; readonly op: string };

export interface NoisePaths {
  isRandom(id: NodeId): boolean;
  /** Absent: the mean of the node is its operation on means. */
  crossing(id: NodeId): Crossing | undefined;
}

/**
 * Follows randomness from its sources through the graph.
 *
 * A nonlinear operation is averaged as part of the longest element-wise function of one node that is a linear
 * combination of draws, so that products such as x Phi(x) are averaged whole. Where a function mixes several such nodes
 * its argument stands as a gaussian variable of its own.
 *
 * @param sources nodes that are random
 */
export function noisePaths(equations: StepEquations, sources: ReadonlySet<NodeId>): NoisePaths {
  const { graph } = equations;
  const roots: ReadonlySet<NodeId>[] = [];
  const none: ReadonlySet<NodeId> = new Set();
  for (const [id, node] of graph.nodes.entries()) {
    if (sources.has(id)) {
      // a matrix of draws times a random vector depends on both
      roots.push(
        new Set([id, ...argumentsOf(node).flatMap((arg) => (node.op === "noise-product" ? [...roots[arg]] : []))]),
      );
      continue;
    }
    const reached = equations.noiseNodes.has(id) ? [] : argumentsOf(node).filter((arg) => roots[arg].size > 0);
    roots.push(reached.length === 0 ? none : new Set(reached.flatMap((arg) => [...roots[arg]])));
  }
  const isRandom = (id: NodeId): boolean => roots[id] !== undefined && roots[id].size > 0;
  const randomArguments = (id: NodeId): NodeId[] => [...new Set(argumentsOf(graph.nodes[id]))].filter(isRandom);

  /** Sums and products with noise-free factors. */
  const isAffine = (id: NodeId): boolean => {
    const node = graph.nodes[id];
    if (sources.has(id) || !isElementwise(node)) return true;
    const [a, b] = node.args;
    if (node.op === "add" || node.op === "sub" || node.op === "neg") return true;
    if (node.op === "mul") return !isRandom(a) || !isRandom(b);
    if (node.op === "div") return !isRandom(b);
    if (node.op === "where") return !isRandom(a);
    return false;
  };
  const bent = new Map<NodeId, boolean>();
  /** Whether an element-wise nonlinearity lies between the node and the last matrix or source. */
  const isBent = (id: NodeId): boolean => {
    const known = bent.get(id);
    if (known !== undefined) return known;
    const isExpandable = !sources.has(id) && isElementwise(graph.nodes[id]);
    const found = isExpandable && (!isAffine(id) || randomArguments(id).some(isBent));
    bent.set(id, found);
    return found;
  };

  /** The one unbent node through which all randomness of `y` comes; undefined when there are several. */
  const baseOf = (y: NodeId): NodeId | undefined => {
    const frontier = new Set(randomArguments(y));
    for (;;) {
      const latest = Math.max(...frontier);
      if (frontier.size === 1 && !isBent(latest)) return latest;
      if (sources.has(latest) || !isElementwise(graph.nodes[latest])) return undefined;
      frontier.delete(latest);
      for (const arg of randomArguments(latest)) frontier.add(arg);
    }
  };

  const crossings = new Map<NodeId, Crossing | undefined>();
  const numberOf = numbers(equations);
  const find = (id: NodeId): Crossing | undefined => {
    if (id >= roots.length || !isRandom(id) || isAffine(id)) return undefined;
    const args = randomArguments(id);
    const base = baseOf(id) ?? (args.length === 1 ? args[0] : undefined);
    if (base !== undefined) {
      const inside = (node: NodeId): boolean => node !== base && isRandom(node);
      const { fn, surroundings } = functionBetween(graph, base, id, inside, numberOf);
      return { kind: "function", base, fn, surroundings };
    }
    const { op } = graph.nodes[id];
    if (op === "mul") {
      const [a, b] = args;
      const isShared = [...roots[a]].some((root) => roots[b].has(root));
      return isShared ? { kind: "product", factors: [a, b] } : undefined;
    }
    return { kind: "mixed", op };
  };
  return {
    isRandom,
    crossing: (id) => {
      if (!crossings.has(id)) crossings.set(id, find(id));
      return crossings.get(id);
    },
  };
}

/** Value of nodes that are one number for the whole call. */
export function numbers({ graph, settings }: Pick<StepEquations, "graph" | "settings">) {
  const numberOf = (id: NodeId): number | undefined => {
    const node = graph.nodes[id];
    if (node.op === "constant") return node.value;
    if (node.op === "setting") return settings[node.name];
    if (node.axis !== null || !isElementwise(node)) return undefined;
    return elementwise[node.op].value(...node.args.map((arg) => numberOf(arg) as number));
  };
  return numberOf;
}
