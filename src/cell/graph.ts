/**
 * The graph that equations are traced into.
 *
 * A node is a vector per sample over an axis, or (axis `null`) one number for the whole call.
 * Equal nodes are shared, and arithmetic with constants is folded as nodes are added, so transforms
 * can be written naively.
 */
import { InternalError, ShapeError } from "../core/errors.ts";
import { type Axis, combineAxes, scalarAxis } from "./axis.ts";
import { type ElementwiseOp, elementwise } from "./operations.ts";

export type NodeId = number;

export type Node =
  /** A number known when the equations are written. */
  | { readonly op: "constant"; readonly axis: null; readonly value: number }
  /** A numeric setting of the cell, chosen at each call. */
  | { readonly op: "setting"; readonly axis: null; readonly name: string }
  /** A vector that a scan supplies at each step: state, input, saved value, cotangent. */
  | { readonly op: "leaf"; readonly axis: Axis; readonly name: string }
  /** A vector of parameters, the same for every sample. */
  | { readonly op: "parameter"; readonly axis: Axis; readonly name: string }
  /** Noise values of a site, drawn anew at each step. */
  | { readonly op: "noise"; readonly axis: Axis; readonly name: string }
  /** Parameter matrix `name` (`[axis, columns]`) times a vector. */
  | { readonly op: "product"; readonly axis: Axis; readonly name: string; readonly args: readonly [NodeId] }
  /** Its transpose times a vector. */
  | { readonly op: "product-transposed"; readonly axis: Axis; readonly name: string; readonly args: readonly [NodeId] }
  /** A matrix of noise values, drawn once per trial, times a vector (weight noise). */
  | { readonly op: "noise-product"; readonly axis: Axis; readonly name: string; readonly args: readonly [NodeId] }
  | {
      readonly op: "noise-product-transposed";
      readonly axis: Axis;
      readonly name: string;
      readonly args: readonly [NodeId];
    }
  | { readonly op: "slice"; readonly axis: Axis; readonly offset: Axis; readonly args: readonly [NodeId] }
  | { readonly op: "concat"; readonly axis: Axis; readonly args: readonly NodeId[] }
  /** Sum over units: one number per sample. */
  | { readonly op: "sum"; readonly axis: typeof scalarAxis; readonly args: readonly [NodeId] }
  /** A number per sample (or per call) repeated along an axis. */
  | { readonly op: "broadcast"; readonly axis: Axis; readonly args: readonly [NodeId] }
  | { readonly op: ElementwiseOp; readonly axis: Axis | null; readonly args: readonly NodeId[] };

/** Nodes in an order in which arguments come before their users. */
export interface Graph {
  readonly nodes: Node[];
  readonly known: Map<string, NodeId>;
}

export function createGraph(nodes: readonly Node[] = []): Graph {
  const graph: Graph = { nodes: [], known: new Map() };
  for (const node of nodes) push(graph, node);
  return graph;
}

export function argumentsOf(node: Node): readonly NodeId[] {
  return "args" in node ? node.args : [];
}

export function isElementwise(node: Node): node is Node & { op: ElementwiseOp; args: readonly NodeId[] } {
  return node.op in elementwise;
}

function push(graph: Graph, node: Node): NodeId {
  const key = JSON.stringify(node);
  const known = graph.known.get(key);
  if (known !== undefined) return known;
  graph.nodes.push(node);
  graph.known.set(key, graph.nodes.length - 1);
  return graph.nodes.length - 1;
}

// Leaves

export const constant = (graph: Graph, value: number): NodeId => push(graph, { op: "constant", axis: null, value });
export const setting = (graph: Graph, name: string): NodeId => push(graph, { op: "setting", axis: null, name });
export const leaf = (graph: Graph, name: string, axis: Axis): NodeId => push(graph, { op: "leaf", axis, name });
export const parameterVector = (graph: Graph, name: string, axis: Axis): NodeId =>
  push(graph, { op: "parameter", axis, name });
export const noiseVector = (graph: Graph, name: string, axis: Axis): NodeId => push(graph, { op: "noise", axis, name });

// Structure

