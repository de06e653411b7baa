/**
 * The reference: an interpreter of scans in float64, one node and one sample at a time.
 *
 * It is the definition of what every back end computes. Products are plain double loops, noise is asked for
 * number by number, nothing is fused. Derivatives come from the same table of operations (cell/operations.ts).
 */
import { axisSize, scalarAxis } from "../../cell/axis.ts";
import { argumentsOf, type Graph, type NodeId } from "../../cell/graph.ts";
import { elementwise } from "../../cell/operations.ts";
import type { Program } from "../../cell/program.ts";
import { ShapeError } from "../../core/errors.ts";
import { noiseValue } from "../../core/random.ts";
import type { NoiseCall, RealArray } from "../contract.ts";
import type { Dimensions, Machine } from "../machine.ts";
import type { Scan, ScanName, ScanSet } from "../scan.ts";

interface Buffer {
  readonly values: Float64Array;
  readonly length: number;
  readonly size: number;
}

export function referenceMachine(set: ScanSet): Machine {
  let dims: Dimensions;
  let buffers = new Map<string, Buffer>();
  let parameters: Readonly<Record<string, RealArray>> = {};

  const buffer = (name: string): Buffer => {
    const known = buffers.get(name);
    if (known !== undefined) return known;
    const shape = set.buffers.find((candidate) => candidate.name === name);
    const state = set.program.states.find((candidate) => name.endsWith(`c.state:${candidate.name}`));
    const size = axisSize((shape ?? state)?.axis ?? scalarAxis, dims.sizes);
    const length = shape === undefined ? 1 : dims.stepCount + shape.extra;
    const made = { values: new Float64Array(dims.batchSize * length * size), length, size };
    buffers.set(name, made);
    return made;
  };

  return {
    backend: "reference",
    precision: "float64",
    begin: (dimensions) => {
      dims = dimensions;
      buffers = new Map();
    },
    parameters: (values) => {
      parameters = values;
    },
    write: (name, values, entry) => {
      const { values: target, length, size } = buffer(name);
      if (entry === undefined) {
        if (values === undefined) target.fill(0);
        else target.set(values);
        return;
      }
      for (let b = 0; b < dims.batchSize; b++) {
        const row = target.subarray((b * length + entry) * size, (b * length + entry + 1) * size);
        if (values === undefined) row.fill(0);
        else row.set(values.subarray(b * size, (b + 1) * size));
      }
    },
    read: (name, entry) => {
      const { values, length, size } = buffer(name);
      if (entry === undefined) return values.slice();
      const rows = new Float64Array(dims.batchSize * size);
      for (let b = 0; b < dims.batchSize; b++) {
        rows.set(values.subarray((b * length + entry) * size, (b * length + entry + 1) * size), b * size);
      }
      return rows;
    },
    run: (name: ScanName) => interpret(set.scans[name], dims, buffer, parameters, noiseDraws(set.program, dims.noise)),
  };
}

/** Runs a scan over all trials and steps; returns the gradients it sums. */
function interpret(
  scan: Scan,
  dims: Dimensions,
  buffer: (name: string) => Buffer,
  parameters: Readonly<Record<string, RealArray>>,
  draw: NoiseDraws,
): Record<string, Float64Array> {
  const { graph, direction, carries, bindings } = scan;
  const { batchSize, stepCount, sizes } = dims;
  const sizeOf = (id: NodeId): number => axisSize(graph.nodes[id].axis ?? scalarAxis, sizes);

  const gradients: Record<string, Float64Array> = {};
  for (const { parameter, left, right } of scan.outers)
    gradients[parameter] ??= new Float64Array(sizeOf(left) * sizeOf(right));
  for (const { parameter, node } of scan.sums) gradients[parameter] ??= new Float64Array(sizeOf(node));

  for (let b = 0; b < batchSize; b++) {
    const at = (name: string, entry: number): Float64Array => {
      const { values, length, size } = buffer(name);
      return values.subarray((b * length + entry) * size, (b * length + entry + 1) * size);
    };
    // a forward scan starts from entry 0 of its buffers, a reverse scan from zero
    const carried = carries.map(({ buffer: name, axis }) =>
      direction === 1 ? at(name, 0).slice() : new Float64Array(axisSize(axis, sizes)),
    );
    for (let i = 0; i < stepCount; i++) {
      const t = direction === 1 ? i : stepCount - 1 - i;
      const known = new Map<NodeId, Float64Array>();
      const value = (id: NodeId): Float64Array => {
        const binding = bindings.get(id);
        if (binding?.kind === "carry") return carried[binding.carry];
        if (binding?.kind === "sequence") return at(binding.buffer, t + binding.shift);
        return known.get(id) as Float64Array;
      };
      for (const id of scan.order) {
        known.set(id, evaluate(graph, id, sizeOf(id), value, dims, parameters, draw, b, t));
      }
      for (const { node, buffer: name, guard } of scan.stores) {
        if (guard !== "outputs" || t >= dims.outputFrom) at(name, t).set(value(node));
      }
      for (const { parameter, left, right } of scan.outers) {
        const [g, x, gradient] = [value(left), value(right), gradients[parameter]];
        for (let n = 0; n < g.length; n++) for (let k = 0; k < x.length; k++) gradient[n * x.length + k] += g[n] * x[k];
      }
      for (const { parameter, node } of scan.sums) {
        for (const [n, g] of value(node).entries()) gradients[parameter][n] += g;
      }
      const after = carries.map(({ next }) => value(next).slice());
      for (const [index, { buffer: name }] of carries.entries()) {
        carried[index] = after[index];
        if (direction === 1) at(name, t + 1).set(after[index]);
      }
    }
    if (direction === -1) for (const [index, { buffer: name }] of carries.entries()) at(name, 0).set(carried[index]);
  }
  return gradients;
}

