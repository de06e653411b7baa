/** Lyapunov exponents from growths over blocks, with their errors, and what follows from a spectrum. */
import type { Growth } from "./growth.ts";

export interface Spectrum {
  /** Mean over blocks and trajectories, per step, in descending order; -Infinity for directions that are lost. */
  readonly exponents: Float64Array;
  /** Standard error of each, blocks counting as independent; NaN with fewer than two blocks. */
  readonly errors: Float64Array;
  /** Standard deviation of each over blocks: of exponents of so many steps. */
  readonly blockDeviation: Float64Array;
  /** Finite-time exponents of each trajectory over all its blocks, in the order of the frame, `[trajectory][vector]`. */
  readonly trajectories: readonly Float64Array[];
  /** Trajectories that diverged; they are in no average. */
  readonly diverged: number;
  /** Standard error of the largest exponent of one trajectory, from its own blocks. */
  readonly trajectoryError: number;
  /** Correlation of the largest exponent between a block and the next: errors are too small where it is large. */
  readonly blockCorrelation: number;
}

/** @param blocks how many to look at, from the first on */
export function spectrumOf(growth: Growth, blocks = growth.blocks): Spectrum {
  const { count, vectors, blockSteps } = growth;
  const rate = (c: number, b: number, v: number): number =>
    growth.logs[(c * growth.blocks + b) * vectors + v] / blockSteps;
  const trajectories: Float64Array[] = [];
  const kept: number[] = [];
  for (let c = 0; c < count; c++) {
    const own = Float64Array.from({ length: vectors }, (_, v) => average(blocks, (b) => rate(c, b, v)));
    trajectories.push(own);
    if (!own.some(Number.isNaN)) kept.push(c);
  }
  const samples = kept.length * blocks;
  const value = (sample: number, v: number): number => rate(kept[Math.floor(sample / blocks)], sample % blocks, v);
  const all = Array.from({ length: vectors }, (_, v) => {
    const exponent = average(samples, (sample) => value(sample, v));
    const variance = average(samples, (sample) => (value(sample, v) - exponent) ** 2) * (samples / (samples - 1));
    return { exponent, deviation: Math.sqrt(variance), error: Math.sqrt(variance / samples) };
  }).sort((a, b) => (a.exponent === b.exponent ? 0 : b.exponent - a.exponent));
  return {
    exponents: Float64Array.from(all, ({ exponent }) => exponent),
    errors: Float64Array.from(all, ({ error }) => error),
    blockDeviation: Float64Array.from(all, ({ deviation }) => deviation),
    trajectories,
    diverged: count - kept.length,
    trajectoryError: Math.sqrt(
      average(kept.length, (index) =>
        average(blocks, (b) => (rate(kept[index], b, 0) - trajectories[kept[index]][0]) ** 2),
      ) /
        (blocks - 1),
    ),
    blockCorrelation: average(kept.length, (index) => lagOne(blocks, (b) => rate(kept[index], b, 0))),
  };
}

/**
 * Kaplan-Yorke dimension: the size up to which volumes do not shrink, interpolated.
 *
 *     D = j + (lambda_1 + ... + lambda_j) / |lambda_{j+1}|,   j the last with a sum >= 0
 *
 * @param exponents descending
 * @param size of the state: where all exponents sum to 0 or more the dimension is that
 * @returns undefined where more exponents are needed than there are
 */
export function kaplanYorke(exponents: Float64Array, size: number): number | undefined {
  let sum = 0;
  for (const [j, exponent] of exponents.entries()) {
    if (Number.isNaN(exponent)) return undefined;
    if (sum + exponent < 0) return exponent === Number.NEGATIVE_INFINITY ? j : j + sum / -exponent;
    sum += exponent;
  }
  return exponents.length === size ? size : undefined;
}

/**
 * Sum of the positive exponents: Ruelle's upper bound on the Kolmogorov-Sinai entropy.
 *
 * @returns undefined where there may be more positive exponents than there are numbers
 */
export function entropyBound(exponents: Float64Array, size: number): number | undefined {
  if (exponents.some(Number.isNaN)) return undefined;
  if (exponents.length < size && exponents[exponents.length - 1] > 0) return undefined;
  return exponents.reduce((sum, exponent) => sum + Math.max(0, exponent), 0);
}

function average(count: number, value: (index: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += value(i);
  return sum / count;
}

/** 0 where there is nothing to correlate. */
function lagOne(count: number, value: (index: number) => number): number {
  if (count < 3) return 0;
  const mean = average(count, value);
  const variance = average(count, (i) => (value(i) - mean) ** 2);
  if (!(variance > 0) || !Number.isFinite(variance)) return 0;
  return average(count - 1, (i) => (value(i) - mean) * (value(i + 1) - mean)) / variance;
}
