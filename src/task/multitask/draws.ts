/** Random numbers of trials: laws of durations and strengths, drawn one after the other from keyed uniform numbers. */
import { InternalError } from "../../core/errors.ts";
import { type RandomKey, type RandomPlace, uniforms } from "../../core/random.ts";

/** The next uniform number in (0, 1). */
export type Draw = () => number;

/** A law of a positive number: uniform between two values, one of several equally likely ones, or always the same. */
export type Law = { readonly between: readonly [number, number] } | { readonly oneOf: readonly number[] };

/** Uniform numbers at one address, in their order. */
export function draws(count: number, key: RandomKey, place: RandomPlace): Draw {
  const values = uniforms(new Float64Array(count), key, place);
  let next = 0;
  return () => {
    if (next === count) throw new InternalError("multitask", `a trial drew more than ${count} numbers`);
    return values[next++];
  };
}

export function between(draw: Draw, from: number, to: number): number {
  return from + (to - from) * draw();
}

export function oneOf<Value>(draw: Draw, values: readonly Value[]): Value {
  return values[Math.floor(draw() * values.length)];
}

export function signOf(draw: Draw): 1 | -1 {
  return draw() < 0.5 ? 1 : -1;
}

export function drawn(draw: Draw, law: Law): number {
  return "oneOf" in law ? oneOf(draw, law.oneOf) : between(draw, law.between[0], law.between[1]);
}

/** Index that a uniform number in (0, 1) chooses in proportion to `weights`. */
export function chosen(uniform: number, weights: readonly number[]): number {
  let rest = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < weights.length - 1; i++) {
    rest -= weights[i];
    if (rest < 0) return i;
  }
  return weights.length - 1;
}
