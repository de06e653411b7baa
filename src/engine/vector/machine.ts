/**
 * Scans interpreted over WebAssembly vector routines, one call per operation, panel and step.
 *
 * For a user's own cell where no compiler exists. Calls cost most in small networks; in large ones the time is in the
 * products, which are the same. Memory and noise are those of compiled scans.
 */
import { scalarAxis } from "../../cell/axis.ts";
import { isElementwise, type NodeId } from "../../cell/graph.ts";
import { InternalError } from "../../core/errors.ts";
import { lawCodes } from "../../core/random.ts";
import { padding } from "../c/layout.ts";
import { routineName } from "../c/routines.ts";
import { type PanelMemory, panelMemory } from "../compiled/memory.ts";
import type { Precision } from "../contract.ts";
import type { GradientArrays, Machine, ScanPass } from "../machine.ts";
import type { Scan, ScanSet } from "../scan.ts";
import type { WasmInstance } from "../wasm/contract.ts";

export function interpretedMachine(
  set: ScanSet,
  instance: WasmInstance,
  variant: string,
  precision: Precision,
): Machine {
  const memory = panelMemory(set, instance, precision);
  return {
    ...memory,
    backend: "vector",
    variant,
    threads: 1,
    segmentUnit: 1,
    close: () => {},
    run: (name, pass) => {
      const [from, to] = pass.members;
      return Array.from({ length: to - from }, (_, index) =>
        runScan(set, set.scans[name], memory, instance.functions, from + index, pass),
      );
    },
  };
}

type Routines = WasmInstance["functions"];

/** Where a node is during a step of a panel: a fixed address, or one that the position decides. */
type Place = (p: number, t: number) => number;

