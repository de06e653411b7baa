/**
 * A scan: what one pass over a sequence computes at each step, in which direction, from and to which buffers.
 *
 * Six scans are derived from a cell program, and every back end runs just these:
 *
 * | scan              | direction | computes |
 * | ----------------- | --------- | -------- |
 * | evaluate          | forward   | states and outputs |
 * | forward           | forward   | the same, and what `backward` reads |
 * | backward          | reverse   | cotangents of parameters, inputs, initial state (VJP) |
 * | tangent           | forward   | states, outputs and their tangents (JVP) |
 * | tangent-forward   | forward   | the same, and what `tangent-backward` reads |
 * | tangent-backward  | reverse   | `backward` and its tangent (JVP of the VJP) |
 *
 * Values that a reverse scan needs are either stored by the forward scan or computed again; noise is always
 * drawn again from its address.
 */
import { type Axis, scalarAxis } from "../cell/axis.ts";
import { type OuterProduct, pullback, pushforward, tangentName, type VectorSum } from "../cell/differentiate.ts";
import {
  apply,
  argumentsOf,
  broadcast,
  constant,
  createGraph,
  type Graph,
  isElementwise,
  leaf,
  type NodeId,
} from "../cell/graph.ts";
import { elementwise } from "../cell/operations.ts";
import type { Program } from "../cell/program.ts";

export const scanNames = ["evaluate", "forward", "backward", "tangent", "tangent-forward", "tangent-backward"] as const;
export type ScanName = (typeof scanNames)[number];

/** Per-step values of a sequence, `[length, size]` per trial; states have one entry more than there are steps. */
export interface BufferShape {
  readonly name: string;
  readonly axis: Axis;
  readonly extra: 0 | 1;
  /** What a buffer holds: every step of the sequence, or those of the segment that is being worked on. */
  readonly span: "sequence" | "segment";
}

/** Where a node's value is read instead of being computed. */
export type Binding =
  | { readonly kind: "carry"; readonly carry: number }
  /** Entry t + shift of a buffer. */
  | { readonly kind: "sequence"; readonly buffer: string; readonly shift: 0 | 1 };

/** A vector handed from step to step. */
export interface Carry {
  readonly axis: Axis;
  readonly leaf: NodeId;
  readonly next: NodeId;
  /** Buffer that holds entry 0 before a forward scan and every value after it; or the final value of a reverse scan (length 1). */
  readonly buffer: string;
}

/** When a store, and what only it needs, may be left out. */
export type Guard = "always" | "outputs" | "inputs";

export interface Store {
  readonly node: NodeId;
  readonly buffer: string;
  readonly guard: Guard;
}

export interface Scan {
  readonly name: ScanName;
  readonly direction: 1 | -1;
  readonly graph: Graph;
  readonly bindings: ReadonlyMap<NodeId, Binding>;
  readonly carries: readonly Carry[];
  readonly stores: readonly Store[];
  readonly outers: readonly OuterProduct[];
  readonly sums: readonly VectorSum[];
  /** Nodes to compute at each step, arguments first. */
  readonly order: readonly NodeId[];
  /** Nodes that only an optional store needs. */
  readonly guards: ReadonlyMap<NodeId, Guard>;
}

export interface ScanSet {
  readonly program: Program;
  readonly buffers: readonly BufferShape[];
  readonly scans: Readonly<Record<ScanName, Scan>>;
}

