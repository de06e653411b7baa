/**
 * What a cell's step is made of, read from its equations: a linear part, and matrices around slopes that are bounded.
 *
 *     d next / d h = L + sum over k of Out_k diag(s_k) In_k + R,   low_k <= s_k <= high_k,   |R| <= rest
 *
 * The bounds hold at every state and input (in the box of states given): they come from the ranges of the slopes.
 */
import { Matrix, SVD } from "ml-matrix";
import { axisSize } from "../../cell/axis.ts";
import { isElementwise, type Node, type NodeId } from "../../cell/graph.ts";
import { type ElementwiseOp, elementwise } from "../../cell/operations.ts";
import { CapabilityError } from "../../core/errors.ts";
import type { StepEquations } from "../dynamics/equations.ts";

/** Out diag(s) In with low <= s <= high, unit by unit. */
export interface SlopeTerm {
  readonly low: number;
  readonly high: number;
  /** `[rows, units]`. */
  readonly out: Matrix;
  /** `[units, stateSize]`. */
  readonly into: Matrix;
}

export interface StepStructure {
  /** L, `[stateSize, stateSize]`. */
  readonly linear: Matrix;
  readonly terms: readonly SlopeTerm[];
  /** Bound of the norm of what is nested too deeply to be a term. */
  readonly rest: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

type Value =
  | { readonly kind: "known"; readonly values: Float64Array }
  | { readonly kind: "free"; readonly range: Range }
  | { readonly kind: "state"; readonly range: Range; readonly derivative: StepStructure };

const everything: Range = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** Slopes and values of functions of one number, whatever it is. */
const functions: Partial<Record<ElementwiseOp, { readonly slope: Range; readonly value: Range }>> = {
  tanh: { slope: { low: 0, high: 1 }, value: { low: -1, high: 1 } },
  sigmoid: { slope: { low: 0, high: 0.25 }, value: { low: 0, high: 1 } },
  relu: { slope: { low: 0, high: 1 }, value: { low: 0, high: Number.POSITIVE_INFINITY } },
  softplus: { slope: { low: 0, high: 1 }, value: { low: 0, high: Number.POSITIVE_INFINITY } },
  erf: { slope: { low: 0, high: 2 / Math.sqrt(Math.PI) }, value: { low: -1, high: 1 } },
  sin: { slope: { low: -1, high: 1 }, value: { low: -1, high: 1 } },
  cos: { slope: { low: -1, high: 1 }, value: { low: -1, high: 1 } },
  abs: { slope: { low: -1, high: 1 }, value: { low: 0, high: Number.POSITIVE_INFINITY } },
};

/**
 * @param states range of every state: everything, or those that a network visits
 * @param isZero noise that counts as absent, because it is bounded elsewhere; other noise may have any value
 * @throws CapabilityError naming the operation whose slope has no bound
 */
export function stepStructure(
  equations: StepEquations,
  states: Range,
  isZero: (noise: NodeId) => boolean,
): StepStructure {
  const { graph, stateSize, parameters, settings, noiseNodes, sizeOf, sizes } = equations;
  const values = new Map<NodeId, Value>();
  const refuse = (what: string): never => {
    throw new CapabilityError({
      place: equations.place,
      rule: `${what} has no bound on its slope that holds everywhere`,
      remedy: "read the local numbers along trajectories, which need no such bound",
    });
  };
  const value = (id: NodeId): Value => {
    const known = values.get(id);
    if (known !== undefined) return known;
    const made = compute(id, graph.nodes[id]);
    values.set(id, made);
    return made;
  };
  /** A value along an axis of its own or repeated. */
  const sized = (id: NodeId, size: number): Value => repeatedTo(value(id), size);

  const compute = (id: NodeId, node: Node): Value => {
    const size = sizeOf(id);
    if (noiseNodes.has(id))
      return isZero(id) ? { kind: "known", values: new Float64Array(size) } : { kind: "free", range: everything };
    const state = equations.states.find(({ leaf }) => leaf === id);
    if (state !== undefined) {
      const linear = Matrix.zeros(size, stateSize);
      for (let i = 0; i < size; i++) linear.set(i, state.offset + i, 1);
      return { kind: "state", range: states, derivative: { linear, terms: [], rest: 0 } };
    }
    switch (node.op) {
      case "constant":
        return { kind: "known", values: Float64Array.of(node.value) };
      case "setting":
        return { kind: "known", values: Float64Array.of(settings[node.name]) };
      case "parameter":
        return { kind: "known", values: parameters[node.name] };
      case "leaf":
        return { kind: "free", range: everything };
      case "product": {
        const x = value(node.args[0]);
        return mapped(x, Matrix.from1DArray(size, sizeOf(node.args[0]), parameters[node.name]));
      }
      case "slice": {
        const first = axisSize(node.offset, sizes);
        const whole = sizeOf(node.args[0]);
        const chosen = Matrix.zeros(size, whole);
        for (let i = 0; i < size; i++) chosen.set(i, first + i, 1);
        return mapped(value(node.args[0]), chosen);
      }
      case "sum":
        return mapped(value(node.args[0]), Matrix.ones(1, sizeOf(node.args[0])));
      case "broadcast":
        return sized(node.args[0], size);
      case "concat":
        return node.args.map(value).reduce(stacked);
      default:
        if (isElementwise(node)) return elementwiseValue(node.op, node.args, size);
        return refuse(node.op);
    }
  };

  const elementwiseValue = (op: ElementwiseOp, args: readonly NodeId[], size: number): Value => {
    const given = args.map((arg) => sized(arg, size));
    if (given.every((x) => x.kind === "known")) {
      const f = elementwise[op].value;
      const parts = given.map((x) => (x as { values: Float64Array }).values);
      return { kind: "known", values: Float64Array.from({ length: size }, (_, i) => f(...parts.map((p) => p[i]))) };
    }
    const [a, b] = given;
    if (op === "add" || op === "sub") return sumOf(a, b, op === "add" ? 1 : -1, size);
    if (op === "neg") return sumOf({ kind: "known", values: new Float64Array(size) }, a, -1, size);
    if (op === "mul" || (op === "div" && b.kind === "known")) {
      const factor: Value =
        op === "mul" || b.kind !== "known" ? b : { kind: "known", values: b.values.map((x) => 1 / x) };
      return productOf(a, factor, size, () => refuse(`a product (${op}) of unbounded values`));
    }
    if ((op === "max" || op === "min") && a.kind === "state" && b.kind === "known")
      return { ...a, derivative: chained(a.derivative, { low: 0, high: 1 }, size) };
    const known = functions[op];
    if (known === undefined) {
      if (given.every((x) => x.kind !== "state")) return { kind: "free", range: everything };
      return refuse(op);
    }
    if (a.kind !== "state") return { kind: "free", range: known.value };
    return { kind: "state", range: known.value, derivative: chained(a.derivative, known.slope, size) };
  };

  let whole: StepStructure | undefined;
  for (const { next, size } of equations.states) {
    const part = sized(next, size);
    const own: StepStructure =
      part.kind === "state" ? part.derivative : { linear: Matrix.zeros(size, stateSize), terms: [], rest: 0 };
    whole = whole === undefined ? own : stackedDerivatives(whole, own);
  }
  return whole as StepStructure;
}

export const norm2 = (matrix: Matrix): number =>
  matrix.rows === 0 || matrix.columns === 0 ? 0 : new SVD(matrix, { autoTranspose: true }).norm2;

export const largestSlope = ({ low, high }: Range): number => Math.max(Math.abs(low), Math.abs(high));

/** Bound of the norm of a derivative. */
export function derivativeBound({ linear, terms, rest }: StepStructure): number {
  return terms.reduce((sum, term) => sum + termBound(term), norm2(linear) + rest);
}

export const termBound = (term: SlopeTerm): number => largestSlope(term) * norm2(term.out) * norm2(term.into);

function mapped(x: Value, matrix: Matrix): Value {
  if (x.kind === "free") return { kind: "free", range: everything };
  if (x.kind === "known")
    return {
      kind: "known",
      values: Float64Array.from(matrix.mmul(Matrix.columnVector(Array.from(x.values))).to1DArray()),
    };
  const { linear, terms, rest } = x.derivative;
  return {
    kind: "state",
    range: imageRange(matrix, x.range),
    derivative: {
      linear: matrix.mmul(linear),
      terms: terms.map((term) => ({ ...term, out: matrix.mmul(term.out) })),
      rest: rest * (rest > 0 ? norm2(matrix) : 1),
    },
  };
}

/** Range of all entries of a matrix times a vector whose entries lie within a range. */
function imageRange(matrix: Matrix, { low, high }: Range): Range {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < matrix.rows; i++) {
    let [below, above] = [0, 0];
    for (let j = 0; j < matrix.columns; j++) {
      const weight = matrix.get(i, j);
      if (weight === 0) continue;
      below += weight * (weight > 0 ? low : high);
      above += weight * (weight > 0 ? high : low);
    }
    least = Math.min(least, below);
    most = Math.max(most, above);
  }
  return { low: least, high: most };
}

