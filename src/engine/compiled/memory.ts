/**
 * Sequences in the memory of a kernel instance, shared by compiled and interpreted scans.
 *
 * Trials lie in panels of 64 bytes. An entry of a buffer is, panel after panel, one row of trials per unit. Lanes beyond
 * the last trial repeat it, so that they stay finite when it does; their cotangents are zero.
 */
import { axisSize } from "../../cell/axis.ts";
import type { Precision, RealArray } from "../contract.ts";
import type { Dimensions, Machine } from "../machine.ts";
import type { ScanSet } from "../scan.ts";
import type { KernelInstance } from "./contract.ts";

const alignment = 64;

export interface Region {
  /** Byte offset, a multiple of 64. */
  readonly address: number;
  /** Entries and rows per entry, where that applies. */
  readonly length: number;
  readonly size: number;
}

export interface PanelMemory
  extends Omit<Machine, "run" | "backend" | "variant" | "threads" | "segmentUnit" | "close"> {
  /** Trials in a panel. */
  readonly panel: number;
  /** Bytes of a number. */
  readonly bytes: number;
  readonly dimensions: (member: number) => Dimensions;
  readonly panels: () => number;
  /** Raised whenever regions are forgotten. */
  readonly generation: () => number;
  /** Numbers in memory; ends when memory grows. */
  readonly reals: (address: number, length: number) => RealArray;
  readonly words: (address: number, length: number) => Int32Array;
  readonly doubles: (address: number, length: number) => Float64Array;
  /** A region of at least `count()` numbers that lasts while batch, steps, segment and sizes stay the same. */
  readonly claim: (key: string, count: () => number) => Region;
  readonly buffer: (member: number, name: string) => Region;
  readonly trials: (member: number) => Region;
  /** Address of a parameter, 0 when it was not given. */
  readonly parameter: (member: number, name: string) => number;
  readonly parameterSize: (name: string) => number;
  readonly size: (axis: string) => number;
}

