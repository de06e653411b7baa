/** Parts of one graph written into another, with some of its nodes replaced. */
import {
  apply,
  argumentsOf,
  broadcast,
  concat,
  constant,
  type Graph,
  isElementwise,
  leaf,
  type Node,
  type NodeId,
  noiseVector,
  parameterVector,
  product,
  setting,
  slice,
  sum,
} from "../../cell/graph.ts";
import { InternalError } from "../../core/errors.ts";

/**
 * Copies what a node of `source` depends on into `target`, which folds what constants make superfluous.
 *
 * @param replaced what stands in the place of a node, made when it is first met
 * @returns node of `target` for a node of `source`
 */
export function copier(
  source: Graph,
  target: Graph,
  replaced: ReadonlyMap<NodeId, () => NodeId>,
): (id: NodeId) => NodeId {
  const copies = new Map<NodeId, NodeId>();
  const copy = (id: NodeId): NodeId => {
    const known = copies.get(id);
    if (known !== undefined) return known;
    const made = replaced.get(id)?.() ?? written(id);
    copies.set(id, made);
    return made;
  };
  const written = (id: NodeId): NodeId => {
    const node = source.nodes[id];
    const args = argumentsOf(node).map(copy);
    /** An argument along the axis that it has in the source: a replacement may be one number. */
    const whole = (index: number): NodeId => {
      const { axis } = source.nodes[argumentsOf(node)[index]];
      return axis === null ? args[index] : broadcast(target, args[index], axis);
    };
    switch (node.op) {
      case "constant":
        return constant(target, node.value);
      case "setting":
        return setting(target, node.name);
      case "leaf":
        return leaf(target, node.name, node.axis);
      case "parameter":
        return parameterVector(target, node.name, node.axis);
      case "noise":
        return noiseVector(target, node.name, node.axis);
      case "product":
      case "product-transposed":
      case "noise-product":
      case "noise-product-transposed": {
        const { axis } = target.nodes[args[0]];
        const isZero = axis === null && isZeroConstant(target, args[0]);
        return isZero ? constant(target, 0) : product(target, node.op, node.name, node.axis, whole(0));
      }
      case "slice":
        return isZeroConstant(target, args[0]) ? args[0] : slice(target, whole(0), node.offset, node.axis);
      case "concat":
        return concat(
          target,
          args.map((_, index) => whole(index)),
        );
      case "sum":
        return isZeroConstant(target, args[0]) ? args[0] : sum(target, whole(0));
      case "broadcast":
        return isZeroConstant(target, args[0]) ? args[0] : broadcast(target, args[0], node.axis);
      default:
        if (isElementwise(node)) return apply(target, node.op, args);
        throw new InternalError("regulariser", `no copy of ${(node as Node).op}`);
    }
  };
  return copy;
}

function isZeroConstant(graph: Graph, id: NodeId): boolean {
  const node = graph.nodes[id];
  return node.op === "constant" && node.value === 0;
}
