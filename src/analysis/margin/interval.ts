/** Ranges of the nodes of a step when states and inputs are only known to lie in boxes: interval arithmetic. */
import { axisSize } from "../../cell/axis.ts";
import { isElementwise, type Node, type NodeId } from "../../cell/graph.ts";
import { type ElementwiseOp, elementwise } from "../../cell/operations.ts";
import { InternalError } from "../../core/errors.ts";
import type { StepEquations } from "../dynamics/equations.ts";

/** The least and the greatest value of each unit, infinite where there is no bound. */
export interface Range {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

export const everything = (size: number): Range => ({
  low: new Float64Array(size).fill(Number.NEGATIVE_INFINITY),
  high: new Float64Array(size).fill(Number.POSITIVE_INFINITY),
});

export const point = (values: Float64Array): Range => ({ low: values, high: values });

/**
 * Ranges of nodes, computed as far as they are asked for; nodes may be added to the graph meanwhile.
 *
 * Every value that the step can take for states and inputs in the given boxes, without noise, lies in the range. It may
 * be wider, because arguments of an operation are taken to be independent; two forms that occur in gates and in
 * derivatives are exact: a + w (b - a) with w in [0, 1] lies between a and b, and y (1 - y) at most at 1/4. Rounding of
 * double arithmetic is not bounded.
 *
 * @param given ranges of states and inputs
 */
export function rangesOf(equations: StepEquations, given: ReadonlyMap<NodeId, Range>): (id: NodeId) => Range {
  const { graph, sizeOf, parameters, settings, noiseNodes } = equations;
  const known = new Map<NodeId, Range>(given);
  const range = (id: NodeId): Range => {
    const sofar = known.get(id);
    if (sofar !== undefined) return sofar;
    const made = noiseNodes.has(id) ? point(new Float64Array(sizeOf(id))) : compute(id, graph.nodes[id]);
    known.set(id, made);
    return made;
  };

  const compute = (id: NodeId, node: Node): Range => {
    const size = sizeOf(id);
    switch (node.op) {
      case "constant":
        return point(Float64Array.of(node.value));
      case "setting":
        return point(Float64Array.of(settings[node.name]));
      case "parameter":
        return point(parameters[node.name]);
      case "product":
      case "product-transposed":
        return productRange(parameters[node.name], size, range(node.args[0]), node.op === "product-transposed");
      case "slice": {
        const { low, high } = range(node.args[0]);
        const from = axisSize(node.offset, equations.sizes);
        return { low: low.slice(from, from + size), high: high.slice(from, from + size) };
      }
      case "concat": {
        const parts = node.args.map(range);
        return { low: joined(parts.map(({ low }) => low)), high: joined(parts.map(({ high }) => high)) };
      }
      case "sum": {
        const { low, high } = range(node.args[0]);
        return { low: Float64Array.of(total(low)), high: Float64Array.of(total(high)) };
      }
      case "broadcast": {
        const { low, high } = range(node.args[0]);
        return { low: new Float64Array(size).fill(low[0]), high: new Float64Array(size).fill(high[0]) };
      }
      default: {
        if (!isElementwise(node)) throw new InternalError("interval", `no range of ${node.op}`);
        const [first, second] = node.args;
        const between = node.op === "add" ? mixed(first, second) : undefined;
        const args = node.args.map(range);
        return eachUnit(size, (unit) => {
          if (between !== undefined) return hull(at(range(between[0]), unit), at(range(between[1]), unit));
          const own = args.map((arg) => at(arg, unit));
          if (node.op === "mul" && isComplement(first, second)) return logisticSlope(own[0]);
          if (node.op === "mul" && isComplement(second, first)) return logisticSlope(own[1]);
          if (node.op === "mul" && first === second) return square(own[0]);
          return operation(node.op, own);
        });
      }
    }
  };

  /** a and b of a + w (b - a) with w in [0, 1]. */
  const mixed = (first: NodeId, second: NodeId): readonly [NodeId, NodeId] | undefined => {
    for (const [a, product] of [
      [first, second],
      [second, first],
    ]) {
      const node = graph.nodes[product];
      if (node.op !== "mul" || !isElementwise(node)) continue;
      for (const [weight, difference] of [node.args, [...node.args].reverse()]) {
        const inner = graph.nodes[difference];
        if (inner.op !== "sub" || !isElementwise(inner) || inner.args[1] !== a) continue;
        const { low, high } = range(weight);
        if (low.every((value) => value >= 0) && high.every((value) => value <= 1)) return [a, inner.args[0]];
      }
    }
    return undefined;
  };

  /** Whether b is 1 - a. */
  const isComplement = (a: NodeId, b: NodeId): boolean => {
    const node = graph.nodes[b];
    if (node.op !== "sub" || !isElementwise(node) || node.args[1] !== a) return false;
    const one = graph.nodes[node.args[0]];
    return one.op === "constant" && one.value === 1;
  };

  return range;
}

type Interval = readonly [low: number, high: number];

/** Of a unit; ranges of one unit are those of every unit. */
export const at = ({ low, high }: Range, unit: number): Interval =>
  low.length === 1 ? [low[0], high[0]] : [low[unit], high[unit]];

function eachUnit(size: number, of: (unit: number) => Interval): Range {
  const low = new Float64Array(size);
  const high = new Float64Array(size);
  for (let unit = 0; unit < size; unit++) [low[unit], high[unit]] = of(unit);
  return { low, high };
}

const hull = (a: Interval, b: Interval): Interval => [Math.min(a[0], b[0]), Math.max(a[1], b[1])];

/** 0 times anything is 0, as for every finite number that an infinite bound stands for. */
export const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

function square([low, high]: Interval): Interval {
  const most = Math.max(times(low, low), times(high, high));
  return low <= 0 && high >= 0 ? [0, most] : [Math.min(times(low, low), times(high, high)), most];
}

/** y (1 - y). */
function logisticSlope([low, high]: Interval): Interval {
  const value = (y: number): number => times(y, 1 - y);
  const ends: Interval = [Math.min(value(low), value(high)), Math.max(value(low), value(high))];
  return low <= 0.5 && high >= 0.5 ? [ends[0], 0.25] : ends;
}

const increasing: readonly ElementwiseOp[] = [
  "sign",
  "step",
  "relu",
  "exp",
  "log",
  "sqrt",
  "tanh",
  "sigmoid",
  "softplus",
  "erf",
];
const unbounded: Interval = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

/** Range of an operation whose arguments are independent. */
function operation(op: ElementwiseOp, args: readonly Interval[]): Interval {
  const { value } = elementwise[op];
  const isPoint = args.every(([low, high]) => low === high);
  if (isPoint) return sound(value(...args.map(([low]) => low)), value(...args.map(([low]) => low)));
  const [a, b] = args;
  if (increasing.includes(op)) return sound(value(a[0]), value(a[1]));
  switch (op) {
    case "add":
      return sound(a[0] + b[0], a[1] + b[1]);
    case "sub":
      return sound(a[0] - b[1], a[1] - b[0]);
    case "neg":
      return [-a[1], -a[0]];
    case "max":
    case "min":
      return sound(value(a[0], b[0]), value(a[1], b[1]));
    case "mul": {
      const corners = [times(a[0], b[0]), times(a[0], b[1]), times(a[1], b[0]), times(a[1], b[1])];
      return sound(Math.min(...corners), Math.max(...corners));
    }
    case "div":
      if (b[0] <= 0 && b[1] >= 0) return unbounded;
      return operation("mul", [a, [1 / b[1], 1 / b[0]]]);
    case "abs":
      return a[0] <= 0 && a[1] >= 0
        ? [0, Math.max(-a[0], a[1])]
        : hull([Math.abs(a[0]), Math.abs(a[0])], [Math.abs(a[1]), Math.abs(a[1])]);
    case "sin":
    case "cos":
      return [-1, 1];
    case "where":
      if (a[0] > 0) return b;
      return a[1] <= 0 ? args[2] : hull(b, args[2]);
    default:
      // powers: of no use where they are not points
      return unbounded;
  }
}

/** A bound that is no number, as the difference of infinities, bounds nothing. */
function sound(low: number, high: number): Interval {
  return [Number.isNaN(low) ? Number.NEGATIVE_INFINITY : low, Number.isNaN(high) ? Number.POSITIVE_INFINITY : high];
}

function productRange(matrix: Float64Array, rows: number, { low, high }: Range, isTransposed: boolean): Range {
  const columns = low.length;
  return eachUnit(rows, (i) => {
    let least = 0;
    let most = 0;
    for (let j = 0; j < columns; j++) {
      const weight = isTransposed ? matrix[j * rows + i] : matrix[i * columns + j];
      least += times(weight, weight > 0 ? low[j] : high[j]);
      most += times(weight, weight > 0 ? high[j] : low[j]);
    }
    return sound(least, most);
  });
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

function joined(parts: readonly Float64Array[]): Float64Array {
  return Float64Array.from(parts.flatMap((part) => [...part]));
}
