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
import type { Dimensions, Machine, ScanPass } from "../machine.ts";
import type { Scan, ScanName, ScanSet } from "../scan.ts";

interface Buffer {
  readonly values: Float64Array;
  readonly length: number;
  readonly size: number;
}

interface Member {
  readonly dims: Dimensions;
  readonly buffer: (name: string) => Buffer;
  parameters: Readonly<Record<string, RealArray>>;
  /** Sums of the reverse scan that is under way. */
  gradients: Record<string, Float64Array>;
}

export function referenceMachine(set: ScanSet): Machine {
  let members: readonly Member[] = [];

  const memberOf = (dims: Dimensions, segment: number): Member => {
    const buffers = new Map<string, Buffer>();
    const buffer = (name: string): Buffer => {
      const known = buffers.get(name);
      if (known !== undefined) return known;
      const shape = set.buffers.find((candidate) => candidate.name === name);
      const state = set.program.states.find((candidate) => name.endsWith(`c.state:${candidate.name}`));
      const size = axisSize((shape ?? state)?.axis ?? scalarAxis, dims.sizes);
      const steps = shape?.span === "segment" ? segment : dims.stepCount;
      const length = shape === undefined ? 1 : steps + shape.extra;
      const made = { values: new Float64Array(dims.batchSize * length * size), length, size };
      buffers.set(name, made);
      return made;
    };
    return { dims, buffer, parameters: {}, gradients: {} };
  };

  return {
    backend: "reference",
    variant: "none",
    precision: "float64",
    threads: 1,
    segmentUnit: 1,
    begin: (dimensions, segment) => {
      members = dimensions.map((dims) => memberOf(dims, segment));
    },
    parameters: (member, values) => {
      members[member].parameters = values;
    },
    write: (member, name, values, entry) => {
      const { values: target, length, size } = members[member].buffer(name);
      if (entry === undefined) {
        if (values === undefined) target.fill(0);
        else target.set(values);
        return;
      }
      for (let b = 0; b < members[member].dims.batchSize; b++) {
        const row = target.subarray((b * length + entry) * size, (b * length + entry + 1) * size);
        if (values === undefined) row.fill(0);
        else row.set(values.subarray(b * size, (b + 1) * size));
      }
    },
    read: (member, name, entry) => {
      const { values, length, size } = members[member].buffer(name);
      if (entry === undefined) return values.slice();
      const { batchSize } = members[member].dims;
      const rows = new Float64Array(batchSize * size);
      for (let b = 0; b < batchSize; b++) {
        rows.set(values.subarray((b * length + entry) * size, (b * length + entry + 1) * size), b * size);
      }
      return rows;
    },
    run: (name: ScanName, { members: [first, last], steps }: ScanPass) =>
      members.slice(first, last).map((member) => {
        interpret(set, set.scans[name], member, steps);
        return set.scans[name].direction === 1 ? {} : member.gradients;
      }),
    close: () => {},
  };
}

/** Runs a scan over all trials and the steps of a pass. */
function interpret(set: ScanSet, scan: Scan, member: Member, [from, to]: ScanPass["steps"]): void {
  const { graph, direction, carries, bindings } = scan;
  const { dims, buffer, parameters } = member;
  const { batchSize, stepCount, sizes } = dims;
  const draw = noiseDraws(set.program, dims.noise);
  const sizeOf = (id: NodeId): number => axisSize(graph.nodes[id].axis ?? scalarAxis, sizes);
  const inSegment = new Set(set.buffers.filter(({ span }) => span === "segment").map(({ name }) => name));

  const begins = direction === -1 && to === stepCount;
  if (begins) {
    member.gradients = {};
    for (const { parameter, left, right } of scan.outers)
      member.gradients[parameter] ??= new Float64Array(sizeOf(left) * sizeOf(right));
    for (const { parameter, node } of scan.sums) member.gradients[parameter] ??= new Float64Array(sizeOf(node));
  }
  const { gradients } = member;

  const at = (name: string, b: number, step: number): Float64Array => {
    const { values, length, size } = buffer(name);
    const entry = inSegment.has(name) ? step - from : step;
    return values.subarray((b * length + entry) * size, (b * length + entry + 1) * size);
  };
  // a forward scan starts from entry 0 of its buffers, a reverse scan from zero or from where the pass before ended
  const carried = Array.from({ length: batchSize }, (_, b) =>
    carries.map(({ buffer: name, axis }) =>
      begins ? new Float64Array(axisSize(axis, sizes)) : at(name, b, direction === 1 ? from : 0).slice(),
    ),
  );
  for (let i = from; i < to; i++) {
    const t = direction === 1 ? i : to - 1 - (i - from);
    for (let b = 0; b < batchSize; b++) {
      const known = new Map<NodeId, Float64Array>();
      const value = (id: NodeId): Float64Array => {
        const binding = bindings.get(id);
        if (binding?.kind === "carry") return carried[b][binding.carry];
        if (binding?.kind === "sequence") return at(binding.buffer, b, t + binding.shift);
        return known.get(id) as Float64Array;
      };
      for (const id of scan.order) {
        known.set(id, evaluate(graph, id, sizeOf(id), value, dims, parameters, draw, b, t));
      }
      for (const { node, buffer: name, guard } of scan.stores) {
        if (guard !== "outputs" || t >= dims.outputFrom) at(name, b, t).set(value(node));
      }
      for (const { parameter, left, right } of scan.outers) {
        const [g, x, gradient] = [value(left), value(right), gradients[parameter]];
        for (let n = 0; n < g.length; n++) for (let k = 0; k < x.length; k++) gradient[n * x.length + k] += g[n] * x[k];
      }
      for (const { parameter, node } of scan.sums) {
        for (const [n, g] of value(node).entries()) gradients[parameter][n] += g;
      }
      carried[b] = carries.map(({ next }) => value(next).slice());
      if (direction === 1)
        for (const [index, { buffer: name }] of carries.entries()) at(name, b, t + 1).set(carried[b][index]);
    }
  }
  if (direction === 1) return;
  for (const [b, last] of carried.entries())
    for (const [index, { buffer: name }] of carries.entries()) at(name, b, 0).set(last[index]);
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
    const { law, intensity } = source;
    const value = noiseValue(law, intensity, noise, noise.trials[b], step, numbers.get(site) as number, unit);
    return noise.mirrored === true ? -value : value;
  };
}
