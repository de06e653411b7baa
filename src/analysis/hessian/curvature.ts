/** Everything that is found of one matrix of second derivatives. */
import { dot } from "../fixed-points/linear.ts";
import type { LossSurface } from "../loss-surface/loss-surface.ts";
import type { LossName } from "../loss-surface/surfaces.ts";
import type { Block } from "../loss-surface/trained-numbers.ts";
import type { SymmetricOperator } from "../symmetric-operators/contract.ts";
import { randomSigns } from "../symmetric-operators/probe-vectors.ts";
import {
  measureMoment,
  type SmoothedDensity,
  type SpectralMeasure,
  smoothedDensity,
  spectralMeasures,
} from "../symmetric-operators/spectral-density.ts";
import { type Conditioning, conditioning, type EndsOptions, probeKey, type Spectrum, spectrum } from "./spectrum.ts";

export type MatrixName = "hessian" | "gauss-newton";

export interface CurvatureOptions extends EndsOptions {
  /** Random vectors of the density, each with `densitySteps` products; 0: no density where not all eigenvalues are known. */
  readonly densityProbes: number;
  readonly densitySteps: number;
  readonly densityPoints: number;
  /** Standard deviation of the kernel as a part of the width of the spectrum. */
  readonly kernelWidth: number;
}

/** One matrix, or its block of one trained array. */
export interface BlockSpectrum extends Spectrum {
  /** "all" or the name of the array. */
  readonly block: string;
  readonly size: number;
  readonly conditioning: Conditioning;
}

export interface Density extends SmoothedDensity {
  /** Standard deviation of the kernel, in units of the eigenvalues. */
  readonly width: number;
  readonly isExact: boolean;
  /** Estimates of tr A^power / size, from power 1 on. */
  readonly moments: readonly { readonly mean: number; readonly error: number }[];
}

export interface Curvature {
  readonly loss: LossName;
  readonly matrix: MatrixName;
  readonly whole: BlockSpectrum;
  readonly blocks: readonly BlockSpectrum[];
  readonly density: Density | undefined;
}

/** Products that `curvature` makes at most: for telling how far it is. */
export function productCount(
  size: number,
  blocks: readonly Block[],
  { steps, traceProducts, densityProbes, densitySteps }: CurvatureOptions,
): number {
  const of = (rows: number): number => Math.min(steps, rows) + Math.min(traceProducts, rows);
  const density = steps >= size ? 0 : densityProbes * densitySteps;
  return of(size) + density + blocks.reduce((sum, { places }) => sum + of(places.length), 0);
}

/**
 * @param blocks of which the diagonal blocks of the matrix are looked at too
 * @param told called before every product
 */
export function curvature(
  loss: LossName,
  matrix: MatrixName,
  surface: LossSurface,
  blocks: readonly Block[],
  options: CurvatureOptions,
  told: (what: string) => void,
): Curvature {
  const made = matrix === "hessian" ? surface.hessianProduct : surface.gaussNewtonProduct;
  const named = (what: string) => (vector: Float64Array) => {
    told(`${matrix} of the ${loss} loss, ${what}`);
    return made(vector);
  };
  const { size } = surface.numbers;
  const blockSpectrum = (block: string, operator: SymmetricOperator): BlockSpectrum => {
    const found = spectrum(operator, options);
    return { ...found, block, size: operator.size, conditioning: conditioning(found.pairs) };
  };
  const whole = blockSpectrum("all", { size, product: named("eigenvalues and trace") });
  return {
    loss,
    matrix,
    whole,
    blocks: blocks.map((block) => blockSpectrum(block.name, diagonalBlock(named(`block ${block.name}`), size, block))),
    density: densityOf({ size, product: named("spectral density") }, whole, options),
  };
}

/** A diagonal block of a matrix. */
function diagonalBlock(
  product: SymmetricOperator["product"],
  whole: number,
  { offset, places }: Block,
): SymmetricOperator {
  const size = places.length;
  return {
    size,
    product: (vector) => {
      const padded = new Float64Array(whole);
      padded.set(vector, offset);
      return product(padded).slice(offset, offset + size);
    },
  };
}

const moments = [1, 2, 3, 4];

function densityOf(operator: SymmetricOperator, whole: Spectrum, options: CurvatureOptions): Density | undefined {
  const { values, isComplete } = whole.pairs;
  const { densityProbes: probes, densitySteps: steps, densityPoints, kernelWidth, seed } = options;
  if (!isComplete && probes === 0) return undefined;
  const measures: SpectralMeasure[] = isComplete
    ? [{ nodes: values, weights: new Float64Array(values.length).fill(1 / values.length) }]
    : spectralMeasures(operator, { probes, steps, signs: randomSigns(operator.size, probeKey("density", seed)) });
  const extent = values[0] - values[values.length - 1];
  // a spectrum of one point has no width to measure by
  const width = kernelWidth * (extent || Math.abs(values[0]) || 1);
  const smoothed = smoothedDensity(measures, width, densityPoints);
  const exact = (estimate: { mean: number; error: number }) => (isComplete ? { ...estimate, error: 0 } : estimate);
  return {
    ...smoothed,
    errors: isComplete ? new Float64Array(densityPoints) : smoothed.errors,
    width,
    isExact: isComplete,
    moments: moments.map((power) => exact(measureMoment(measures, power))),
  };
}

/** How an eigenvector lies in the space of the trained numbers. */
export interface VectorShape {
  /** Squared cosine of the angle to the gradient. */
  readonly gradientShare: number;
  /** 1 / (size sum v^4): 1 when spread evenly, 1 / size when in one number. */
  readonly participation: number;
  /** Squared length in each block; they add up to 1. */
  readonly blockShares: readonly number[];
}

export function vectorShape(vector: Float64Array, gradient: Float64Array, blocks: readonly Block[]): VectorShape {
  const squared = dot(gradient, gradient);
  return {
    gradientShare: squared === 0 ? 0 : dot(vector, gradient) ** 2 / squared,
    participation: 1 / (vector.length * vector.reduce((sum, value) => sum + value ** 4, 0)),
    blockShares: blocks.map(({ offset, places }) => {
      const part = vector.subarray(offset, offset + places.length);
      return dot(part, part);
    }),
  };
}