function repeatedTo(x: Value, size: number): Value {
  if (x.kind === "free") return x;
  if (x.kind === "known")
    return x.values.length === size ? x : { kind: "known", values: new Float64Array(size).fill(x.values[0]) };
  if (x.derivative.linear.rows === size) return x;
  return mapped(x, Matrix.ones(size, 1));
}

const plus = (a: Range, b: Range, sign: number): Range =>
  sign > 0 ? { low: a.low + b.low, high: a.high + b.high } : { low: a.low - b.high, high: a.high - b.low };

const times = (a: Range, b: Range): Range => {
  const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high].map((x) =>
    Number.isNaN(x) ? 0 : x,
  );
  return { low: Math.min(...corners), high: Math.max(...corners) };
};

function rangeOf(x: Value): Range {
  if (x.kind !== "known") return x.range;
  return { low: Math.min(...x.values), high: Math.max(...x.values) };
}

function sumOf(a: Value, b: Value, sign: number, size: number): Value {
  const range = plus(rangeOf(a), rangeOf(b), sign);
  if (a.kind !== "state" && b.kind !== "state") return { kind: "free", range };
  const turned = b.kind === "state" && sign < 0 ? mapped(b, Matrix.eye(size).mul(-1)) : b;
  const parts = [a, turned].flatMap((x) => (x.kind === "state" ? [x.derivative] : []));
  return { kind: "state", range, derivative: parts.reduce(added) };
}

