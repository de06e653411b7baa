import { mean, variance } from "./descriptive.ts";

/** Mean with its standard error; the error of a single value is NaN. */
export function meanWithError(values: ArrayLike<number>): { readonly mean: number; readonly error: number } {
  return { mean: mean(values), error: Math.sqrt(variance(values) / values.length) };
}
