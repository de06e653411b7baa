/** Values of the nodes of a graph, one row per sample or direction. */
import { axisSize } from "../../cell/axis.ts";
import { type Graph, isElementwise, type NodeId } from "../../cell/graph.ts";
import { InternalError } from "../../core/errors.ts";
import {
  applied,
  concatenated,
  filled,
  product,
  type Rows,
  repeated,
  sliced,
  summed,
  transposedProduct,
} from "../dynamics/rows.ts";

export interface GraphNumbers {
  readonly sizes: Readonly<Record<string, number>>;
  readonly settings: Readonly<Record<string, number>>;
  readonly parameters: Readonly<Record<string, Float64Array>>;
}

/**
 * Evaluates nodes as they are asked for, in float64.
 *
 * @param bound values of leaves; a leaf that is absent is 0, and so is white noise
 * @param noiseProduct value of a noise matrix times a vector
 */
export function graphValues(
  graph: Graph,
  { sizes, settings, parameters }: GraphNumbers,
  bound: ReadonlyMap<NodeId, Rows>,
  noiseProduct?: (site: string, x: Rows, size: number) => Rows,
): (id: NodeId) => Rows {
  const values = new Map<NodeId, Rows>(bound);
  const value = (id: NodeId): Rows => {
    const known = values.get(id);
    if (known !== undefined) return known;
    const made = compute(id);
    values.set(id, made);
    return made;
  };
  const compute = (id: NodeId): Rows => {
    const node = graph.nodes[id];
    const size = node.axis === null ? 1 : axisSize(node.axis, sizes);
    switch (node.op) {
      case "constant":
        return filled(node.value, 1);
      case "setting":
        return filled(settings[node.name], 1);
      case "leaf":
      case "noise":
        return filled(0, size);
      case "parameter":
        return { rows: 1, size, data: parameters[node.name] };
      case "product":
        return product(parameters[node.name], value(node.args[0]), size);
      case "product-transposed":
        return transposedProduct(parameters[node.name], value(node.args[0]), size);
      case "slice":
        return sliced(value(node.args[0]), axisSize(node.offset, sizes), size);
      case "concat":
        return concatenated(node.args.map(value), size);
      case "sum":
        return summed(value(node.args[0]));
      case "broadcast":
        return repeated(value(node.args[0]), size);
      case "noise-product":
        if (noiseProduct !== undefined) return noiseProduct(node.name, value(node.args[0]), size);
        throw new InternalError("regulariser", `a noise matrix without values: ${node.name}`);
      default:
        if (isElementwise(node)) return applied(node.op, node.args.map(value), size);
        throw new InternalError("regulariser", `no value of ${node.op}`);
    }
  };
  return value;
}
