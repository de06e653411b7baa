/** Bounds of the sample Lyapunov exponent that hold for every trajectory, and every number they are made of. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { derivativeBound, largestSlope, norm2, type StepStructure, termBound } from "./structure.ts";

/** What noise does to the difference e of two solutions, per |e|: bounds of |Ds|_F and of |Ds' e| / |e|. */
export interface DiffusionBounds {
  readonly frobeniusLow: number;
  readonly frobeniusHigh: number;
  readonly alongLow: number;
  readonly alongHigh: number;
}

/** The drift f of dh = f dt + s dB: f = (next - h) / dt. */
export interface DriftBounds {
  /** lambda_min and lambda_max of the symmetric part of A, the linear part. */
  readonly symmetricLow: number;
  readonly symmetricHigh: number;
  /** Sum over nonlinear parts of L |Out| |In|: L_a sigma_max(W) for one activation of Lipschitz constant L_a. */
  readonly nonlinear: number;
  /** The two together: e' Df / |e|^2 lies within. */
  readonly low: number;
  readonly high: number;
  /** The same with each slope split into its middle, which joins A, and its half width. */
  readonly centredLow: number;
  readonly centredHigh: number;
  /** Lipschitz constant of the drift. */
  readonly lipschitz: number;
}

export interface Certificate {
  /** s_low^2 / 2 - s_high^2 and s_high^2 / 2 - s_low^2, the Frobenius norm in the first square, the other in the second. */
  readonly phi: number;
  readonly psi: number;
  /** phi + lambda_min(A_sym) - nonlinear <= exponent <= psi + lambda_max(A_sym) + nonlinear, per unit of time. */
  readonly lower: number;
  readonly upper: number;
  /** The same from the centred bounds. */
  readonly centredLower: number;
  readonly centredUpper: number;
  /** Half the growth rate of the mean square of e is at most this: noise never lowers it. */
  readonly meanSquare: number;
}

/** The drift of a structure of the step, times a factor (the mean of noise in proportion to it). */
export function driftStructure(
  { linear, terms, rest }: StepStructure,
  dt: number,
  factor: number,
  leak: number,
): StepStructure {
  const scale = factor / dt;
  const size = linear.rows;
  const drift = Matrix.sub(linear, Matrix.eye(size)).mul(scale);
  return {
    linear: drift.add(Matrix.eye(size).mul(leak)),
    terms: terms.map((term) => ({ ...term, out: Matrix.mul(term.out, scale) })),
    rest: rest * Math.abs(scale),
  };
}

export function driftBounds(drift: StepStructure): DriftBounds {
  const { linear, terms, rest } = drift;
  const [symmetricLow, symmetricHigh] = symmetricRange(linear);
  const nonlinear = terms.reduce((sum, term) => sum + termBound(term), rest);
  const { middle, half } = centred(drift);
  const [middleLow, middleHigh] = symmetricRange(middle);
  const width = half.reduce((sum, { radius, out, into }) => sum + radius * norm2(out) * norm2(into), rest);
  return {
    symmetricLow,
    symmetricHigh,
    nonlinear,
    low: symmetricLow - nonlinear,
    high: symmetricHigh + nonlinear,
    centredLow: middleLow - width,
    centredHigh: middleHigh + width,
    lipschitz: derivativeBound(drift),
  };
}

/** Each slope as its middle, which joins the linear part, and what is left of it. */
export function centred({ linear, terms }: StepStructure): {
  readonly middle: Matrix;
  readonly half: readonly { readonly radius: number; readonly out: Matrix; readonly into: Matrix }[];
} {
  const middle = linear.clone();
  const half = terms.map(({ low, high, out, into }) => {
    middle.add(out.mmul(into).mul((low + high) / 2));
    return { radius: (high - low) / 2, out, into };
  });
  return { middle, half };
}

/**
 * The certificate of section 4.1: two solutions with the same input and the same Brownian path.
 *
 *     d ln|e| = [ e' Df / |e|^2 + |Ds|_F^2 / (2 |e|^2) - |Ds' e|^2 / |e|^4 ] dt + martingale
 *
 * The martingale averages out, because its quadratic variation is at most s_high^2 t. It is about the differential
 * equation; a step of length dt differs by order dt.
 *
 * @param step dt, for the bound of the mean square
 */
export function certificate(drift: DriftBounds, noise: DiffusionBounds, step: number): Certificate {
  const phi = noise.frobeniusLow ** 2 / 2 - noise.alongHigh ** 2;
  const psi = noise.frobeniusHigh ** 2 / 2 - noise.alongLow ** 2;
  return {
    phi,
    psi,
    lower: phi + drift.low,
    upper: psi + drift.high,
    centredLower: phi + Math.max(drift.low, drift.centredLow),
    centredUpper: psi + Math.min(drift.high, drift.centredHigh),
    meanSquare: Math.min(drift.high, drift.centredHigh) + (step * drift.lipschitz ** 2 + noise.frobeniusHigh ** 2) / 2,
  };
}

/** Smallest and largest eigenvalue of the symmetric part. */
export function symmetricRange(matrix: Matrix): [number, number] {
  const symmetric = Matrix.add(matrix, matrix.transpose()).mul(0.5);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return [Math.min(...realEigenvalues), Math.max(...realEigenvalues)];
}

/** Largest real part of an eigenvalue. */
export function spectralAbscissa(matrix: Matrix): number {
  return Math.max(...new EigenvalueDecomposition(matrix).realEigenvalues);
}

/** Largest modulus of the slopes of all terms. */
export const activationConstant = ({ terms }: StepStructure): number => Math.max(0, ...terms.map(largestSlope));
