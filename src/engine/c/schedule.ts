/**
 * Orders the nodes of a scan into stages that a panel of trials goes through at each step:
 * element-wise loops over the rows of one axis, and what needs whole vectors (products, concatenation).
 *
 * A stage sees values of its own loop in registers and everything else in memory.
 */
import { type Axis, scalarAxis } from "../../cell/axis.ts";
import { argumentsOf, isElementwise, type NodeId } from "../../cell/graph.ts";
import type { Guard, Scan } from "../scan.ts";

/** Where a node that needs memory is kept. */
export type Home =
  | { readonly kind: "bound" }
  | { readonly kind: "scratch" }
  /** The place of the next value of a carry. */
  | { readonly kind: "carry"; readonly carry: number }
  /** Entry t of a buffer. */
  | { readonly kind: "store"; readonly buffer: string }
  /** Kept over a chunk of steps for a matrix gradient. */
  | { readonly kind: "kept" }
  /** Part of another node's memory. */
  | { readonly kind: "slice"; readonly of: NodeId; readonly offset: Axis };

/** A value on its way to memory besides its home. */
export type Sink =
  | { readonly kind: "carry"; readonly node: NodeId; readonly carry: number }
  | { readonly kind: "store"; readonly node: NodeId; readonly buffer: string; readonly guard: Guard }
  | { readonly kind: "kept"; readonly node: NodeId }
  /** Index into the scan's sums. */
  | { readonly kind: "sum"; readonly node: NodeId; readonly sum: number };

export type Stage =
  | {
      readonly kind: "loop";
      readonly axis: Axis;
      readonly guard: Guard;
      readonly nodes: readonly NodeId[];
      readonly sinks: readonly Sink[];
    }
  /** Products added into one vector. */
  | { readonly kind: "product"; readonly node: NodeId; readonly terms: readonly NodeId[]; readonly guard: Guard }
  | { readonly kind: "concat"; readonly node: NodeId; readonly guard: Guard };

export interface Schedule {
  readonly stages: readonly Stage[];
  /** Nodes that are one number for the whole call, arguments first. */
  readonly uniforms: readonly NodeId[];
  readonly homes: ReadonlyMap<NodeId, Home>;
}