export function deriveScans(program: Program): ScanSet {
  const reverse = createGraph(program.graph.nodes);
  const seeds = new Map<NodeId, NodeId>();
  const seed = (node: NodeId, cotangent: NodeId): void => {
    const known = seeds.get(node);
    seeds.set(node, known === undefined ? cotangent : apply(reverse, "add", [known, cotangent]));
  };
  const stateCotangents = program.states.map(({ name, axis, next }) => {
    const id = leaf(reverse, `c.state:${name}`, axis);
    seed(next, id);
    return id;
  });
  for (const { name, axis, node } of program.outputs) seed(node, leaf(reverse, `c.output:${name}`, axis));
  const leaves = [...program.states, ...program.inputs].map((item) => item.leaf);
  const pulled = pullback(reverse, seeds, leaves);
  const cotangentOf = new Map<NodeId, NodeId>();
  for (const { leaf: id, axis } of [...program.states, ...program.inputs]) {
    cotangentOf.set(id, pulled.cotangents.get(id) ?? broadcast(reverse, constant(reverse, 0), axis));
  }

  // the second graph extends the first, so a node has one number in both
  const both = createGraph(reverse.nodes);
  const tangents = new Map<NodeId, NodeId>();
  for (const [id, node] of reverse.nodes.entries()) {
    if (node.op === "leaf") tangents.set(id, leaf(both, tangentName(node.name), node.axis));
  }
  const pushed = pushforward(both, tangents, new Set(program.parameters.map(({ name }) => name)));
  const tangentOf = (id: NodeId, axis: Axis): NodeId => {
    const t = pushed.get(id);
    return broadcast(both, t ?? constant(both, 0), axis);
  };

  const buffers = new Map<string, BufferShape>();
  const buffer = (name: string, axis: Axis, extra: 0 | 1, span: BufferShape["span"] = "sequence"): string => {
    buffers.set(name, { name, axis, extra, span });
    return name;
  };
  const primalOutputs = (prefix: "" | "d."): Store[] =>
    program.outputs.map(({ name, axis, node }) => ({
      node: prefix === "" ? node : tangentOf(node, axis),
      buffer: buffer(`${prefix}output:${name}`, axis, 0),
      guard: "outputs",
    }));
  const primalCarries = (prefix: "" | "d."): Carry[] =>
    program.states.map(({ name, axis, leaf: id, next }) => ({
      axis,
      leaf: prefix === "" ? id : (tangents.get(id) as NodeId),
      next: prefix === "" ? next : tangentOf(next, axis),
      buffer: buffer(`${prefix}state:${name}`, axis, 1, "segment"),
    }));
  const dualNode = (prefix: "" | "d.", id: NodeId, axis: Axis): NodeId => {
    const node = cotangentOf.get(id) as NodeId;
    return prefix === "" ? node : tangentOf(node, axis);
  };
  const dualCarries = (prefix: "" | "d."): Carry[] =>
    program.states.map(({ name, axis, leaf: id }, index) => ({
      axis,
      leaf: prefix === "" ? stateCotangents[index] : (tangents.get(stateCotangents[index]) as NodeId),
      next: dualNode(prefix, id, axis),
      buffer: `${prefix}c.state:${name}`,
    }));
  const dualStores = (prefix: "" | "d."): Store[] =>
    program.inputs.map(({ name, axis, leaf: id }) => ({
      node: dualNode(prefix, id, axis),
      buffer: buffer(`${prefix}c.input:${name}`, axis, 0),
      guard: "inputs",
    }));
  for (const prefix of ["", "d."] as const) {
    for (const { name, axis } of program.inputs) buffer(`${prefix}input:${name}`, axis, 0);
    for (const { name, axis } of program.outputs) buffer(`${prefix}c.output:${name}`, axis, 0);
  }

  const pair = (
    graph: Graph,
    prefixes: readonly ("" | "d.")[],
    outers: readonly OuterProduct[],
    sums: readonly VectorSum[],
  ) => {
    const forward = {
      direction: 1 as const,
      graph,
      carries: prefixes.flatMap(primalCarries),
      stores: prefixes.flatMap(primalOutputs),
      outers: [],
      sums: [],
    };
    const backward = {
      direction: -1 as const,
      graph,
      carries: prefixes.flatMap(dualCarries),
      stores: prefixes.flatMap(dualStores),
      outers,
      sums,
    };
    const plan = planStorage(forward, backward, prefixes.length === 1 ? "" : "d.");
    for (const store of plan.saved) buffer(store.buffer, graph.nodes[store.node].axis ?? scalarAxis, 0, "segment");
    return {
      evaluate: finish({ ...forward, bindings: leafBindings(forward) }),
      forward: finish({ ...forward, stores: [...forward.stores, ...plan.saved], bindings: leafBindings(forward) }),
      backward: finish({ ...backward, bindings: plan.bindings }),
    };
  };

  const first = pair(reverse, [""], pulled.outers, pulled.sums);
  const outers2: OuterProduct[] = [...pulled.outers];
  for (const { parameter, left, right } of pulled.outers) {
    const dLeft = pushed.get(left);
    const dRight = pushed.get(right);
    const axis = (id: NodeId): Axis => both.nodes[id].axis ?? scalarAxis;
    if (dLeft !== undefined)
      outers2.push({ parameter: tangentName(parameter), left: broadcast(both, dLeft, axis(left)), right });
    if (dRight !== undefined)
      outers2.push({ parameter: tangentName(parameter), left, right: broadcast(both, dRight, axis(right)) });
  }
  const sums2: VectorSum[] = [...pulled.sums];
  for (const { parameter, node } of pulled.sums) {
    const t = pushed.get(node);
    if (t !== undefined)
      sums2.push({ parameter: tangentName(parameter), node: broadcast(both, t, both.nodes[node].axis ?? scalarAxis) });
  }
  const second = pair(both, ["", "d."], outers2, sums2);

  const named = (scan: Omit<Scan, "name">, name: ScanName): Scan => ({ ...scan, name });
  return {
    program,
    buffers: [...buffers.values()],
    scans: {
      evaluate: named(first.evaluate, "evaluate"),
      forward: named(first.forward, "forward"),
      backward: named(first.backward, "backward"),
      tangent: named(second.evaluate, "tangent"),
      "tangent-forward": named(second.forward, "tangent-forward"),
      "tangent-backward": named(second.backward, "tangent-backward"),
    },
  };
}

