/**
 * Derivatives of a graph, written into the same graph.
 *
 * Both transforms walk the nodes once; element-wise rules come from the table in operations.ts.
 * Parameters named `p` have tangents named `tangentName(p)`.
 */
import { InternalError } from "../core/errors.ts";
import { combineAxes, scalarAxis } from "./axis.ts";
import {
  apply,
  broadcast,
  concat,
  constant,
  type Graph,
  isElementwise,
  type Node,
  type NodeId,
  parameterVector,
  product,
  slice,
  sum,
} from "./graph.ts";
import { type Algebra, elementwise } from "./operations.ts";

/** Contribution `left (x) right`, summed over samples, to the gradient of a matrix parameter. */
export interface OuterProduct {
  readonly parameter: string;
  /** Cotangent of the product's result, along the matrix's rows. */
  readonly left: NodeId;
  /** What the matrix was multiplied with, along its columns. */
  readonly right: NodeId;
}

/** Contribution, summed over samples, to the gradient of a vector parameter. */
export interface VectorSum {
  readonly parameter: string;
  readonly node: NodeId;
}

export interface Pullback {
  /** Cotangent of each asked-for leaf; absent when it is zero. */
  readonly cotangents: ReadonlyMap<NodeId, NodeId>;
  readonly outers: readonly OuterProduct[];
  readonly sums: readonly VectorSum[];
}

export const tangentName = (name: string): string => `d.${name}`;

export function algebra(graph: Graph): Algebra {
  return {
    number: (value) => constant(graph, value),
    apply: (op, ...args) => apply(graph, op, args),
  };
}

const transposed = {
  product: "product-transposed",
  "product-transposed": "product",
  "noise-product": "noise-product-transposed",
  "noise-product-transposed": "noise-product",
} as const;

/**
 * Vector-Jacobian product: from cotangents of some nodes to cotangents of leaves and parameters.
 *
 * @param seeds cotangent node per node (already in the graph, over the same axis).
 * @param leaves which leaves to return cotangents for.
 */
export function pullback(graph: Graph, seeds: ReadonlyMap<NodeId, NodeId>, leaves: readonly NodeId[]): Pullback {
  const k = algebra(graph);
  const cotangent = new Map<NodeId, NodeId>();
  const add = (target: NodeId, contribution: NodeId | undefined): void => {
    if (contribution === undefined) return;
    const value = graph.nodes[contribution];
    if (value.op === "constant" && value.value === 0) return;
    const sofar = cotangent.get(target);
    cotangent.set(target, sofar === undefined ? contribution : k.apply("add", sofar, contribution));
  };
  for (const [node, seed] of seeds) add(node, seed);

  const outers: OuterProduct[] = [];
  const sums: VectorSum[] = [];
  const last = Math.max(-1, ...seeds.keys());
  for (let id = last; id >= 0; id--) {
    const g = cotangent.get(id);
    if (g === undefined) continue;
    const node = graph.nodes[id];
    switch (node.op) {
      case "constant":
      case "setting":
      case "leaf":
      case "noise":
        break;
      case "parameter":
        sums.push({ parameter: node.name, node: broadcast(graph, g, node.axis) });
        break;
      case "product":
      case "noise-product": {
        const [x] = node.args;
        const left = broadcast(graph, g, node.axis);
        const columns = axisOf(graph, x);
        if (node.op === "product") outers.push({ parameter: node.name, left, right: x });
        add(x, product(graph, transposed[node.op], node.name, columns, left));
        break;
      }
      case "product-transposed":
      case "noise-product-transposed":
        // only second derivatives pass here, and those are taken by pushforward of a pullback
        throw new InternalError("pullback", "a transposed product is differentiated in reverse");
      case "slice": {
        const [x] = node.args;
        add(x, padded(graph, broadcast(graph, g, node.axis), node.offset, axisOf(graph, x)));
        break;
      }
      case "concat": {
        let offset = "0";
        const whole = broadcast(graph, g, node.axis);
        for (const arg of node.args) {
          const axis = graph.nodes[arg].axis ?? scalarAxis;
          add(arg, slice(graph, whole, offset, axis));
          offset = combineAxes(offset, axis);
        }
        break;
      }
      case "sum":
        add(node.args[0], broadcast(graph, g, axisOf(graph, node.args[0])));
        break;
      case "broadcast":
        add(node.args[0], reduced(graph, g, node.args[0]));
        break;
      default: {
        const partials = elementwise[node.op].partials(k, node.args, id);
        node.args.forEach((arg, index) => {
          const partial = partials[index];
          if (partial === undefined || graph.nodes[arg].axis === null) return;
          const full = k.apply("mul", g, partial);
          // an argument that was repeated along the axis collects the sum over it
          const along = node.axis !== null && graph.nodes[arg].axis !== node.axis;
          add(arg, along ? reduced(graph, broadcast(graph, full, node.axis as string), arg) : full);
        });
      }
    }
  }
  const result = new Map<NodeId, NodeId>();
  for (const id of leaves) {
    const g = cotangent.get(id);
    if (g !== undefined) result.set(id, broadcast(graph, g, axisOf(graph, id)));
  }
  return { cotangents: result, outers, sums };
}

