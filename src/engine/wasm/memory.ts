/**
 * Sequences in WebAssembly memory, shared by compiled and interpreted scans.
 *
 * Trials lie in panels of 64 bytes: entry t of unit n of a panel is one row of its trials. Lanes beyond the last
 * trial repeat it, so that they stay finite when it does; their cotangents are zero.
 */
import { axisSize } from "../../cell/axis.ts";
import type { Precision, RealArray } from "../contract.ts";
import type { Dimensions, Machine } from "../machine.ts";
import type { ScanSet } from "../scan.ts";
import type { WasmInstance } from "./contract.ts";

const alignment = 64;
/** Rows that a packed matrix is padded to (MR in kernels/product.h). */
const packedRows = 6;

export interface Region {
  readonly address: number;
  /** Entries per panel and rows per entry, where that applies. */
  readonly length: number;
  readonly size: number;
}

export interface PanelMemory extends Omit<Machine, "run" | "backend"> {
  /** Trials in a panel. */
  readonly panel: number;
  /** Bytes of a number. */
  readonly bytes: number;
  readonly dimensions: () => Dimensions;
  readonly panels: () => number;
  /** Numbers in memory; ends when memory grows. */
  readonly reals: (address: number, length: number) => RealArray;
  readonly words: (address: number, length: number) => Uint32Array;
  readonly doubles: (address: number, length: number) => Float64Array;
  /** A region of at least `count()` numbers that lasts while batch, steps and sizes stay the same. */
  readonly claim: (key: string, count: () => number) => Region;
  readonly buffer: (name: string) => Region;
  readonly trials: () => Region;
  /** Address of a parameter, 0 when it was not given. */
  readonly parameter: (name: string) => number;
  readonly gradient: (name: string) => Region;
  /** Numbers that a matrix takes when it is packed. */
  readonly packedSize: (rows: number, columns: number) => number;
  readonly size: (axis: string) => number;
}

export function panelMemory(set: ScanSet, instance: WasmInstance, precision: Precision): PanelMemory {
  const { program } = set;
  const bytes = precision === "float32" ? 4 : 8;
  const panel = alignment / bytes;
  const RealArrayType = precision === "float32" ? Float32Array : Float64Array;

  let dims: Dimensions;
  let shapeKey = "";
  let end = instance.heapBase;
  const regions = new Map<string, Region>();
  let present = new Set<string>();

  const reals = (address: number, length: number): RealArray =>
    new RealArrayType(instance.buffer() as ArrayBuffer, address, length);
  const words = (address: number, length: number): Uint32Array => new Uint32Array(instance.buffer(), address, length);
  const doubles = (address: number, length: number): Float64Array =>
    new Float64Array(instance.buffer(), address, length);
  const panels = (): number => Math.ceil(dims.batchSize / panel);
  const size = (axis: string): number => axisSize(axis, dims.sizes);
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
  const buffer = (name: string): Region =>
    region(`buffer ${name}`, () => {
      const shape = set.buffers.find((candidate) => candidate.name === name);
      const state = program.states.find((candidate) => name.endsWith(`c.state:${candidate.name}`));
      const rows = size((shape ?? state)?.axis as string);
      const length = shape === undefined ? 1 : dims.stepCount + shape.extra;
      return { length, size: rows, count: panels() * length * rows * panel };
    });
  const parameterSize = (name: string): number => {
    const bare = name.replace(/^d\./, "");
    const axes = program.parameters.find((parameter) => parameter.name === bare)?.axes ?? [];
    return axes.reduce((product, axis) => product * size(axis), 1);
  };
  const trials = (): Region => claim("trials", () => Math.ceil((panels() * panel * 4) / bytes));
  const whole = ({ address, length, size: rows }: Region): RealArray =>
    reals(address, panels() * length * rows * panel);

  return {
    precision,
    panel,
    bytes,
    dimensions: () => dims,
    panels,
    reals,
    words,
    doubles,
    claim,
    buffer,
    trials,
    parameter: (name) => (present.has(name) ? claim(`parameter ${name}`, () => parameterSize(name)).address : 0),
    gradient: (name) => claim(`gradient ${name}`, () => parameterSize(name)),
    packedSize: (rows, columns) => Math.ceil(rows / packedRows) * packedRows * columns,
    size,

    begin: (dimensions) => {
      dims = dimensions;
      const { batchSize, stepCount, sizes } = dims;
      const key = JSON.stringify([batchSize, stepCount, sizes]);
      if (key !== shapeKey) {
        shapeKey = key;
        regions.clear();
        end = instance.heapBase;
      }
      present = new Set();
      const numbers = words(trials().address, panels() * panel);
      for (let i = 0; i < numbers.length; i++) numbers[i] = dims.noise.trials[Math.min(i, batchSize - 1)];
      if (dims.outputFrom > 0) {
        for (const { name } of program.outputs) {
          for (const prefix of ["", "d."]) whole(buffer(`${prefix}output:${name}`)).fill(0);
        }
      }
    },

    parameters: (values) => {
      present = new Set(Object.keys(values));
      for (const [name, source] of Object.entries(values)) {
        const { address, size: count } = claim(`parameter ${name}`, () => parameterSize(name));
        reals(address, count).set(source);
      }
    },

    write: (name, values, entry) => {
      const target = buffer(name);
      const { length, size: rows } = target;
      const memory = whole(target);
      const { batchSize } = dims;
      const count = entry === undefined ? length * rows : rows;
      const first = (entry ?? 0) * rows;
      const repeat = !/^(d\.)?c\./.test(name);
      for (let lane = 0; lane < panels() * panel; lane++) {
        const b = lane < batchSize || !repeat ? lane : batchSize - 1;
        let to = (Math.floor(lane / panel) * length * rows + first) * panel + (lane % panel);
        const from = b * count;
        const known = values !== undefined && b < batchSize;
        for (let i = 0; i < count; i++, to += panel) memory[to] = known ? values[from + i] : 0;
      }
    },

    read: (name, entry) => {
      const source = buffer(name);
      const { length, size: rows } = source;
      const memory = whole(source);
      const count = entry === undefined ? length * rows : rows;
      const result = new RealArrayType(dims.batchSize * count);
      for (let b = 0; b < dims.batchSize; b++) {
        let from = (Math.floor(b / panel) * length * rows + (entry ?? 0) * rows) * panel + (b % panel);
        for (let i = 0; i < count; i++, from += panel) result[b * count + i] = memory[from];
      }
      return result;
    },
  };
}