type Draft = Pick<Scan, "direction" | "graph" | "carries" | "stores" | "outers" | "sums">;

function leafBindings({ graph, carries }: Draft): Map<NodeId, Binding> {
  const bindings = new Map<NodeId, Binding>();
  for (const [id, node] of graph.nodes.entries()) {
    if (node.op === "leaf") bindings.set(id, { kind: "sequence", buffer: node.name, shift: 0 });
  }
  for (const [carry, { leaf: id }] of carries.entries()) bindings.set(id, { kind: "carry", carry });
  return bindings;
}

function roots({ carries, stores, outers, sums }: Draft): NodeId[] {
  return [
    ...carries.map(({ next }) => next),
    ...stores.map(({ node }) => node),
    ...outers.flatMap(({ left, right }) => [left, right]),
    ...sums.map(({ node }) => node),
  ];
}

/**
 * Decides what the forward scan stores for the reverse scan.
 *
 * A value that the reverse scan needs is read from a sequence that exists anyway (state, input), computed again when
 * cheap operations lead to it from such values or from one stored value, and stored otherwise.
 */
function planStorage(
  forward: Draft,
  backward: Draft,
  prefix: "" | "d.",
): { saved: Store[]; bindings: Map<NodeId, Binding> } {
  const { graph } = backward;
  const dual = new Set<NodeId>();
  for (const [id, node] of graph.nodes.entries()) {
    const fromCotangent = node.op === "leaf" && /^(d\.)?c\./.test(node.name);
    if (fromCotangent || argumentsOf(node).some((arg) => dual.has(arg))) dual.add(id);
  }
  const bindings = leafBindings(backward);
  for (const { next, buffer } of forward.carries) {
    if (!bindings.has(next) && graph.nodes[next].axis !== null)
      bindings.set(next, { kind: "sequence", buffer, shift: 1 });
  }

  const frontier = new Set<NodeId>();
  const visited = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    if (visited.has(id)) return;
    visited.add(id);
    if (!dual.has(id)) frontier.add(id);
    else for (const arg of argumentsOf(graph.nodes[id])) visit(arg);
  };
  for (const root of roots(backward)) visit(root);

  const saved: Store[] = [];
  const cheap = (id: NodeId): boolean => {
    const node = graph.nodes[id];
    return (isElementwise(node) && elementwise[node.op].cheap) || node.op === "broadcast" || node.op === "slice";
  };
  /** Values at which going back through cheap operations ends, as far as they are not at hand. */
  const sources = (id: NodeId, found: Set<NodeId>): Set<NodeId> => {
    const node = graph.nodes[id];
    if (bindings.has(id) || node.axis === null || node.op === "parameter") return found;
    if (!cheap(id)) found.add(id);
    else for (const arg of argumentsOf(node)) sources(arg, found);
    return found;
  };
  const save = (id: NodeId): void => {
    const buffer = `saved${prefix}:${id}`;
    saved.push({ node: id, buffer, guard: "always" });
    bindings.set(id, { kind: "sequence", buffer, shift: 0 });
  };
  for (const id of [...frontier].sort((a, b) => a - b)) {
    const needed = sources(id, new Set());
    if (needed.size === 0) continue;
    const [only] = needed;
    if (needed.size > 1) save(id);
    else if (graph.nodes[only].op !== "noise") save(only);
  }
  return { saved, bindings };
}

/** The order of computation and what optional stores alone need. */
function finish(draft: Draft & Pick<Scan, "bindings">): Omit<Scan, "name"> {
  const { graph, bindings, stores } = draft;
  const reach = (starts: readonly NodeId[]): Set<NodeId> => {
    const found = new Set<NodeId>();
    const visit = (id: NodeId): void => {
      if (found.has(id) || bindings.has(id)) return;
      found.add(id);
      for (const arg of argumentsOf(graph.nodes[id])) visit(arg);
    };
    for (const start of starts) visit(start);
    return found;
  };
  const all = reach(roots(draft));
  const guards = new Map<NodeId, Guard>();
  const always = reach(roots({ ...draft, stores: stores.filter(({ guard }) => guard === "always") }));
  for (const guard of ["outputs", "inputs"] as const) {
    for (const id of reach(stores.filter((store) => store.guard === guard).map(({ node }) => node))) {
      if (!always.has(id)) guards.set(id, guards.has(id) ? "always" : guard);
    }
  }
  return { ...draft, order: [...all].sort((a, b) => a - b), guards };
}
