/** What is asked of one symmetric matrix. */
import { type RandomKey, stream } from "../../core/random.ts";
import type { SymmetricOperator } from "../symmetric-operators/contract.ts";
import { lanczos, type RitzPairs } from "../symmetric-operators/lanczos.ts";
import { randomNormals, randomSigns } from "../symmetric-operators/probe-vectors.ts";
import { hutchPlusPlus, type TraceEstimate } from "../symmetric-operators/trace.ts";

export interface EndsOptions {
  /** Eigenvalues wanted at each end. */
  readonly count: number;
  /** Most products of the Lanczos iteration. */
  readonly steps: number;
  /** The iteration ends when the wanted eigenvalues are known to this part of the largest modulus. */
  readonly tolerance: number;
  /** Products of the trace, >= 6. */
  readonly traceProducts: number;
  readonly seed: number;
}

export interface Spectrum {
  readonly pairs: RitzPairs;
  readonly trace: TraceEstimate;
}

/** Streams of random vectors by their use. */
const probeStreams = { lanczos: 4096, trace: 4097, density: 4098, directions: 4099 } as const;

export function probeKey(use: keyof typeof probeStreams, seed: number): RandomKey {
  return { seed, stream: stream("probe-vectors", probeStreams[use]) };
}

/** Eigenvalues and vectors at both ends. Where there are as many steps as rows, all are found. */
export function spectralEnds(
  operator: SymmetricOperator,
  { count, steps, tolerance, seed }: Omit<EndsOptions, "traceProducts">,
): RitzPairs {
  const { size } = operator;
  return lanczos(operator, {
    steps,
    starts: randomNormals(size, probeKey("lanczos", seed)),
    restarts: true,
    ...(steps >= size
      ? {}
      : { isEnough: ({ values, errors }: RitzPairs) => areKnown(values, errors, count, tolerance) }),
  });
}

export function spectrum(operator: SymmetricOperator, options: EndsOptions): Spectrum {
  const { traceProducts, seed } = options;
  const signs = randomSigns(operator.size, probeKey("trace", seed));
  return { pairs: spectralEnds(operator, options), trace: hutchPlusPlus(operator, traceProducts, signs) };
}

function areKnown(values: Float64Array, errors: Float64Array, count: number, tolerance: number): boolean {
  if (values.length < 2 * count) return false;
  const largest = Math.max(Math.abs(values[0]), Math.abs(values[values.length - 1]));
  const isKnown = (error: number): boolean => error <= tolerance * largest;
  return errors.subarray(0, count).every(isKnown) && errors.subarray(-count).every(isKnown);
}

/** How badly conditioned a symmetric matrix is, by three definitions. */
export interface Conditioning {
  /** Largest eigenvalue over the smallest positive one. Exact where all are known; else a lower bound, or null. */
  readonly positive: number | null;
  /** Largest modulus over the smallest. Exact where all are known; else a lower bound, or null. */
  readonly modulus: number | null;
  /** Largest eigenvalue over the modulus of the smallest (the most negative one where there are such); null where that is not known to 1 per cent. */
  readonly ends: number | null;
  /** Whether `positive` and `modulus` are known and no bounds. */
  readonly isExact: boolean;
  /** Eigenvalues that are 0 to rounding and left out, where all are known. */
  readonly zeros: number | null;
}

/** Below this part of the largest modulus an eigenvalue counts as 0. */
export const zeroBelow = 1e-12;

/**
 * Condition numbers from approximate eigenvalues.
 *
 * Where not all eigenvalues are known there still is one within `errors[i]` of each value, so the smallest modulus is at
 * most `|values[i]| + errors[i]`, and where the interval is positive the smallest positive one is at most its upper end.
 */
export function conditioning({ values, errors, isComplete }: RitzPairs): Conditioning {
  const count = values.length;
  const [top, bottom] = [values[0], values[count - 1]];
  const isBottomLarger = Math.abs(bottom) > Math.abs(top);
  const largest = isBottomLarger ? Math.abs(bottom) : Math.abs(top);
  const zero = zeroBelow * largest;
  const isEndKnown = Math.abs(bottom) > zero && errors[count - 1] < 0.01 * Math.abs(bottom);
  const ends = isEndKnown ? ratio(top, Math.abs(bottom)) : null;
  if (isComplete) {
    const used = values.filter((value) => Math.abs(value) > zero);
    const positive = used.filter((value) => value > 0);
    return {
      positive: ratio(top, positive[positive.length - 1]),
      modulus: ratio(largest, Math.min(...used.map(Math.abs))),
      ends,
      isExact: true,
      zeros: count - used.length,
    };
  }
  const known = Array.from(values, (value, i) => ({ value, error: errors[i] }));
  const ceilings = known.filter(({ value, error }) => value - error > zero).map(({ value, error }) => value + error);
  const moduli = known.map(({ value, error }) => Math.abs(value) + error).filter((ceiling) => ceiling > zero);
  const largestFloor = largest - errors[isBottomLarger ? count - 1 : 0];
  return {
    positive: ratio(top - errors[0], Math.min(...ceilings)),
    modulus: ratio(largestFloor, Math.min(...moduli)),
    ends,
    isExact: false,
    zeros: null,
  };
}

function ratio(above: number, below: number | undefined): number | null {
  return below === undefined || !(below > 0) || !(above > 0) || below === Number.POSITIVE_INFINITY
    ? null
    : above / below;
}