function added(a: StepStructure, b: StepStructure): StepStructure {
  return { linear: Matrix.add(a.linear, b.linear), terms: [...a.terms, ...b.terms], rest: a.rest + b.rest };
}

/** d (x y) = y dx + x dy, with the values of the factors in their ranges. */
function productOf(a: Value, b: Value, size: number, refuse: () => never): Value {
  const range = times(rangeOf(a), rangeOf(b));
  const sides = [
    [a, b],
    [b, a],
  ].flatMap(([x, factor]) => {
    if (x.kind !== "state") return [];
    if (factor.kind === "known") {
      const scaled = mapped(x, Matrix.diag(Array.from(factor.values)));
      return scaled.kind === "state" ? [scaled.derivative] : [];
    }
    const bounds = factor.range;
    if (!Number.isFinite(bounds.low) || !Number.isFinite(bounds.high)) return refuse();
    return [chained(x.derivative, bounds, size)];
  });
  return sides.length === 0 ? { kind: "free", range } : { kind: "state", range, derivative: sides.reduce(added) };
}

/** diag(s) times a derivative, s within a range: one level of terms stays exact, what is deeper goes to the rest. */
function chained({ linear, terms, rest }: StepStructure, slope: Range, size: number): StepStructure {
  const flat: SlopeTerm[] =
    linear.isEmpty() || linear.max() > 0 || linear.min() < 0 ? [{ ...slope, out: Matrix.eye(size), into: linear }] : [];
  const isPlain = (out: Matrix): boolean => out.rows === out.columns && Matrix.sub(out, Matrix.eye(size)).norm() === 0;
  let deep = rest;
  for (const term of terms) {
    if (isPlain(term.out)) flat.push({ ...times(term, slope), out: term.out, into: term.into });
    else deep += termBound(term);
  }
  return { linear: Matrix.zeros(size, linear.columns), terms: flat, rest: deep * largestSlope(slope) };
}

function stacked(a: Value, b: Value): Value {
  if (a.kind === "known" && b.kind === "known")
    return { kind: "known", values: Float64Array.of(...a.values, ...b.values) };
  const [left, right] = [rangeOf(a), rangeOf(b)];
  const range = { low: Math.min(left.low, right.low), high: Math.max(left.high, right.high) };
  if (a.kind !== "state" || b.kind !== "state") return { kind: "free", range: everything };
  return { kind: "state", range, derivative: stackedDerivatives(a.derivative, b.derivative) };
}

function stackedDerivatives(a: StepStructure, b: StepStructure): StepStructure {
  const [above, below] = [a.linear.rows, b.linear.rows];
  const placed = (out: Matrix, first: number): Matrix => {
    const whole = Matrix.zeros(above + below, out.columns);
    whole.setSubMatrix(out, first, 0);
    return whole;
  };
  const linear = Matrix.zeros(above + below, a.linear.columns);
  linear.setSubMatrix(a.linear, 0, 0);
  linear.setSubMatrix(b.linear, above, 0);
  return {
    linear,
    terms: [
      ...a.terms.map((term) => ({ ...term, out: placed(term.out, 0) })),
      ...b.terms.map((term) => ({ ...term, out: placed(term.out, above) })),
    ],
    rest: Math.hypot(a.rest, b.rest),
  };
}