export function panelMemory(set: ScanSet, instance: KernelInstance, precision: Precision): PanelMemory {
  const { program } = set;
  const bytes = precision === "float32" ? 4 : 8;
  const panel = alignment / bytes;
  const RealArrayType = precision === "float32" ? Float32Array : Float64Array;

  let members: readonly Dimensions[] = [];
  let kept = 0;
  let shapeKey = "";
  let generation = 0;
  let end = instance.heapBase;
  const regions = new Map<string, Region>();
  let present: Set<string>[] = [];

  const reals = (address: number, length: number): RealArray =>
    precision === "float32"
      ? new Float32Array(instance.buffer(), address, length)
      : new Float64Array(instance.buffer(), address, length);
  const words = (address: number, length: number): Int32Array => new Int32Array(instance.buffer(), address, length);
  const doubles = (address: number, length: number): Float64Array =>
    new Float64Array(instance.buffer(), address, length);
  const panels = (): number => Math.ceil(members[0].batchSize / panel);
  const size = (axis: string): number => axisSize(axis, members[0].sizes);
  const region = (key: string, make: () => { length: number; size: number; count: number }): Region => {
    let known = regions.get(key);
    if (known === undefined) {
      const made = make();
      const address = Math.ceil(end / alignment) * alignment;
      end = address + made.count * bytes;
      instance.reserve(end);
      known = { address, length: made.length, size: made.size };
      regions.set(key, known);
    }
    return known;
  };
  const claim = (key: string, count: () => number): Region =>
    region(key, () => {
      const total = count();
      return { length: 1, size: total, count: total };
    });
  const buffer = (member: number, name: string): Region =>
    region(`${member} buffer ${name}`, () => {
      const shape = set.buffers.find((candidate) => candidate.name === name);
      const state = program.states.find((candidate) => name.endsWith(`c.state:${candidate.name}`));
      const rows = size((shape ?? state)?.axis as string);
      const steps = shape?.span === "segment" ? kept : members[0].stepCount;
      const length = shape === undefined ? 1 : steps + shape.extra;
      return { length, size: rows, count: panels() * length * rows * panel };
    });
  const parameterSize = (name: string): number => {
    const bare = name.replace(/^d\./, "");
    const axes = program.parameters.find((parameter) => parameter.name === bare)?.axes ?? [];
    return axes.reduce((product, axis) => product * size(axis), 1);
  };
  const trials = (member: number): Region => claim(`${member} trials`, () => Math.ceil((panels() * panel * 4) / bytes));
  const whole = ({ address, length, size: rows }: Region): RealArray =>
    reals(address, panels() * length * rows * panel);

  return {
    precision,
    panel,
    bytes,
    dimensions: (member) => members[member],
    panels,
    generation: () => generation,
    reals,
    words,
    doubles,
    claim,
    buffer,
    trials,
    parameter: (member, name) =>
      present[member].has(name) ? claim(`${member} parameter ${name}`, () => parameterSize(name)).address : 0,
    parameterSize,
    size,

    begin: (dimensions, segment) => {
      members = dimensions;
      kept = segment;
      const { batchSize, stepCount, sizes } = members[0];
      const key = JSON.stringify([members.length, batchSize, stepCount, segment, sizes]);
      if (key !== shapeKey) {
        shapeKey = key;
        generation++;
        regions.clear();
        end = instance.heapBase;
      }
      present = members.map(() => new Set());
      for (const [member, { noise }] of members.entries()) {
        const numbers = words(trials(member).address, panels() * panel);
        for (let i = 0; i < numbers.length; i++) numbers[i] = noise.trials[Math.min(i, batchSize - 1)];
      }
    },

    parameters: (member, values) => {
      present[member] = new Set(Object.keys(values));
      for (const [name, source] of Object.entries(values)) {
        const { address, size: count } = claim(`${member} parameter ${name}`, () => parameterSize(name));
        reals(address, count).set(source);
      }
    },

    write: (member, name, values, entry) => {
      const target = buffer(member, name);
      const { length, size: rows } = target;
      const memory = whole(target);
      const { batchSize } = members[member];
      const [from, count] = entry === undefined ? [0, length] : [entry, 1];
      const lanes = panels() * panel;
      if (values === undefined) {
        memory.fill(0, from * lanes * rows, (from + count) * lanes * rows);
        return;
      }
      const repeat = !/^(d\.)?c\./.test(name);
      const perTrial = count * rows;
      const step = lanes * rows;
      for (let lane = 0; lane < lanes; lane++) {
        const first = from * step + Math.floor(lane / panel) * rows * panel + (lane % panel);
        if (lane >= batchSize && !repeat) {
          for (let t = 0; t < count; t++)
            for (let row = 0; row < rows; row++) memory[first + t * step + row * panel] = 0;
          continue;
        }
        let source = Math.min(lane, batchSize - 1) * perTrial;
        if (rows === 1) {
          let to = first;
          for (const end = source + count; source < end; source++, to += step) memory[to] = values[source];
          continue;
        }
        for (let t = 0; t < count; t++) {
          let to = first + t * step;
          for (let row = 0; row < rows; row++, to += panel) memory[to] = values[source++];
        }
      }
    },

    read: (member, name, entry) => {
      const source = buffer(member, name);
      const { length, size: rows } = source;
      const memory = whole(source);
      const { batchSize, outputFrom } = members[member];
      const [from, count] = entry === undefined ? [0, length] : [entry, 1];
      const result = new RealArrayType(batchSize * count * rows);
      const step = panels() * panel * rows;
      // outputs that are not computed stay 0
      const computed = /^(d\.)?output:/.test(name) ? outputFrom : 0;
      for (let b = 0; b < batchSize; b++) {
        let at = (from + computed) * step + Math.floor(b / panel) * rows * panel + (b % panel);
        let to = (b * count + computed) * rows;
        if (rows === 1) {
          for (const end = (b + 1) * count; to < end; to++, at += step) result[to] = memory[at];
          continue;
        }
        for (let t = computed; t < count; t++, at += step) {
          for (let row = 0; row < rows; row++) result[to++] = memory[at + row * panel];
        }
      }
      return result;
    },
  };
}
