/**
 * Every element-wise operation: its value, its partial derivatives and its C text, one line each.
 *
 * Partial derivatives are expressions in the same operations, so they can be differentiated again.
 * Sub-gradients at kinks: relu and step have derivative 0 at 0; abs and sign have sign(0) = 0;
 * at a tie, max and min pass the gradient to their first argument; where passes none to its condition.
 */
import type { NodeId } from "./graph.ts";

export type ElementwiseOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "pow"
  | "neg"
  | "abs"
  | "sign"
  | "step"
  | "relu"
  | "exp"
  | "log"
  | "sqrt"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "erf"
  | "where";

/** Arithmetic on nodes, given to the derivative rules. */
export interface Algebra {
  number(value: number): NodeId;
  apply(op: ElementwiseOp, ...args: NodeId[]): NodeId;
}

interface Rule {
  readonly arity: 1 | 2 | 3;
  /** The reference, on float64 numbers. */
  readonly value: (...args: number[]) => number;
  /** d value / d argument, from the arguments and the value `y`; `undefined` is zero everywhere. */
  readonly partials: (k: Algebra, args: readonly NodeId[], y: NodeId) => readonly (NodeId | undefined)[];
  /** C on vectors of `real`. */
  readonly c: (...args: string[]) => string;
  /** Cheap enough that computing it twice beats storing it. */
  readonly cheap: boolean;
}

type Unary = (k: Algebra, x: NodeId, y: NodeId) => NodeId | undefined;

const unary = (value: (x: number) => number, c: string, derivative: Unary, cheap = false): Rule => ({
  arity: 1,
  value,
  partials: (k, [x], y) => [derivative(k, x, y)],
  c: (x) => `${c}(${x})`,
  cheap,
});

const binary = (
  value: (a: number, b: number) => number,
  c: (a: string, b: string) => string,
  partials: (k: Algebra, a: NodeId, b: NodeId, y: NodeId) => readonly (NodeId | undefined)[],
  cheap = true,
): Rule => ({ arity: 2, value, partials: (k, [a, b], y) => partials(k, a, b, y), c, cheap });

const ternary = (
  value: (c: number, a: number, b: number) => number,
  c: (c: string, a: string, b: string) => string,
  partials: (k: Algebra, c: NodeId) => readonly [NodeId, NodeId],
): Rule => ({ arity: 3, value, partials: (k, [condition]) => [undefined, ...partials(k, condition)], c, cheap: true });

// biome-ignore format: one line each
export const elementwise: Readonly<Record<ElementwiseOp, Rule>> = {
  add: binary((a, b) => a + b, (a, b) => `(${a} + ${b})`, (k) => [k.number(1), k.number(1)]),
  sub: binary((a, b) => a - b, (a, b) => `(${a} - ${b})`, (k) => [k.number(1), k.number(-1)]),
  mul: binary((a, b) => a * b, (a, b) => `(${a} * ${b})`, (_, a, b) => [b, a]),
  div: binary((a, b) => a / b, (a, b) => `(${a} / ${b})`, (k, _, b, y) => [k.apply("div", k.number(1), b), k.apply("neg", k.apply("div", y, b))], false),
  max: binary((a, b) => (a < b || Number.isNaN(b) ? b : a), (a, b) => `v_max(${a}, ${b})`, (k, a, b) => complementary(k, k.apply("step", k.apply("sub", b, a)))),
  min: binary((a, b) => (b < a || Number.isNaN(b) ? b : a), (a, b) => `v_min(${a}, ${b})`, (k, a, b) => complementary(k, k.apply("step", k.apply("sub", a, b)))),
  pow: binary((a, b) => a ** b, (a, b) => `v_pow(${a}, ${b})`, (k, a, b, y) => [k.apply("mul", b, k.apply("pow", a, k.apply("sub", b, k.number(1)))), k.apply("mul", y, k.apply("log", a))], false),
  neg: unary((x) => -x, "-", (k) => k.number(-1), true),
  abs: unary(Math.abs, "v_abs", (k, x) => k.apply("sign", x), true),
  sign: unary(Math.sign, "v_sign", () => undefined, true),
  step: unary((x) => (x > 0 ? 1 : 0), "v_step", () => undefined, true),
  relu: unary((x) => (x < 0 ? 0 : x), "v_relu", (k, _, y) => k.apply("step", y), true),
  exp: unary(Math.exp, "v_exp", (_, _x, y) => y),
  log: unary(Math.log, "v_log", (k, x) => k.apply("div", k.number(1), x)),
  sqrt: unary(Math.sqrt, "v_sqrt", (k, _, y) => k.apply("div", k.number(0.5), y)),
  sin: unary(Math.sin, "v_sin", (k, x) => k.apply("cos", x)),
  cos: unary(Math.cos, "v_cos", (k, x) => k.apply("neg", k.apply("sin", x))),
  tanh: unary(Math.tanh, "v_tanh", (k, _, y) => k.apply("sub", k.number(1), k.apply("mul", y, y))),
  sigmoid: unary(sigmoid, "v_sigmoid", (k, _, y) => k.apply("mul", y, k.apply("sub", k.number(1), y))),
  softplus: unary(softplus, "v_softplus", (k, x) => k.apply("sigmoid", x)),
  erf: unary(erf, "v_erf", (k, x) => k.apply("mul", k.number(2 / Math.sqrt(Math.PI)), k.apply("exp", k.apply("neg", k.apply("mul", x, x))))),
  where: ternary((c, a, b) => (c > 0 ? a : b), (c, a, b) => `v_where(${c}, ${a}, ${b})`, (k, c) => complementary(k, k.apply("sub", k.number(1), k.apply("step", c)))),
};

/** (1 - chosen, chosen): gradients of a choice between a first and a second argument. */
function complementary(k: Algebra, second: NodeId): readonly [NodeId, NodeId] {
  return [k.apply("sub", k.number(1), second), second];
}

function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/**
 * erf in float64: Taylor series to |x| < 3, continued fraction of erfc beyond.
 *
 * Accuracy: absolute error below 1e-15 (test/unit/operations.test.ts, against 50-digit values).
 */
function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    // erf(x) = 2/sqrt(pi) exp(-x^2) sum_k (2 x^2)^k x / (2k+1)!!: all terms of one sign, no cancellation
    let term = a;
    let total = a;
    for (let k = 1; term > total * 1e-17; k++) {
      term *= (2 * a * a) / (2 * k + 1);
      total += term;
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * total);
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + fraction)));
}