export function scheduleScan(scan: Scan): Schedule {
  const { graph, bindings, order, carries, stores, outers, sums } = scan;
  const nodeOf = (id: NodeId) => graph.nodes[id];
  const axisOf = (id: NodeId): Axis => nodeOf(id).axis ?? scalarAxis;
  const guardOf = (id: NodeId): Guard => scan.guards.get(id) ?? "always";
  const computed = order.filter((id) => nodeOf(id).axis !== null);

  // what uses each node
  const users = new Map<NodeId, NodeId[]>();
  for (const id of computed) for (const arg of argumentsOf(nodeOf(id))) users.set(arg, [...(users.get(arg) ?? []), id]);
  const sinks: Sink[] = [
    ...carries.map(({ next }, carry): Sink => ({ kind: "carry", node: next, carry })),
    ...stores.map(({ node, buffer, guard }): Sink => ({ kind: "store", node, buffer, guard })),
    ...sums.map(({ node }, sum): Sink => ({ kind: "sum", node, sum })),
  ];
  const isSequence = (id: NodeId): boolean => bindings.get(id)?.kind === "sequence";
  for (const id of new Set(outers.flatMap(({ left, right }) => [left, right]))) {
    if (!isSequence(id)) sinks.push({ kind: "kept", node: id });
  }
  const sunk = new Set(sinks.map(({ node }) => node));

  // sums of products that can be accumulated in place
  const terms = new Map<NodeId, NodeId[]>();
  const absorbed = new Set<NodeId>();
  const isProduct = (id: NodeId): boolean =>
    ["product", "product-transposed"].includes(nodeOf(id).op) && !bindings.has(id);
  for (const id of computed) {
    if (isProduct(id)) terms.set(id, [id]);
    const node = nodeOf(id);
    if (node.op !== "add" || node.args[0] === node.args[1]) continue;
    const parts = node.args.map((arg) => {
      const alone = users.get(arg)?.length === 1 && !sunk.has(arg) && guardOf(arg) === guardOf(id);
      return alone && axisOf(arg) === axisOf(id) ? terms.get(arg) : undefined;
    });
    if (parts[0] === undefined || parts[1] === undefined) continue;
    terms.set(id, [...parts[0], ...parts[1]]);
    for (const arg of node.args) {
      absorbed.add(arg);
      terms.delete(arg);
    }
  }
  const whole = (id: NodeId): boolean =>
    terms.has(id) ||
    absorbed.has(id) ||
    ["concat", "slice", "noise-product", "noise-product-transposed"].includes(nodeOf(id).op);

  // levels: a loop at level L runs before the products of level L
  const level = new Map<NodeId, number>();
  const loopAxis = (id: NodeId): Axis => {
    const node = nodeOf(id);
    return node.op === "sum" ? axisOf(node.args[0]) : axisOf(id);
  };
  /** Values that a loop along an axis makes itself: noise is drawn in the first loop that needs it. */
  const anywhere = (id: NodeId, axis: Axis): boolean =>
    nodeOf(id).axis === null || nodeOf(id).op === "parameter" || (nodeOf(id).op === "noise" && axisOf(id) === axis);
  const inRegister = (id: NodeId, axis: Axis): boolean =>
    !bindings.has(id) && !whole(id) && nodeOf(id).op !== "sum" && axisOf(id) === axis;
  const levelOf = (id: NodeId): number => (bindings.has(id) ? -1 : (level.get(id) as number));
  for (const id of computed) {
    const args = absorbed.has(id) ? [] : (terms.get(id) ?? [id]).flatMap((term) => argumentsOf(nodeOf(term)));
    let l = whole(id) ? -1 : 0;
    for (const arg of args) {
      const drawn = nodeOf(arg).op === "noise" || nodeOf(arg).op === "parameter";
      if (whole(id)) l = Math.max(l, drawn ? 0 : levelOf(arg));
      else if (!anywhere(arg, loopAxis(id)))
        l = Math.max(l, inRegister(arg, loopAxis(id)) ? levelOf(arg) : levelOf(arg) + 1);
    }
    level.set(id, l);
  }
  for (const id of computed) {
    if (nodeOf(id).op !== "noise" || sunk.has(id)) continue;
    const consumers = (users.get(id) ?? []).map((user) => (loopAxis(user) === axisOf(id) ? levelOf(user) : 0));
    level.set(id, Math.max(0, Math.min(...consumers)));
  }

  // loops
  interface Loop {
    axis: Axis;
    guard: Guard;
    level: number;
    nodes: NodeId[];
    sinks: Sink[];
  }
  const loops = new Map<string, Loop>();
  const loopAt = (l: number, axis: Axis, guard: Guard): Loop => {
    const key = `${l} ${guard} ${axis}`;
    let loop = loops.get(key);
    if (loop === undefined) {
      loop = { axis, guard, level: l, nodes: [], sinks: [] };
      loops.set(key, loop);
    }
    return loop;
  };
  const loopOf = new Map<NodeId, Loop>();
  for (const id of computed) {
    if (whole(id)) continue;
    const loop = loopAt(level.get(id) as number, loopAxis(id), guardOf(id));
    loop.nodes.push(id);
    loopOf.set(id, loop);
  }
  // parameters are read in place: they need a loop of their own only where their memory is needed
  const needsMemory = new Set<NodeId>();
  for (const id of computed) {
    const args = absorbed.has(id) ? [] : (terms.get(id) ?? [id]).flatMap((term) => argumentsOf(nodeOf(term)));
    for (const arg of args) {
      if (nodeOf(arg).axis === null || bindings.has(arg)) continue;
      if (whole(id)) needsMemory.add(arg);
      else if (nodeOf(arg).op !== "parameter" && (loopOf.get(arg) !== loopOf.get(id) || nodeOf(arg).op === "sum"))
        needsMemory.add(arg);
    }
  }
  for (const id of computed) if (whole(id) && !absorbed.has(id)) needsMemory.add(id);

  // homes
  const homes = new Map<NodeId, Home>();
  for (const id of bindings.keys()) homes.set(id, { kind: "bound" });
  const rest: Sink[] = [];
  for (const sink of sinks) {
    const { node } = sink;
    const fits = sink.kind !== "store" || sink.guard === "always" || sink.guard === guardOf(node);
    const slice = nodeOf(node).op === "slice";
    if (sink.kind === "sum" || homes.has(node) || !fits || nodeOf(node).axis === null || slice) rest.push(sink);
    else if (sink.kind === "carry") homes.set(node, { kind: "carry", carry: sink.carry });
    else if (sink.kind === "store") homes.set(node, { kind: "store", buffer: sink.buffer });
    else homes.set(node, { kind: "kept" });
  }
  for (const id of computed) {
    const node = nodeOf(id);
    if (node.op === "slice") homes.set(id, { kind: "slice", of: node.args[0], offset: node.offset });
    else if (needsMemory.has(id) && !homes.has(id)) homes.set(id, { kind: "scratch" });
  }
  for (const sink of rest) {
    const { node } = sink;
    const own = loopOf.get(node);
    const guard = sink.kind === "store" ? sink.guard : "always";
    const inside = own !== undefined && nodeOf(node).op !== "sum" && own.guard === guard;
    const loop = inside ? own : loopAt(bindings.has(node) ? 0 : (level.get(node) ?? -1) + 1, axisOf(node), guard);
    if (!inside && own !== undefined && !homes.has(node)) homes.set(node, { kind: "scratch" });
    loop.sinks.push(sink);
  }

  const last = Math.max(0, ...[...level.values()], ...[...loops.values()].map((loop) => loop.level));
  const stages: Stage[] = [];
  for (let l = -1; l <= last; l++) {
    const now = [...loops.values()].filter((loop) => loop.level === l);
    for (const loop of now.sort((a, b) => Number(a.guard !== "always") - Number(b.guard !== "always"))) {
      const nodes = loop.nodes.filter(
        (id) => isElementwise(nodeOf(id)) || nodeOf(id).op !== "parameter" || homes.has(id),
      );
      const empty = nodes.length === 0 && loop.sinks.length === 0;
      if (!empty) stages.push({ kind: "loop", axis: loop.axis, guard: loop.guard, nodes, sinks: loop.sinks });
    }
    for (const id of computed) {
      if (!whole(id) || absorbed.has(id) || level.get(id) !== l || nodeOf(id).op === "slice") continue;
      const guard = guardOf(id);
      if (nodeOf(id).op === "concat") stages.push({ kind: "concat", node: id, guard });
      else stages.push({ kind: "product", node: id, terms: terms.get(id) ?? [id], guard });
    }
  }
  return { stages, uniforms: order.filter((id) => nodeOf(id).axis === null), homes };
}
