/**
 * What the parts of the emitter share while they write one scan: addresses, scratch memory, where each node is.
 *
 * A job works on a group of panels at once. A vector of a group is `rows` rows of one panel after the other.
 */
import { type Axis, axisTerms, scalarAxis } from "../../cell/axis.ts";
import type { NodeId } from "../../cell/graph.ts";
import { InternalError } from "../../core/errors.ts";
import type { Scan, ScanSet } from "../scan.ts";
import { type Address, chunkSteps, type Layout, type Scratch } from "./layout.ts";
import { type Home, type Schedule, scheduleScan } from "./schedule.ts";

/** A vector in memory: pointer to the first panel, and numbers (in rows) from one panel to the next. */
export interface Place {
  readonly base: string;
  readonly rows: string;
}

export interface Writer {
  readonly set: ScanSet;
  readonly scan: Scan;
  readonly shared: Shared;
  readonly schedule: Schedule;
  readonly axisOf: (id: NodeId) => Axis;
  /** `b[i]`, the pointer at an address. */
  readonly address: (wanted: Address) => string;
  /** Declares scratch rows per panel and returns them. */
  readonly scratch: (name: string, rows: Axis, more?: Partial<Omit<Scratch, "rows">>) => Place;
  /** Memory of a node at the current step. */
  readonly memory: (id: NodeId) => Place;
  /** Entry t + shift of a buffer. */
  readonly entry: (buffer: string, shift: 0 | 1) => Place;
  /** All entries of a buffer: pointer to entry `t` + shift as an expression, and numbers from entry to entry. */
  readonly entries: (buffer: string, shift: 0 | 1) => { readonly from: string; readonly step: string };
  readonly carryNow: readonly Place[];
  readonly carryNext: readonly Place[];
  /** Values of a node over a chunk of steps. */
  readonly kept: ReadonlyMap<NodeId, Place>;
  readonly noiseIndex: (site: string) => number;
  /** Arguments of `noise_rows` after the target. */
  readonly noiseArguments: (site: string, block: string, blocks: string, step: string) => string;
  /** Lines once per call, before the first step, and at the start of each step. */
  readonly head: string[];
  readonly start: string[];
  readonly step: string[];
  readonly layout: { readonly addresses: Address[]; readonly scratch: Scratch[] };
}

export type Shared = Pick<Layout, "axes" | "settings" | "noises">;

/** Size of an axis as C text. */
export function extent(axis: Axis): string {
  const { constant, names } = axisTerms(axis);
  const terms = [...names].map(([name, count]) => `${count === 1 ? "" : `${count} * `}x_${name}`);
  const text = constant !== 0 || terms.length === 0 ? [...terms, String(constant)].join(" + ") : terms.join(" + ");
  return terms.length + Number(constant !== 0) > 1 ? `(${text})` : text;
}