export function product(
  graph: Graph,
  op: "product" | "product-transposed" | "noise-product" | "noise-product-transposed",
  name: string,
  axis: Axis,
  arg: NodeId,
): NodeId {
  return push(graph, { op, axis, name, args: [arg] });
}

export function slice(graph: Graph, arg: NodeId, offset: Axis, axis: Axis): NodeId {
  if (offset === "0" && graph.nodes[arg].axis === axis) return arg;
  return push(graph, { op: "slice", axis, offset, args: [arg] });
}

export function concat(graph: Graph, args: readonly NodeId[]): NodeId {
  if (args.length === 1) return args[0];
  const parts = args.map((arg) => (graph.nodes[arg].axis === null ? broadcast(graph, arg, scalarAxis) : arg));
  let axis: Axis = "0";
  for (const part of parts) axis = combineAxes(axis, graph.nodes[part].axis as Axis);
  return push(graph, { op: "concat", axis, args: parts });
}

export function sum(graph: Graph, arg: NodeId): NodeId {
  const { axis } = graph.nodes[arg];
  if (axis === null) throw new InternalError("graph", "sum over units of a number that has no axis");
  return axis === scalarAxis ? arg : push(graph, { op: "sum", axis: scalarAxis, args: [arg] });
}

/** The node itself when it already has the axis. */
export function broadcast(graph: Graph, arg: NodeId, axis: Axis): NodeId {
  const from = graph.nodes[arg].axis;
  if (from === axis) return arg;
  if (from !== null && from !== scalarAxis) {
    throw new InternalError("graph", `a vector over ${from} cannot be repeated along ${axis}`);
  }
  return push(graph, { op: "broadcast", axis, args: [arg] });
}

// Element by element

/**
 * @throws ShapeError when the arguments have two different axes.
 */
export function apply(graph: Graph, op: ElementwiseOp, args: readonly NodeId[]): NodeId {
  const axis = commonAxis(graph, op, args);
  const values = args.map((arg) => constantValue(graph, arg));
  if (values.every((value) => value !== undefined)) {
    return constant(graph, elementwise[op].value(...(values as number[])));
  }
  const short = simplify(graph, op, args, values, axis);
  return short ?? push(graph, { op, axis, args: [...args] });
}

export function constantValue(graph: Graph, id: NodeId): number | undefined {
  const node = graph.nodes[id];
  return node.op === "constant" ? node.value : undefined;
}

function commonAxis(graph: Graph, op: string, args: readonly NodeId[]): Axis | null {
  let axis: Axis | null = null;
  for (const arg of args) {
    const other = graph.nodes[arg].axis;
    if (other === null || other === axis) continue;
    if (axis === null || axis === scalarAxis) axis = other;
    else if (other !== scalarAxis) {
      throw new ShapeError({
        place: op,
        rule: `operands must lie along the same axis, got ${axis} and ${other}`,
        remedy: "multiply by a matrix, slice or sum to bring them to one axis",
      });
    }
  }
  return axis;
}

function simplify(
  graph: Graph,
  op: ElementwiseOp,
  args: readonly NodeId[],
  values: readonly (number | undefined)[],
  axis: Axis | null,
): NodeId | undefined {
  const [a, b] = args;
  const keep = (id: NodeId): NodeId | undefined => (graph.nodes[id].axis === axis ? id : undefined);
  switch (op) {
    case "add":
      return values[0] === 0 ? keep(b) : values[1] === 0 ? keep(a) : undefined;
    case "sub":
      if (values[1] === 0) return keep(a);
      return values[0] === 0 ? apply(graph, "neg", [b]) : undefined;
    case "mul":
      // 0 * x is folded to 0: exact for every finite x, and divergence is reported on the forward values
      if (values[0] === 0 || values[1] === 0) return constant(graph, 0);
      if (values[0] === 1) return keep(b);
      if (values[1] === 1) return keep(a);
      if (values[0] === -1) return apply(graph, "neg", [b]);
      return values[1] === -1 ? apply(graph, "neg", [a]) : undefined;
    case "div":
      return values[1] === 1 ? keep(a) : undefined;
    case "neg": {
      const inner = graph.nodes[a];
      return inner.op === "neg" ? inner.args[0] : undefined;
    }
    default:
      return undefined;
  }
}
