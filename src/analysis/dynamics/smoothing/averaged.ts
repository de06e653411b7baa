/** What noise makes of a function on average. */
import type { Scalar, Surroundings } from "./scalar-function.ts";

/** @param a mean of the argument @param s see `Averaged` @param c noise-free operands */
export type AveragedScalar = (a: number, s: number, c: Surroundings) => number;

/** How a number of an average is computed; `bound` on its error, in units of F near the argument. */
export type Method =
  | { readonly kind: "closed form" }
  /** Sum over the values of a law that has finitely many. */
  | { readonly kind: "finite sum" }
  | { readonly kind: "Gauss-Hermite"; readonly order: number; readonly bound: number }
  /** Gauss-Legendre on panels between the kinks, halved to a tolerance. */
  | { readonly kind: "panels"; readonly bound: number };

/**
 * F averaged over its argument a + s xi. At s = 0 exactly F and its derivatives.
 *
 * For gaussian noise xi ~ N(0, 1) and s is the deviation; for other laws xi is the centred draw and s its gain.
 */
export interface Averaged {
  /** g(a) = E F(a + s xi). */
  readonly mean: AveragedScalar;
  /** dg/da. */
  readonly slope: AveragedScalar;
  /** d2g/da2. */
  readonly curvature: AveragedScalar;
  /** Cov(F(a + s xi), s xi) / Var(s xi): the linear part of F; the slope where xi is gaussian. */
  readonly response: AveragedScalar;
  /** V(a) = Var F(a + s xi). */
  readonly variance: AveragedScalar;
  /** dV/da, for continuous F. */
  readonly varianceSlope: AveragedScalar;
  /** dg/dc_k, per noise-free operand of F. */
  readonly partials: readonly AveragedScalar[];
  /** How mean and variance are computed at s. */
  readonly method: (s: number) => { readonly mean: Method; readonly variance: Method };
}

/** Formulas that hold for s > 0; what is left out comes from quadrature. */
export type ClosedForms = {
  readonly [K in "mean" | "slope" | "curvature" | "variance" | "varianceSlope"]?: (a: number, s: number) => number;
};

/** An integral of a scalar function, for averages that quadrature gives. */
export type Expectation = (f: Scalar, a: number, s: number, c: Surroundings) => number;
