/** Balls of input perturbations, trial by trial: only the numbers of a trial's own steps belong to them. */
import { normals, type RandomKey, uniforms } from "../../core/random.ts";
import type { Victim } from "./victim.ts";

/** "l2": root of the sum of squares over all steps and channels of a trial; "linf": the largest change. */
export type Norm = "l2" | "linf";

type Rows = Pick<Victim, "batch" | "stride" | "counts">;

/** Norm of the difference of two inputs, `[batch]`. */
export function distances({ counts, stride }: Rows, norm: Norm, a: Float64Array, b: Float64Array): Float64Array {
  return Float64Array.from(counts, (count, row) => {
    let total = 0;
    for (let i = row * stride; i < row * stride + count; i++) {
      const change = Math.abs(a[i] - b[i]);
      total = norm === "l2" ? total + change * change : Math.max(total, change);
    }
    return norm === "l2" ? Math.sqrt(total) : total;
  });
}

/**
 * The step of length `radius` along which a linear function grows most.
 *
 *     linf: radius sign(g);   l2: radius g / ||g||_2
 *
 * @param radius of each trial, `[batch]`
 * @returns 0 for a trial whose gradient is 0 or not finite
 */
export function steepest(
  { counts, stride }: Rows,
  norm: Norm,
  gradient: Float64Array,
  radius: Float64Array,
): Float64Array {
  const step = new Float64Array(gradient.length);
  for (const [row, count] of counts.entries()) {
    const [from, to] = [row * stride, row * stride + count];
    let squares = 0;
    for (let i = from; i < to; i++) squares += gradient[i] * gradient[i];
    if (!(squares > 0 && squares < Number.POSITIVE_INFINITY)) continue;
    const scale = radius[row] / Math.sqrt(squares);
    for (let i = from; i < to; i++) {
      step[i] = norm === "linf" ? radius[row] * Math.sign(gradient[i]) : scale * gradient[i];
    }
  }
  return step;
}

/** Moves an input to the nearest point of the balls about `centre`, in place. */
export function projectOnto(
  rows: Rows,
  norm: Norm,
  input: Float64Array,
  centre: Float64Array,
  radius: Float64Array,
): void {
  const { counts, stride } = rows;
  const far = norm === "l2" ? distances(rows, norm, input, centre) : undefined;
  for (const [row, count] of counts.entries()) {
    for (let i = row * stride; i < row * stride + count; i++) {
      const change = input[i] - centre[i];
      if (far === undefined) input[i] = centre[i] + Math.max(-radius[row], Math.min(radius[row], change));
      else if (far[row] > radius[row]) input[i] = centre[i] + (change * radius[row]) / far[row];
    }
  }
}

/**
 * Points drawn from the uniform law on the balls; a function of (key, trial, step, channel) alone.
 *
 * l2: a normal vector on the sphere, times radius u^(1 / n).
 */
export function uniformIn(
  rows: Rows,
  norm: Norm,
  centre: Float64Array,
  radius: Float64Array,
  key: RandomKey,
): Float64Array {
  const { counts, stride, batch } = rows;
  const { inputSize, trials } = batch;
  const input = centre.slice();
  const draws = new Float64Array(inputSize);
  const one = new Float64Array(1);
  for (const [row, count] of counts.entries()) {
    const change = new Float64Array(count);
    let squares = 0;
    for (let step = 0; step * inputSize < count; step++) {
      const place = { trial: trials[row], step, site: 0 };
      if (norm === "l2") normals(draws, key, place);
      else uniforms(draws, key, place);
      for (const [channel, draw] of draws.entries()) {
        change[step * inputSize + channel] = norm === "l2" ? draw : 2 * draw - 1;
        squares += draw * draw;
      }
    }
    const shrink =
      norm === "l2" ? uniforms(one, key, { trial: trials[row], site: 1 })[0] ** (1 / count) / Math.sqrt(squares) : 1;
    for (const [i, value] of change.entries()) input[row * stride + i] += radius[row] * shrink * value;
  }
  return input;
}
