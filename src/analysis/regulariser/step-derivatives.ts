/** First and second derivatives of a function given as a graph, at one point. */
import { pullback, pushforward } from "../../cell/differentiate.ts";
import { apply, createGraph, type Graph, leaf, type NodeId } from "../../cell/graph.ts";
import { type Rows, repeated } from "../dynamics/rows.ts";
import { type GraphNumbers, graphValues } from "./graph-values.ts";

/** A vector of a graph that is made of several nodes, one after the other. */
export interface Part {
  readonly id: NodeId;
  readonly size: number;
  readonly offset: number;
}

export interface Derivatives {
  /** Gradient of sum(cotangent * f) with respect to the arguments, `[argument size]`. */
  readonly gradient: Float64Array;
  /** Transpose of the Jacobian with respect to the arguments, `[argument size, result size]`. */
  readonly jacobian: Float64Array;
  /** Hessian of sum(cotangent * f), `[argument size, argument size]`. */
  readonly hessian: Float64Array;
}

/** Leaves of one size that move together, each by its scale. */
export interface Movement {
  readonly size: number;
  readonly leaves: readonly { readonly id: NodeId; readonly scale: number }[];
}

/** The same for a movement, of whose Hessian only the diagonal is wanted. */
export interface DiagonalDerivatives {
  readonly jacobian: Float64Array;
  readonly hessianDiagonal: Float64Array;
}

export interface DifferentiatedGraph {
  /** Values of the results, `[result size]`. */
  value(bound: ReadonlyMap<NodeId, Rows>): Float64Array;
  /** @param cotangent of the results, `[result size]` */
  derivatives(bound: ReadonlyMap<NodeId, Rows>, cotangent: Float64Array): Derivatives;
  /** @param movement of further arguments */
  diagonal(bound: ReadonlyMap<NodeId, Rows>, cotangent: Float64Array, movement: Movement): DiagonalDerivatives;
}

/**
 * @param results nodes of f
 * @param args leaves that all derivatives are taken for
 * @param others leaves that `diagonal` moves
 */
export function differentiated(
  source: Graph,
  numbers: GraphNumbers,
  results: readonly Part[],
  args: readonly Part[],
  others: readonly NodeId[] = [],
): DifferentiatedGraph {
  const graph = createGraph(source.nodes);
  const axisOf = (id: NodeId): string => source.nodes[id].axis as string;
  const cotangents = results.map(({ id, size, offset }, index) => ({
    id: leaf(graph, `cotangent:${index}`, axisOf(id)),
    size,
    offset,
  }));
  const seeds = new Map<NodeId, NodeId>();
  for (const [index, { id }] of results.entries()) {
    const known = seeds.get(id);
    const own = cotangents[index].id;
    seeds.set(id, known === undefined ? own : apply(graph, "add", [known, own]));
  }
  const leaves = [...args.map(({ id }) => id), ...others];
  const pulled = pullback(graph, seeds, leaves).cotangents;
  const tangentLeaves = new Map(leaves.map((id) => [id, leaf(graph, `tangent:${id}`, axisOf(id))]));
  const tangents = pushforward(graph, tangentLeaves, new Set());

  const along = (
    bound: ReadonlyMap<NodeId, Rows>,
    cotangent: Float64Array,
    directions: readonly (readonly [NodeId, Rows])[],
  ) =>
    graphValues(
      graph,
      numbers,
      new Map([
        ...bound,
        ...split(cotangents, cotangent),
        ...directions.map(([id, rows]) => [tangentLeaves.get(id) as NodeId, rows] as const),
      ]),
    );
  const tangentOfPulled = (id: NodeId): NodeId | undefined => tangents.get(pulled.get(id) as NodeId);
  return {
    value: (bound) => joined(graphValues(graph, numbers, bound), 1, results, (id) => id),
    derivatives: (bound, cotangent) => {
      const count = total(args);
      const directions = args.map(({ id, size, offset }) => [id, unitRows(count, size, offset, 1)] as const);
      const value = along(bound, cotangent, directions);
      return {
        gradient: joined(value, 1, args, (id) => pulled.get(id)),
        jacobian: joined(value, count, results, (id) => tangents.get(id)),
        hessian: joined(value, count, args, tangentOfPulled),
      };
    },
    diagonal: (bound, cotangent, { size, leaves: moved }) => {
      const directions = moved.map(({ id, scale }) => [id, unitRows(size, size, 0, scale)] as const);
      const value = along(bound, cotangent, directions);
      const hessianDiagonal = new Float64Array(size);
      for (const { id, scale } of moved) {
        const hessian = joined(value, size, [{ id, size, offset: 0 }], tangentOfPulled);
        for (let i = 0; i < size; i++) hessianDiagonal[i] += scale * hessian[i * size + i];
      }
      return { jacobian: joined(value, size, results, (id) => tangents.get(id)), hessianDiagonal };
    },
  };

  function joined(
    value: (id: NodeId) => Rows,
    rows: number,
    parts: readonly Part[],
    nodeOf: (id: NodeId) => NodeId | undefined,
  ): Float64Array {
    const width = total(parts);
    const result = new Float64Array(rows * width);
    for (const { id, size, offset } of parts) {
      const node = nodeOf(id);
      if (node === undefined) continue;
      const { data } = repeated(value(node), size, rows);
      for (let r = 0; r < rows; r++) result.set(data.subarray(r * size, (r + 1) * size), r * width + offset);
    }
    return result;
  }
}

/** One vector as the values of its parts. */
export function split(parts: readonly Part[], values: Float64Array): [NodeId, Rows][] {
  return parts.map(({ id, size, offset }) => [id, { rows: 1, size, data: values.slice(offset, offset + size) }]);
}

const total = (parts: readonly Part[]): number => parts.reduce((sum, { size }) => sum + size, 0);

/** Rows `offset .. offset + size - 1` of `count` hold the unit vectors times a scale. */
function unitRows(count: number, size: number, offset: number, scale: number): Rows {
  const data = new Float64Array(count * size);
  for (let i = 0; i < size; i++) data[(offset + i) * size + i] = scale;
  return { rows: count, size, data };
}
