/** What stands in a column, and values that are written as a rule. */
import { ParameterError } from "../../core/errors.ts";
import type { AxisValue } from "../study.ts";

/** More values than any axis needs; a mistaken step shall not fill the memory. */
const mostValues = 1_000_000;
/** Steps that may be missing at the end of a range by rounding. */
const slack = 1e-9;
/** Digits of a value: 3 * 0.1 is to be 0.3. */
const digits = 12;

/**
 * From, from + step, ..., up to the end, which is one of them when a step falls on it.
 *
 * @throws ParameterError when the step does not lead from the one to the other
 */
export function rangeValues(from: number, to: number, step: number): readonly number[] {
  const steps = Math.floor((to - from) / step + slack);
  if (!(steps >= 0 && steps < mostValues)) {
    throw new ParameterError({
      place: "range",
      rule: `must be [from, to, step] with a step that leads from the one to the other in less than ${mostValues} steps, got ${JSON.stringify([from, to, step])}`,
      remedy: "for example [0, 1, 0.25] for 0, 0.25, 0.5, 0.75, 1",
    });
  }
  return Array.from({ length: steps + 1 }, (_, i) => Number((from + i * step).toPrecision(digits)));
}

/**
 * Numbers of equal ratio, both ends included.
 *
 * @throws ParameterError unless the ends are above 0 and the count is an integer >= 2
 */
export function logspaceValues(from: number, to: number, count: number): readonly number[] {
  if (!(from > 0 && to > 0 && Number.isInteger(count) && count >= 2 && count <= mostValues)) {
    throw new ParameterError({
      place: "logspace",
      rule: `must be [from, to, count] with ends above 0 and a count of at least 2, got ${JSON.stringify([from, to, count])}`,
      remedy: "for example [0.001, 0.1, 3] for 0.001, 0.01, 0.1",
    });
  }
  const ratio = Math.log(to / from) / (count - 1);
  const inner = (i: number): number => Number((from * Math.exp(i * ratio)).toPrecision(digits));
  return Array.from({ length: count }, (_, i) => (i === 0 ? from : i === count - 1 ? to : inner(i)));
}

export function isAxisValue(value: unknown): value is AxisValue {
  return value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
}