export function scanWriter(set: ScanSet, scan: Scan, shared: Shared): Writer {
  const { graph, direction, carries } = scan;
  const { program } = set;
  const schedule = scheduleScan(scan);
  const axisOf = (id: NodeId): Axis => graph.nodes[id].axis ?? scalarAxis;
  const addresses: Address[] = [{ kind: "trials" }, { kind: "scratch" }, { kind: "pack" }];
  const scratches: Scratch[] = [];
  const head: string[] = [];
  const start: string[] = [];
  const step: string[] = [];

  const address = (wanted: Address): string => {
    const text = JSON.stringify(wanted);
    let index = addresses.findIndex((known) => JSON.stringify(known) === text);
    if (index < 0) index = addresses.push(wanted) - 1;
    return `b[${index}]`;
  };

  const scratch = (name: string, rows: Axis, more: Partial<Omit<Scratch, "rows">> = {}): Place => {
    const { times = scalarAxis, count = 1, extra = 0 } = more;
    scratches.push({ rows, times, count, extra });
    const product = [
      extent(rows),
      ...(times === scalarAxis ? [] : [extent(times)]),
      ...(count === 1 ? [] : [String(count)]),
    ];
    const total = `${product.join(" * ")}${extra === 0 ? "" : ` + ${extra}`}`;
    head.push(`real *${name} = scratch; scratch += (long)(${total}) * panels * PANEL;`);
    return { base: name, rows: extra === 0 && product.length === 1 ? product[0] : `(${total})` };
  };

  // buffers: a pointer to the group's first panel in entry 0, and per step to the entry
  const pointers = new Map<string, string>();
  const bufferOf = (buffer: string) => {
    const shape = set.buffers.find(({ name }) => name === buffer);
    const state = program.states.find(({ name }) => buffer.endsWith(`c.state:${name}`));
    if (shape === undefined && state === undefined) throw new InternalError("emit", `no buffer ${buffer}`);
    const rows = extent((shape ?? state)?.axis as Axis);
    let name = pointers.get(buffer);
    if (name === undefined) {
      name = `q${pointers.size}`;
      pointers.set(buffer, name);
      head.push(
        `real *${name} = (real *)${address({ kind: "buffer", name: buffer })} + (long)first * ${rows} * PANEL;`,
      );
    }
    return { name, rows, index: shape?.span === "segment" ? "(t - from" : "(t", step: `(long)all * ${rows} * PANEL` };
  };
  const entries = (buffer: string, shift: 0 | 1) => {
    const { name, index, step: size } = bufferOf(buffer);
    return { from: `${name} + ${index} + ${shift}) * (${size})`, step: size };
  };
  const entry = (buffer: string, shift: 0 | 1): Place => {
    const key = `${buffer} ${shift}`;
    const { rows } = bufferOf(buffer);
    let name = pointers.get(key);
    if (name === undefined) {
      name = `q${pointers.size}`;
      pointers.set(key, name);
      step.push(`real *${name} = ${entries(buffer, shift).from};`);
    }
    return { base: name, rows };
  };
  const wholeEntry = (buffer: string): Place => {
    const { name, rows } = bufferOf(buffer);
    return { base: name, rows };
  };

  const carryNow = carries.map(({ buffer, axis }, index): Place => {
    if (direction === 1) return entry(buffer, 0);
    const { base, rows } = scratch(`carry${index}`, axis);
    scratch(`after${index}`, axis);
    const known = wholeEntry(buffer);
    start.push(
      `if (to < steps) copy_rows(${base}, ${known.base}, panels * ${rows});`,
      `else __builtin_memset(${base}, 0, (unsigned long)panels * ${rows} * PANEL * sizeof(real));`,
    );
    return { base, rows };
  });
  const carryNext = carries.map(
    ({ buffer, axis }, index): Place =>
      direction === 1 ? entry(buffer, 1) : { base: `after${index}`, rows: extent(axis) },
  );

  const kept = new Map<NodeId, Place>();
  for (const id of new Set(scan.outers.flatMap(({ left, right }) => [left, right]))) {
    if (scan.bindings.get(id)?.kind === "sequence") continue;
    const { base } = scratch(`kept${id}`, axisOf(id), { count: chunkSteps });
    const size = extent(axisOf(id));
    step.push(`real *k${id} = ${base} + (long)(t % ${chunkSteps}) * panels * ${size} * PANEL;`);
    kept.set(id, { base: `k${id}`, rows: size });
  }
  for (const [id, home] of schedule.homes) if (home.kind === "scratch") scratch(`m${id}`, axisOf(id));

  const memory = (id: NodeId): Place => {
    const binding = scan.bindings.get(id);
    if (binding?.kind === "carry") return carryNow[binding.carry];
    if (binding?.kind === "sequence") return entry(binding.buffer, binding.shift);
    const home = schedule.homes.get(id) as Home;
    switch (home?.kind) {
      case "scratch":
        return { base: `m${id}`, rows: extent(axisOf(id)) };
      case "carry":
        return carryNext[home.carry];
      case "store":
        return entry(home.buffer, 0);
      case "kept":
        return kept.get(id) as Place;
      case "slice": {
        const { base, rows } = memory(home.of);
        return { base: `(${base} + ${extent(home.offset)} * PANEL)`, rows };
      }
      default:
        throw new InternalError("emit", `node ${id} (${graph.nodes[id].op}) of ${scan.name} has no memory`);
    }
  };

  const noiseIndex = (site: string): number => program.noises.findIndex((noise) => noise.site === site);
  const noiseArguments = (site: string, block: string, blocks: string, at: string): string => {
    const index = noiseIndex(site);
    return `law${index}, strength${index}, trials, ${program.noises[index].number}, ${block}, ${blocks}, ${at}, stream, key0, key1, vectors`;
  };

  return {
    set,
    scan,
    shared,
    schedule,
    axisOf,
    address,
    scratch,
    memory,
    entry,
    entries,
    carryNow,
    carryNext,
    kept,
    noiseIndex,
    noiseArguments,
    head,
    start,
    step,
    layout: { addresses, scratch: scratches },
  };
}
