/**
 * Scans compiled to WebAssembly.
 *
 * Trials lie in panels of 64 bytes: buffer entry (p, t, unit) is one row of a panel's trials. Lanes beyond the last
 * trial repeat it, so that they stay finite when it does; their cotangents are zero.
 */
import { axisSize } from "../../cell/axis.ts";
import { lawCodes } from "../../core/random.ts";
import { type Address, type Emission, firstSize, integers, type ScanLayout } from "../c/emit.ts";
import type { Precision, RealArray } from "../contract.ts";
import type { Dimensions, Machine } from "../machine.ts";
import type { ScanName, ScanSet } from "../scan.ts";
import type { WasmInstance } from "./contract.ts";

const alignment = 64;
/** Rows that a packed matrix is padded to (MR in kernels/product.h). */
const packedRows = 6;

interface Region {
  readonly address: number;
  /** Entries and rows per panel. */
  readonly length: number;
  readonly size: number;
}

export function wasmMachine(set: ScanSet, emission: Emission, instance: WasmInstance, precision: Precision): Machine {
  const { program } = set;
  const { layout } = emission;
  const bytes = precision === "float32" ? 4 : 8;
  const panel = alignment / bytes;
  const RealArrayType = precision === "float32" ? Float32Array : Float64Array;

  let dims: Dimensions;
  let shapeKey = "";
  let end = instance.heapBase;
  const regions = new Map<string, Region>();
  let present = new Set<string>();

  const reals = (address: number, length: number): RealArray => new RealArrayType(instance.buffer(), address, length);
  const claim = (size: number): number => {
    const address = Math.ceil(end / alignment) * alignment;
    end = address + size;
    instance.reserve(end);
    return address;
  };
  const panels = (): number => Math.ceil(dims.batchSize / panel);
  const region = (key: string, make: () => { length: number; size: number; count: number }): Region => {
    let known = regions.get(key);
    if (known === undefined) {
      const { length, size, count } = make();
      known = { address: claim(count * bytes), length, size };
      regions.set(key, known);
    }
    return known;
  };
  const bufferRegion = (name: string): Region =>
    region(`buffer ${name}`, () => {
      const shape = set.buffers.find((candidate) => candidate.name === name);
      const state = program.states.find((candidate) => name.endsWith(`c.state:${candidate.name}`));
      const size = axisSize((shape ?? state)?.axis as string, dims.sizes);
      const length = shape === undefined ? 1 : dims.stepCount + shape.extra;
      return { length, size, count: panels() * length * size * panel };
    });
  const parameterSize = (name: string): number => {
    const bare = name.replace(/^d\./, "");
    const axes = program.parameters.find((parameter) => parameter.name === bare)?.axes ?? [];
    return axes.reduce((product, axis) => product * axisSize(axis, dims.sizes), 1);
  };
  const parameterRegion = (kind: "parameter" | "gradient", name: string): Region =>
    region(`${kind} ${name}`, () => {
      const size = parameterSize(name);
      return { length: 1, size, count: size };
    });
  const scratchSize = ({ scratch }: ScanLayout): number => {
    const rows = scratch.map(
      (item) => axisSize(item.rows, dims.sizes) * axisSize(item.times, dims.sizes) * item.count,
    );
    return rows.reduce((total, count) => total + count, 0) * panel;
  };
  const packSize = ({ packs }: ScanLayout): number => {
    const sizes = packs.map(
      ({ rows, columns }) =>
        Math.ceil(axisSize(rows, dims.sizes) / packedRows) * packedRows * axisSize(columns, dims.sizes),
    );
    return sizes.reduce((total, count) => total + count, 0);
  };
  const resolve = (address: Address, scan: ScanName): number => {
    switch (address.kind) {
      case "trials":
        return trialRegion().address;
      case "scratch":
        return region(`scratch ${scan}`, () => ({ length: 1, size: 0, count: scratchSize(layout.scans[scan]) })).address;
      case "pack":
        return region(`pack ${scan}`, () => ({ length: 1, size: 0, count: packSize(layout.scans[scan]) })).address;
      case "parameter":
        return present.has(address.name) ? parameterRegion("parameter", address.name).address : 0;
      case "gradient":
        return parameterRegion("gradient", address.name).address;
      case "buffer":
        return bufferRegion(address.name).address;
    }
  };
  const trialRegion = (): Region =>
    region("trials", () => ({ length: 1, size: 0, count: Math.ceil((panels() * panel * 4) / bytes) }));

  return {
    backend: "wasm",
    precision,

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
      const { address } = trialRegion();
      const trials = new Uint32Array(instance.buffer(), address, panels() * panel);
      for (let i = 0; i < trials.length; i++) trials[i] = dims.noise.trials[Math.min(i, batchSize - 1)];
      if (dims.outputFrom > 0) {
        for (const { name } of program.outputs) {
          for (const prefix of ["", "d."]) {
            const known = regions.get(`buffer ${prefix}output:${name}`);
            if (known !== undefined) reals(known.address, panels() * known.length * known.size * panel).fill(0);
          }
        }
      }
    },

    parameters: (values) => {
      present = new Set(Object.keys(values));
      for (const [name, source] of Object.entries(values)) {
        const { address, size } = parameterRegion("parameter", name);
        reals(address, size).set(source);
      }
    },

    write: (name, values, entry) => {
      const { address, length, size } = bufferRegion(name);
      const { batchSize } = dims;
      const memory = reals(address, panels() * length * size * panel);
      const count = entry === undefined ? length * size : size;
      const first = (entry ?? 0) * size;
      const repeat = !/^(d\.)?c\./.test(name);
      for (let lane = 0; lane < panels() * panel; lane++) {
        const b = lane < batchSize || !repeat ? lane : batchSize - 1;
        let to = (Math.floor(lane / panel) * length * size + first) * panel + (lane % panel);
        const from = b * count;
        const known = values !== undefined && b < batchSize;
        for (let i = 0; i < count; i++, to += panel) memory[to] = known ? values[from + i] : 0;
      }
    },

    read: (name, entry) => {
      const { address, length, size } = bufferRegion(name);
      const memory = reals(address, panels() * length * size * panel);
      const count = entry === undefined ? length * size : size;
      const result = new RealArrayType(dims.batchSize * count);
      for (let b = 0; b < dims.batchSize; b++) {
        let from = (Math.floor(b / panel) * length * size + (entry ?? 0) * size) * panel + (b % panel);
        for (let i = 0; i < count; i++, from += panel) result[b * count + i] = memory[from];
      }
      return result;
    },

    run: (name, want) => {
      const scan = layout.scans[name];
      const gradients = scan.addresses.flatMap((address) => (address.kind === "gradient" ? [address.name] : []));
      const addresses = scan.addresses.map((address) => resolve(address, name));
      const call = region(`call ${name}`, () => ({
        length: 1,
        size: 0,
        count: (addresses.length * 4 + 4 * (firstSize + 64) + 8 * (layout.settings.length + 64)) / bytes + alignment,
      }));
      const at = (address: number): number => Math.ceil(address / 8) * 8;
      const integerAddress = at(call.address + addresses.length * 4);
      const integerValues = callIntegers();
      integerValues[integers.wantInputs] = Number(want.inputs);
      const settingAddress = at(integerAddress + integerValues.length * 4);
      for (const gradient of gradients) {
        const { address, size } = parameterRegion("gradient", gradient);
        reals(address, size).fill(0);
      }
      new Uint32Array(instance.buffer(), call.address, addresses.length).set(addresses);
      new Int32Array(instance.buffer(), integerAddress, integerValues.length).set(integerValues);
      const settings = [
        ...layout.settings.map((setting) => dims.settings[setting]),
        ...layout.noises.map((site) => dims.noise.sites[site]?.intensity ?? 0),
      ];
      new Float64Array(instance.buffer(), settingAddress, settings.length).set(settings);
      instance.scan[name.replaceAll("-", "_")](call.address, integerAddress, settingAddress);
      return Object.fromEntries(
        gradients.map((gradient) => {
          const { address, size } = parameterRegion("gradient", gradient);
          return [gradient, reals(address, size).slice()];
        }),
      );
    },
  };

  function callIntegers(): number[] {
    const { noise, stepCount, batchSize, outputFrom, sizes } = dims;
    const values = new Array<number>(firstSize).fill(0);
    values[integers.panelFrom] = 0;
    values[integers.panelTo] = panels();
    values[integers.stepCount] = stepCount;
    values[integers.batchSize] = batchSize;
    values[integers.firstStep] = noise.firstStep | 0;
    values[integers.outputFrom] = outputFrom;
    values[integers.seedLow] = noise.seed | 0;
    values[integers.seedHigh] = Math.floor(noise.seed / 2 ** 32) | 0;
    values[integers.stream] = noise.stream | 0;
    for (const axis of layout.axes) values.push(sizes[axis]);
    for (const site of layout.noises) values.push(lawCodes[noise.sites[site]?.law ?? "gaussian"]);
    return values;
  }
}