/** Value of one node for trial b at step t. */
function evaluate(
  graph: Graph,
  id: NodeId,
  size: number,
  value: (id: NodeId) => Float64Array,
  { settings, sizes }: Dimensions,
  parameters: Readonly<Record<string, RealArray>>,
  draw: NoiseDraws,
  b: number,
  t: number,
): Float64Array {
  const node = graph.nodes[id];
  const out = new Float64Array(size);
  const args = argumentsOf(node).map(value);
  switch (node.op) {
    case "constant":
      return out.fill(node.value);
    case "setting":
      return out.fill(settings[node.name]);
    case "leaf":
      throw new ShapeError({ place: node.name, rule: "has no value in this scan", remedy: "write it before the run" });
    case "parameter":
      return parameters[node.name] === undefined ? out : out.map((_, n) => parameters[node.name][n]);
    case "noise":
      return out.map((_, n) => draw(node.name, b, t, n));
    case "product":
    case "product-transposed":
    case "noise-product":
    case "noise-product-transposed": {
      const [x] = args;
      const transposed = node.op.endsWith("transposed");
      const drawn = node.op.startsWith("noise");
      const matrix = parameters[node.name];
      if (!drawn && matrix === undefined) return out;
      const columns = transposed ? size : x.length;
      for (let n = 0; n < size; n++) {
        for (let k = 0; k < x.length; k++) {
          const index = transposed ? k * columns + n : n * columns + k;
          out[n] += (drawn ? draw(node.name, b, undefined, index) : matrix[index]) * x[k];
        }
      }
      return out;
    }
    case "slice": {
      const offset = axisSize(node.offset, sizes);
      if (offset + size > args[0].length) {
        throw new ShapeError({
          place: "slice",
          rule: `elements ${offset}..${offset + size} of a vector of ${args[0].length}`,
          remedy: `the slice ${node.offset}, ${node.axis} must end within ${graph.nodes[node.args[0]].axis}`,
        });
      }
      return args[0].slice(offset, offset + size);
    }
    case "concat": {
      let offset = 0;
      for (const part of args) {
        out.set(part, offset);
        offset += part.length;
      }
      return out;
    }
    case "sum":
      return out.fill(args[0].reduce((total, x) => total + x, 0));
    case "broadcast":
      return out.fill(args[0][0]);
    default: {
      const rule = elementwise[node.op];
      return out.map((_, n) => rule.value(...args.map((arg) => arg[arg.length === 1 ? 0 : n])));
    }
  }
}

/** Noise of a site for a trial at a step (undefined: drawn once per trial) and unit. */
type NoiseDraws = (site: string, b: number, t: number | undefined, unit: number) => number;

function noiseDraws(program: Program, noise: NoiseCall): NoiseDraws {
  const numbers = new Map(program.noises.map(({ site, number }) => [site, number]));
  return (site, b, t, unit) => {
    const source = noise.sites[site];
    if (source === undefined || source.intensity === 0) return 0;
    const step = t === undefined ? 0 : noise.firstStep + t;
    return noiseValue(source.law, source.intensity, noise, noise.trials[b], step, numbers.get(site) as number, unit);
  };
}
