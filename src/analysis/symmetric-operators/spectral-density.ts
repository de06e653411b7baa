import { meanWithError } from "../statistics/mean-with-error.ts";
import type { ProbeVectors, SymmetricOperator } from "./contract.ts";
import { lanczos } from "./lanczos.ts";

/** Points with weights that add up to 1. */
export interface SpectralMeasure {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Stochastic Lanczos quadrature: for each probe z the Gauss rule of the measure of the spectrum that z sees.
 *
 *     z' g(A) z / z'z = sum_i weights_i g(nodes_i)   for polynomials g up to degree 2 steps - 1
 *
 * The expectation over signs z is tr g(A) / size.
 *
 * Accuracy: test/unit/symmetric-operators.test.ts. Cost: probes * steps products. Source: golub1969 (the rule), ghorbani2019 (Hessians).
 */
export function spectralMeasures(
  operator: SymmetricOperator,
  { probes, steps, signs }: { readonly probes: number; readonly steps: number; readonly signs: ProbeVectors },
): SpectralMeasure[] {
  return Array.from({ length: probes }, (_, probe) => {
    const { values, weights } = lanczos(operator, { steps, starts: () => signs(probe), restarts: false });
    return { nodes: values, weights };
  });
}

export interface SmoothedDensity {
  /** Evenly spaced eigenvalues. */
  readonly grid: Float64Array;
  /** Integral 1. */
  readonly density: Float64Array;
  /** Standard errors over the measures; NaN for a single one. */
  readonly errors: Float64Array;
}

/**
 * Mean of measures, each point spread by a Gaussian kernel.
 *
 * @param width standard deviation of the kernel, > 0
 * @param points of the grid, which reaches 5 widths beyond the outermost nodes
 */
export function smoothedDensity(measures: readonly SpectralMeasure[], width: number, points: number): SmoothedDensity {
  const low = Math.min(...measures.map(({ nodes }) => nodes.reduce((a, b) => Math.min(a, b)))) - 5 * width;
  const high = Math.max(...measures.map(({ nodes }) => nodes.reduce((a, b) => Math.max(a, b)))) + 5 * width;
  const grid = Float64Array.from({ length: points }, (_, i) => low + ((high - low) * i) / (points - 1));
  const found = Array.from(grid, (x) =>
    meanWithError(
      measures.map(({ nodes, weights }) => {
        let sum = 0;
        for (let i = 0; i < nodes.length; i++) sum += weights[i] * Math.exp(-0.5 * ((x - nodes[i]) / width) ** 2);
        return sum / (width * Math.sqrt(2 * Math.PI));
      }),
    ),
  );
  return {
    grid,
    density: Float64Array.from(found, ({ mean }) => mean),
    errors: Float64Array.from(found, ({ error }) => error),
  };
}

/** Mean over measures of sum weights nodes^power, with its standard error: an estimate of tr A^power / size. */
export function measureMoment(
  measures: readonly SpectralMeasure[],
  power: number,
): { readonly mean: number; readonly error: number } {
  return meanWithError(
    measures.map(({ nodes, weights }) => nodes.reduce((sum, node, i) => sum + weights[i] * node ** power, 0)),
  );
}
