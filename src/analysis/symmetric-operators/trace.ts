import { dot } from "../fixed-points/linear.ts";
import { meanWithError } from "../statistics/mean-with-error.ts";
import type { ProbeVectors, SymmetricOperator } from "./contract.ts";
import { addScaled, divide, orthogonalised } from "./orthogonal.ts";

export interface TraceEstimate {
  readonly trace: number;
  /** Standard error over the random vectors; 0 where the trace is exact. */
  readonly error: number;
}

/** A vector that loses all but this part of its length to those before it adds no direction. */
const dependent = 1e-10;

/**
 * Trace by Hutch++.
 *
 *     tr A = tr(Q' A Q) + tr((1 - QQ') A (1 - QQ')),   Q an orthonormal basis of A S
 *
 * S and the probes of the second part, which is estimated by z' (...) z, take a third of the products each. The error
 * falls as 1 / products, where plain probes have 1 / sqrt(products). As many products as rows give the exact trace.
 *
 * Accuracy: test/unit/symmetric-operators.test.ts. Cost: `products` products, memory size * products / 3.
 * Source: meyer2021, algorithm 1.
 *
 * @param products >= 6
 * @param signs random signs
 */
export function hutchPlusPlus(
  { size, product }: SymmetricOperator,
  products: number,
  signs: ProbeVectors,
): TraceEstimate {
  if (size <= products) {
    let trace = 0;
    for (let i = 0; i < size; i++) trace += product(new Float64Array(size).fill(1, i, i + 1))[i];
    return { trace, error: 0 };
  }
  const count = Math.floor(products / 3);
  const basis: Float64Array[] = [];
  for (let index = 0; index < count; index++) {
    const image = product(signs(index));
    const whole = Math.sqrt(dot(image, image));
    const left = orthogonalised(image, basis);
    if (left > dependent * whole) basis.push(divide(image, left));
  }
  let trace = 0;
  for (const one of basis) trace += dot(one, product(one));
  const rests = Array.from({ length: count }, (_, index) => {
    const probe = signs(count + index).slice();
    for (const one of basis) addScaled(probe, one, -dot(one, probe));
    return dot(probe, product(probe));
  });
  const { mean, error } = meanWithError(rests);
  return { trace: trace + mean, error };
}
