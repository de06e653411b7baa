/** What a person writes equations with: operands, arithmetic and the functions of a cell. */
import { ParameterError, ShapeError } from "../core/errors.ts";
import { type Axis, parseAxis } from "./axis.ts";
import * as graphs from "./graph.ts";
import type { ElementwiseOp } from "./operations.ts";

/** A vector per sample, or a number per call, inside the equations of a cell. */
export interface Expression {
  readonly graph: graphs.Graph;
  readonly id: graphs.NodeId;
  /** Axis, or null for a number per call. */
  readonly axis: Axis | null;
}

/** A parameter matrix; it only makes sense in `matvec`. */
export interface Matrix {
  readonly name: string;
  readonly axes: readonly [Axis, Axis];
  readonly multiply: (x: Expression) => Expression;
}

export type Operand = Expression | number;

export function expression(graph: graphs.Graph, id: graphs.NodeId): Expression {
  return Object.freeze({
    graph,
    id,
    axis: graph.nodes[id].axis,
    [Symbol.toPrimitive]: (): never => {
      throw new ParameterError({
        place: "cell equations",
        rule: "vectors and settings are symbols while equations are traced, got one in plain arithmetic",
        remedy: "use add, sub, mul, div, sqrt, ... of noisy-rnn instead of +, -, *, / and Math",
      });
    },
  });
}

function build(op: ElementwiseOp, ...operands: Operand[]): Expression {
  const known = operands.find((operand): operand is Expression => typeof operand !== "number");
  if (known === undefined) {
    throw new ParameterError({
      place: op,
      rule: "at least one operand must be part of the equations, got numbers only",
      remedy: "compute numbers with Math",
    });
  }
  const { graph } = known;
  const ids = operands.map((operand) => {
    if (typeof operand === "number") return graphs.constant(graph, operand);
    if (operand?.graph !== graph) {
      throw new ParameterError({
        place: op,
        rule: "operands must be numbers or expressions of the same cell, got something else",
        remedy: "a parameter matrix is used as matvec(p.name, x)",
      });
    }
    return operand.id;
  });
  return expression(graph, graphs.apply(graph, op, ids));
}

// Arithmetic

export const add = (...terms: Operand[]): Expression => chain("add", terms);
export const mul = (...factors: Operand[]): Expression => chain("mul", factors);
export const sub = (a: Operand, b: Operand): Expression => build("sub", a, b);
export const div = (a: Operand, b: Operand): Expression => build("div", a, b);
export const neg = (a: Operand): Expression => build("neg", a);
export const min = (a: Operand, b: Operand): Expression => build("min", a, b);
export const max = (a: Operand, b: Operand): Expression => build("max", a, b);
export const power = (base: Operand, exponent: Operand): Expression => build("pow", base, exponent);
/** `a` where condition > 0, else `b`. */
export const where = (condition: Operand, a: Operand, b: Operand): Expression => build("where", condition, a, b);
/** 1 where a > b, else 0. */
export const greater = (a: Operand, b: Operand): Expression => build("step", sub(a, b));
/** `a + weight * (b - a)`. */
export const lerp = (a: Operand, b: Operand, weight: Operand): Expression => add(a, mul(weight, sub(b, a)));

function chain(op: "add" | "mul", operands: readonly Operand[]): Expression {
  const [first, ...rest] = operands;
  const start = rest.length === 0 ? build(op, first, op === "add" ? 0 : 1) : undefined;
  return start ?? (rest.reduce((sofar, operand) => build(op, sofar, operand), first) as Expression);
}

// Vectors

/** Parameter matrix times vector. @throws ShapeError when the vector does not lie along the matrix's columns. */
export function matvec(matrix: Matrix, x: Expression): Expression {
  if (typeof matrix?.multiply !== "function") {
    throw new ParameterError({
      place: "matvec",
      rule: "the first argument must be a parameter matrix",
      remedy: 'declare it as parameters: { name: ["post", "pre"] } and pass p.name',
    });
  }
  return matrix.multiply(x);
}

/** Sum over units: one number per sample. */
export const sumUnits = (x: Expression): Expression => expression(x.graph, graphs.sum(x.graph, x.id));

/** Vectors one after the other along a longer axis. */
export const concat = (...parts: Expression[]): Expression =>
  expression(
    parts[0].graph,
    graphs.concat(
      parts[0].graph,
      parts.map((part) => part.id),
    ),
  );

/** `length` elements from `offset` on; both are axes such as "hidden" or 3. */
export function slice(x: Expression, offset: Axis | number, length: Axis | number): Expression {
  if (x.axis === null) {
    throw new ShapeError({ place: "slice", rule: "a number has no axis to slice", remedy: "slice a vector" });
  }
  const id = graphs.slice(x.graph, x.id, parseAxis(String(offset)), parseAxis(String(length)));
  return expression(x.graph, id);
}

// Functions

export const relu = (x: Operand): Expression => build("relu", x);
export const softplus = (x: Operand): Expression => build("softplus", x);
export const tanh = (x: Operand): Expression => build("tanh", x);
export const sigmoid = (x: Operand): Expression => build("sigmoid", x);
export const erf = (x: Operand): Expression => build("erf", x);
export const abs = (x: Operand): Expression => build("abs", x);
export const sign = (x: Operand): Expression => build("sign", x);
export const exp = (x: Operand): Expression => build("exp", x);
export const log = (x: Operand): Expression => build("log", x);
export const sqrt = (x: Operand): Expression => build("sqrt", x);
export const sin = (x: Operand): Expression => build("sin", x);
export const cos = (x: Operand): Expression => build("cos", x);
export const linear = (x: Operand): Expression => add(x);
/** max(x, slope * x) for slope in [0, 1]. */
export const leakyRelu = (x: Operand, slope: Operand = 0.01): Expression => where(x, x, mul(slope, x));
/** x for x > 0, scale * (exp(x) - 1) below. */
export const elu = (x: Operand, scale: Operand = 1): Expression => where(x, x, mul(scale, sub(exp(min(x, 0)), 1)));
/** x * Phi(x), with the normal distribution function (exact, by erf). */
export const gelu = (x: Operand): Expression => mul(x, 0.5, add(1, erf(mul(x, Math.SQRT1_2))));
/** max(tanh(x), 0). */
export const retanh = (x: Operand): Expression => relu(tanh(x));
/** x limited to [-1, 1]. */
export const hardTanh = (x: Operand): Expression => max(min(x, 1), -1);
/** sign(x) * relu(|x| + bias). */
export const modRelu = (x: Operand, bias: Operand): Expression => mul(sign(x), relu(add(abs(x), bias)));
export const square = (x: Operand): Expression => mul(x, x);

/** Functions of one argument that a setting may name, such as `activation: "relu"`. */
export const activations = {
  relu,
  softplus,
  tanh,
  sigmoid,
  erf,
  gelu,
  elu,
  "leaky-relu": leakyRelu,
  retanh,
  "hard-tanh": hardTanh,
  linear,
  abs,
  exp,
  sin,
} as const satisfies Record<string, (x: Operand) => Expression>;

export type ActivationName = keyof typeof activations;