function runScan(
  set: ScanSet,
  scan: Scan,
  memory: PanelMemory,
  routines: Routines,
  member: number,
  { steps: [first, end], inputs: wantInputs }: ScanPass,
): GradientArrays {
  const { graph, bindings, carries, direction } = scan;
  const { noise, settings, stepCount, batchSize, outputFrom } = memory.dimensions(member);
  const isFirstPass = direction === 1 || end === stepCount;
  const { panel, bytes } = memory;
  const rowBytes = panel * bytes;
  const nodeOf = (id: NodeId) => graph.nodes[id];
  const axisOf = (id: NodeId): string => nodeOf(id).axis ?? scalarAxis;
  const rowsOf = (id: NodeId): number => memory.size(axisOf(id));
  const lanesPerVector = 16 / bytes;
  const vectorsOf = (p: number): number => Math.ceil(Math.min(panel, batchSize - p * panel) / lanesPerVector);
  // noise is drawn in blocks of four rows
  const scratch = (key: string, rows: number): number =>
    memory.claim(`${scan.name} ${key}`, () => Math.ceil(rows / 4) * 4 * panel).address;
  const panelCount = memory.panels();
  /** Rows of every panel, that last from step to step. */
  const lasting = (key: string, rows: number): Place => {
    const stride = Math.ceil(rows / 4) * 4 * rowBytes;
    const { address } = memory.claim(`${member} ${scan.name} ${key}`, () => (panelCount * stride) / bytes);
    return (p) => address + p * stride;
  };
  const inSegment = new Set(set.buffers.filter(({ span }) => span === "segment").map(({ name }) => name));
  const entry = (buffer: string, shift: number): Place => {
    const { address, size } = memory.buffer(member, buffer);
    const from = inSegment.has(buffer) ? first : 0;
    return (p, t) => address + ((t - from + shift) * panelCount + p) * size * rowBytes;
  };
  const fixed =
    (address: number): Place =>
    () =>
      address;

  // places
  const carryPlaces = carries.map(({ buffer, axis }, index) =>
    direction === 1 ? entry(buffer, 0) : lasting(`carry ${index}`, memory.size(axis)),
  );
  const places = new Map<NodeId, Place>();
  for (const [id, binding] of bindings) {
    if (binding.kind === "carry") places.set(id, carryPlaces[binding.carry]);
    else if (used(scan, id)) places.set(id, entry(binding.buffer, binding.shift));
  }
  const place = (id: NodeId): Place => {
    const known = places.get(id);
    if (known === undefined) throw new InternalError("interpreter", `node ${id} has no place`);
    return known;
  };
  /** Step from row to row of an argument: 0 repeats its only row. */
  const stepOf = (arg: NodeId, along: string): number =>
    axisOf(arg) === scalarAxis && along !== scalarAxis ? 0 : panel;

  const drawRows = (site: string, to: number, rows: number, p: number, step: number): void => {
    const source = noise.sites[site];
    if (source === undefined || source.intensity === 0) {
      routines.fill_rows(to, 0, rows);
      return;
    }
    const number = set.program.noises.find((leaf) => leaf.site === site)?.number as number;
    const trials = memory.trials(member).address + p * panel * 4;
    const [key0, key1] = [noise.seed % 2 ** 32, Math.floor(noise.seed / 2 ** 32)];
    const law = lawCodes[source.law];
    const strength = noise.mirrored === true ? -source.intensity : source.intensity;
    routines.draw_rows(to, rows, law, strength, trials, number, step, noise.stream, key0, key1, vectorsOf(p));
  };

  // one action per node, per step or once per panel or call
  const actions: { readonly id: NodeId; readonly run: (p: number, t: number) => void }[] = [];
  const perPanel: ((p: number) => void)[] = [];
  for (const id of scan.order) {
    const node = nodeOf(id);
    const rows = rowsOf(id);
    if (node.op === "slice") {
      const [source, offset] = [place(node.args[0]), memory.size(node.offset) * rowBytes];
      places.set(id, (p, t) => source(p, t) + offset);
      continue;
    }
    const to = scratch(`node ${id}`, rows);
    places.set(id, fixed(to));
    if (node.op === "constant") routines.fill_rows(to, node.value, 1);
    else if (node.op === "setting") routines.fill_rows(to, settings[node.name], 1);
    else if (node.op === "parameter") {
      const values = memory.parameter(member, node.name);
      if (values === 0) routines.fill_rows(to, 0, rows);
      else routines.spread_rows(to, values, rows);
    } else if (node.op === "noise") {
      actions.push({ id, run: (p, t) => drawRows(node.name, to, rows, p, noise.firstStep + t) });
    } else if (node.op === "product" || node.op === "product-transposed") {
      const [x] = node.args;
      const [columns, values, from] = [rowsOf(x), memory.parameter(member, node.name), place(x)];
      const key = `${scan.name} packed ${node.name} ${node.op}`;
      const packed = values === 0 ? 0 : memory.claim(key, () => (rows + padding.packedRows) * columns).address;
      const [rowStride, columnStride] = node.op === "product" ? [columns, 1] : [1, rows];
      if (packed !== 0) routines.pack_matrix(packed, values, rows, columns, rowStride, columnStride);
      actions.push({ id, run: (p, t) => routines.multiply(to, packed, rows, columns, from(p, t), vectorsOf(p)) });
    } else if (node.op === "noise-product" || node.op === "noise-product-transposed") {
      const [x] = node.args;
      const [columns, from, transposed] = [rowsOf(x), place(x), Number(node.op === "noise-product-transposed")];
      const matrix = lasting(`trial matrix ${node.name}`, rows * columns);
      perPanel.push((p) => drawRows(node.name, matrix(p, 0), rows * columns, p, 0));
      actions.push({
        id,
        run: (p, t) =>
          routines.multiply_per_trial(to, matrix(p, 0), rows, columns, from(p, t), vectorsOf(p), transposed),
      });
    } else if (node.op === "concat") {
      let offset = 0;
      for (const arg of node.args) {
        const [target, from, count] = [to + offset * rowBytes, place(arg), rowsOf(arg)];
        actions.push({ id, run: (p, t) => routines.copy_panel(target, from(p, t), panel, count) });
        offset += count;
      }
    } else if (node.op === "sum") {
      const [from, count] = [place(node.args[0]), rowsOf(node.args[0])];
      actions.push({ id, run: (p, t) => routines.sum_rows(to, from(p, t), count, vectorsOf(p)) });
    } else if (node.op === "broadcast") {
      const [from, step] = [place(node.args[0]), stepOf(node.args[0], axisOf(id))];
      actions.push({ id, run: (p, t) => routines.copy_panel(to, from(p, t), step, rows) });
    } else if (isElementwise(node)) {
      const routine = routines[routineName(node.op)];
      const [a, b, c] = node.args.map(place);
      const [i, j, k] = node.args.map((arg) => stepOf(arg, axisOf(id)));
      const run: (p: number, t: number) => void =
        c !== undefined
          ? (p, t) => routine(to, a(p, t), i, b(p, t), j, c(p, t), k, rows, vectorsOf(p))
          : b !== undefined
            ? (p, t) => routine(to, a(p, t), i, b(p, t), j, rows, vectorsOf(p))
            : (p, t) => routine(to, a(p, t), i, rows, vectorsOf(p));
      // a number per call: once, for the fullest panel
      if (node.axis === null) run(0, 0);
      else actions.push({ id, run });
    } else {
      throw new InternalError("interpreter", `no rule for ${node.op}`);
    }
  }

  const skipped = (guard: string, t: number): boolean =>
    (guard === "outputs" && t < outputFrom) || (guard === "inputs" && !wantInputs);
  const stores = scan.stores
    .filter(({ guard }) => guard !== "inputs" || wantInputs)
    .map(({ node, buffer, guard }) => ({ guard, from: place(node), to: entry(buffer, 0), rows: rowsOf(node) }));
  const gradient = (name: string) =>
    memory.claim(`${member} ${scan.name} gradient ${name}`, () => memory.parameterSize(name));
  const outers = scan.outers.map(({ parameter, left, right }) => ({
    gradient: gradient(parameter),
    left: place(left),
    right: place(right),
    rows: rowsOf(left),
    columns: rowsOf(right),
  }));
  const sums = scan.sums.map(({ parameter, node }, index) => ({
    gradient: gradient(parameter),
    from: place(node),
    rows: rowsOf(node),
    total: lasting(`sum ${index}`, rowsOf(node)),
  }));
  const moves = carries.map(({ next, axis, buffer }, index) => ({
    from: place(next),
    rows: memory.size(axis),
    after: scratch(`after ${index}`, memory.size(axis)),
    to: direction === 1 ? entry(buffer, 1) : carryPlaces[index],
    result: direction === 1 ? undefined : memory.buffer(member, buffer),
  }));
  /** Where a reverse pass leaves a carry, and finds it again. */
  const resultOf = ({ result, rows }: (typeof moves)[number], p: number): number =>
    (result?.address ?? 0) + p * rows * rowBytes;
  const gradients = new Set([...scan.outers, ...scan.sums].map(({ parameter }) => parameter));
  if (isFirstPass) {
    for (const name of gradients) {
      const { address, size } = gradient(name);
      memory.reals(address, size).fill(0);
    }
  }

  for (let p = 0; p < panelCount; p++) {
    for (const run of perPanel) run(p);
    if (direction === -1) {
      for (const move of moves) {
        if (isFirstPass) routines.fill_rows(move.to(p, 0), 0, move.rows);
        else routines.copy_panel(move.to(p, 0), resultOf(move, p), panel, move.rows);
      }
    }
    if (isFirstPass) for (const { total, rows } of sums) routines.fill_rows(total(p, 0), 0, rows);
  }
  for (let i = first; i < end; i++) {
    const t = direction === 1 ? i : end - 1 - (i - first);
    for (let p = 0; p < panelCount; p++) {
      const vectors = vectorsOf(p);
      for (const { id, run } of actions) if (!skipped(scan.guards.get(id) ?? "always", t)) run(p, t);
      for (const { guard, from, to, rows } of stores) {
        if (!skipped(guard, t)) routines.copy_panel(to(p, t), from(p, t), panel, rows);
      }
      for (const {
        gradient: { address },
        left,
        right,
        rows,
        columns,
      } of outers) {
        routines.add_outer(address, rows, columns, left(p, t), right(p, t), vectors);
      }
      for (const { from, rows, total } of sums) routines.add_rows(total(p, 0), from(p, t), rows, vectors);
      // a carry may be another's next value, so all are read before any is written
      for (const { from, after, rows } of moves) routines.copy_panel(after, from(p, t), panel, rows);
      for (const { after, to, rows } of moves) routines.copy_panel(to(p, t), after, panel, rows);
    }
  }
  for (let p = 0; p < panelCount && direction === -1; p++) {
    for (const move of moves) routines.copy_panel(resultOf(move, p), move.to(p, 0), panel, move.rows);
    if (first > 0) continue;
    for (const {
      gradient: { address },
      rows,
      total,
    } of sums)
      routines.reduce(address, total(p, 0), rows, Math.min(panel, batchSize - p * panel));
  }
  return Object.fromEntries(
    [...gradients].map((name) => {
      const { address, size } = gradient(name);
      return [name, memory.reals(address, size).slice()];
    }),
  );
}

/** Whether a bound node is read at all by this scan. */
function used({ graph, order, stores, outers, sums, carries }: Scan, id: NodeId): boolean {
  const read = (list: readonly NodeId[]): boolean => list.includes(id);
  return (
    order.some(
      (user) => "args" in graph.nodes[user] && read((graph.nodes[user] as { args: readonly NodeId[] }).args),
    ) ||
    read(stores.map(({ node }) => node)) ||
    read(outers.flatMap(({ left, right }) => [left, right])) ||
    read(sums.map(({ node }) => node)) ||
    read(carries.map(({ next }) => next))
  );
}
