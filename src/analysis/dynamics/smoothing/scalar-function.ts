/** A function of one unit's random drive, cut out of the graph of a step, with its derivatives. */
import { pushforward } from "../../../cell/differentiate.ts";
import { type ActivationName, activations, expression } from "../../../cell/expression.ts";
import { apply, constant, createGraph, type Graph, isElementwise, leaf, type NodeId } from "../../../cell/graph.ts";
import { type ElementwiseOp, elementwise } from "../../../cell/operations.ts";
import { InternalError } from "../../../core/errors.ts";

/** Numbers, one per noise-free operand, that a function depends on besides its argument. */
export type Surroundings = ArrayLike<number>;

export type Scalar = (x: number, surroundings: Surroundings) => number;

/** y = F(x; c) of one argument x and noise-free numbers c. */
export interface ScalarFunction {
  /** Equal for equal functions: the operations with their constants. */
  readonly text: string;
  readonly value: Scalar;
  readonly slope: Scalar;
  readonly curvature: Scalar;
  /** dF / dc_k. */
  readonly partials: readonly Scalar[];
  /** What changes sign where F has a kink or a jump. */
  readonly switches: readonly Scalar[];
}

/** Argument of a function, in a graph of its own. */
interface Cut {
  readonly graph: Graph;
  readonly x: NodeId;
  readonly surroundings: readonly NodeId[];
  readonly y: NodeId;
}

/** An activation by its name. */
export function activationFunction(name: ActivationName): ScalarFunction {
  const graph = createGraph();
  const x = leaf(graph, "x", "1");
  const y = activations[name](expression(graph, x)).id;
  return scalarFunction({ graph, x, surroundings: [], y });
}

/**
 * The element-wise part of a graph between two of its nodes.
 *
 * @param base the argument
 * @param isRandom what depends on noise; everything else becomes a constant or one of the surroundings
 * @param numberOf value of a node that is a constant of the whole call, if it is one
 * @returns the function, and the nodes of the graph that its surroundings are
 */
export function functionBetween(
  graph: Graph,
  base: NodeId,
  y: NodeId,
  isRandom: (id: NodeId) => boolean,
  numberOf: (id: NodeId) => number | undefined,
): { readonly fn: ScalarFunction; readonly surroundings: readonly NodeId[] } {
  const own = createGraph();
  const x = leaf(own, "x", "1");
  const copies = new Map<NodeId, NodeId>([[base, x]]);
  const outside: NodeId[] = [];
  const surroundings: NodeId[] = [];
  const copy = (id: NodeId): NodeId => {
    const known = copies.get(id);
    if (known !== undefined) return known;
    const node = graph.nodes[id];
    let made: NodeId;
    const number = isRandom(id) ? undefined : numberOf(id);
    if (number !== undefined) made = constant(own, number);
    else if (isRandom(id) && isElementwise(node)) made = apply(own, node.op, node.args.map(copy));
    else if (isRandom(id)) throw new InternalError("function of a drive", `${node.op} is not element-wise`);
    else {
      made = leaf(own, `c${outside.length}`, "1");
      outside.push(id);
      surroundings.push(made);
    }
    copies.set(id, made);
    return made;
  };
  return { fn: scalarFunction({ graph: own, x, surroundings, y: copy(y) }), surroundings: outside };
}

function scalarFunction({ graph, x, surroundings, y }: Cut): ScalarFunction {
  const text = nodeText(graph, y);
  const switched = switchNodes(graph, y);
  const one = constant(graph, 1);
  const derivative = (of: NodeId, by: NodeId): NodeId =>
    pushforward(graph, new Map([[by, one]]), new Set()).get(of) ?? constant(graph, 0);
  const slope = derivative(y, x);
  const curvature = derivative(slope, x);
  const partials = surroundings.map((c) => derivative(y, c));
  const arguments_ = [x, ...surroundings];
  const made = (id: NodeId): Scalar => compiled(graph, arguments_, id);
  return {
    text,
    value: made(y),
    slope: made(slope),
    curvature: made(curvature),
    partials: partials.map(made),
    switches: switched.map(made),
  };
}

function nodeText(graph: Graph, id: NodeId): string {
  const node = graph.nodes[id];
  if (node.op === "constant") return String(node.value);
  if (node.op === "leaf") return node.name;
  const args = "args" in node ? node.args : [];
  return `${node.op}(${args.map((arg) => nodeText(graph, arg)).join(",")})`;
}

/** Nodes whose sign decides which branch of F holds; those of constants are left out. */
function switchNodes(graph: Graph, y: NodeId): NodeId[] {
  const found = new Set<NodeId>();
  const seen = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const node = graph.nodes[id];
    if (seen.has(id) || !isElementwise(node)) return;
    seen.add(id);
    const { op, args } = node;
    if (op === "relu" || op === "abs" || op === "step" || op === "sign" || op === "where") found.add(args[0]);
    if (op === "max" || op === "min") found.add(apply(graph, "sub", args));
    for (const arg of args) visit(arg);
  };
  visit(y);
  return [...found].filter((id) => graph.nodes[id].op !== "constant");
}

/** One node as a function of numbers: its operations in order, on a row of slots. */
function compiled(graph: Graph, inputs: readonly NodeId[], target: NodeId): Scalar {
  const slotOf = new Map<NodeId, number>();
  for (const id of inputs) slotOf.set(id, slotOf.size);
  const constants: [number, number][] = [];
  const steps: { readonly op: ElementwiseOp; readonly args: readonly number[]; readonly slot: number }[] = [];
  const place = (id: NodeId): number => {
    const known = slotOf.get(id);
    if (known !== undefined) return known;
    const node = graph.nodes[id];
    if (node.op === "constant") {
      const slot = slotOf.size;
      slotOf.set(id, slot);
      constants.push([slot, node.value]);
      return slot;
    }
    if (!isElementwise(node)) throw new InternalError("function of a drive", `${node.op} is not element-wise`);
    const args = node.args.map(place);
    const slot = slotOf.size;
    slotOf.set(id, slot);
    steps.push({ op: node.op, args, slot });
    return slot;
  };
  const result = place(target);
  const slots = new Float64Array(slotOf.size);
  for (const [slot, value] of constants) slots[slot] = value;
  const run = steps.map(({ op, args: [a, b, c], slot }) => ({ value: elementwise[op].value, a, b, c, slot }));
  const count = inputs.length - 1;
  return (x, surroundings) => {
    slots[0] = x;
    for (let k = 0; k < count; k++) slots[k + 1] = surroundings[k];
    for (const { value, a, b, c, slot } of run) slots[slot] = value(slots[a], slots[b], slots[c]);
    return slots[result];
  };
}