/**
 * Jacobian-vector product: tangents of every node from tangents of leaves.
 *
 * @param leafTangents tangent node per leaf; a leaf that is absent has tangent zero.
 * @param parameters parameters that have tangents.
 * @returns tangent per node; absent when it is zero.
 */
export function pushforward(
  graph: Graph,
  leafTangents: ReadonlyMap<NodeId, NodeId>,
  parameters: ReadonlySet<string>,
): ReadonlyMap<NodeId, NodeId> {
  const k = algebra(graph);
  const tangent = new Map<NodeId, NodeId>();
  const count = graph.nodes.length;
  for (let id = 0; id < count; id++) {
    const node = graph.nodes[id];
    const t = pushNode(graph, k, node, id, tangent, leafTangents, parameters);
    if (t === undefined) continue;
    const value = graph.nodes[t];
    if (value.op === "constant" && value.value === 0) continue;
    tangent.set(id, t);
  }
  return tangent;
}

function pushNode(
  graph: Graph,
  k: Algebra,
  node: Node,
  id: NodeId,
  tangent: ReadonlyMap<NodeId, NodeId>,
  leafTangents: ReadonlyMap<NodeId, NodeId>,
  parameters: ReadonlySet<string>,
): NodeId | undefined {
  const total = (a: NodeId | undefined, b: NodeId | undefined): NodeId | undefined =>
    a === undefined ? b : b === undefined ? a : k.apply("add", a, b);
  switch (node.op) {
    case "constant":
    case "setting":
    case "noise":
      return undefined;
    case "leaf":
      return leafTangents.get(id);
    case "parameter":
      return parameters.has(node.name) ? parameterVector(graph, tangentName(node.name), node.axis) : undefined;
    case "product":
    case "product-transposed":
    case "noise-product":
    case "noise-product-transposed": {
      const [x] = node.args;
      const dx = tangent.get(x);
      const through =
        dx === undefined
          ? undefined
          : product(graph, node.op, node.name, node.axis, broadcast(graph, dx, axisOf(graph, x)));
      const own =
        (node.op === "product" || node.op === "product-transposed") && parameters.has(node.name)
          ? product(graph, node.op, tangentName(node.name), node.axis, x)
          : undefined;
      return total(through, own);
    }
    case "slice": {
      const dx = tangent.get(node.args[0]);
      if (dx === undefined) return undefined;
      return slice(graph, broadcast(graph, dx, axisOf(graph, node.args[0])), node.offset, node.axis);
    }
    case "concat": {
      if (node.args.every((arg) => !tangent.has(arg))) return undefined;
      const parts = node.args.map((arg) => {
        const axis = graph.nodes[arg].axis ?? scalarAxis;
        return broadcast(graph, tangent.get(arg) ?? constant(graph, 0), axis);
      });
      return concat(graph, parts);
    }
    case "sum": {
      const dx = tangent.get(node.args[0]);
      return dx === undefined ? undefined : sum(graph, broadcast(graph, dx, axisOf(graph, node.args[0])));
    }
    case "broadcast": {
      const dx = tangent.get(node.args[0]);
      return dx === undefined ? undefined : broadcast(graph, dx, node.axis);
    }
    default: {
      if (!isElementwise(node)) throw new InternalError("pushforward", `no rule for ${node.op}`);
      if (node.args.every((arg) => !tangent.has(arg))) return undefined;
      const partials = elementwise[node.op].partials(k, node.args, id);
      let result: NodeId | undefined;
      node.args.forEach((arg, index) => {
        const partial = partials[index];
        const dx = tangent.get(arg);
        if (partial !== undefined && dx !== undefined) result = total(result, k.apply("mul", partial, dx));
      });
      return result;
    }
  }
}

function axisOf(graph: Graph, id: NodeId): string {
  return graph.nodes[id].axis ?? scalarAxis;
}

/** A cotangent along a longer axis, brought back to its argument's. */
function reduced(graph: Graph, g: NodeId, arg: NodeId): NodeId | undefined {
  const to = graph.nodes[arg].axis;
  if (to === null) return undefined;
  return to === scalarAxis ? sum(graph, g) : g;
}

/** Zeros before and after, so that the vector lies at `offset` in an axis. */
function padded(graph: Graph, g: NodeId, offset: string, axis: string): NodeId {
  const length = axisOf(graph, g);
  const after = combineAxes(axis, combineAxes(offset, length), -1);
  const zero = constant(graph, 0);
  const parts = [
    ...(offset === "0" ? [] : [broadcast(graph, zero, offset)]),
    g,
    ...(after === "0" ? [] : [broadcast(graph, zero, after)]),
  ];
  return concat(graph, parts);
}
