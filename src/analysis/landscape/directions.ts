import { normals } from "../../core/random.ts";
import type { Network, Weights } from "../../network/contract.ts";
import { length } from "../fixed-points/linear.ts";
import { probeKey } from "../hessian/spectrum.ts";
import type { TrainedNumbers } from "../loss-surface/trained-numbers.ts";

/** A line through the trained weights. */
export interface Direction {
  /** "random 1", "eigenvector 1". */
  readonly name: string;
  readonly kind: "random" | "eigenvector";
  /** A move of the trained numbers by distance 1, `[size]`. */
  readonly move: Float64Array;
  /** Of the Hessian of the clean loss, for eigenvectors. */
  readonly eigenvalue: number | null;
}

/**
 * A random direction, normalised filter by filter.
 *
 *     d_F <- d_F |w_F| / |d_F|,   d standard normal
 *
 * A filter F of a matrix is a row of the trained array: the weights into one unit (or output), where the parametrisation
 * keeps the matrix's rows. A matrix that is trained as a list is one filter, and so is a vector (biases), which stays
 * where it is unless `biases`. A filter whose weights are 0 stays. Source: li2018, section 4.
 */
export function randomDirection(
  network: Network,
  weights: Weights,
  numbers: TrainedNumbers,
  { index, seed, biases }: { readonly index: number; readonly seed: number; readonly biases: boolean },
): Direction {
  const move = normals(new Float64Array(numbers.size), probeKey("directions", seed), { trial: index });
  const trained = numbers.gathered(weights);
  const { parameters } = network.equations.program;
  for (const { name, offset, places } of numbers.blocks) {
    const shape = network.shapes[name];
    const isMatrix = parameters.some((parameter) => parameter.name === name && parameter.axes.length === 2);
    const columns = isMatrix && shape.length === 2 ? shape[1] : Number.POSITIVE_INFINITY;
    for (let from = 0; from < places.length; ) {
      const filter = Math.floor(places[from] / columns);
      let to = from;
      while (to < places.length && Math.floor(places[to] / columns) === filter) to++;
      const part = move.subarray(offset + from, offset + to);
      const scale = isMatrix || biases ? length(trained.subarray(offset + from, offset + to)) / length(part) : 0;
      for (let i = 0; i < part.length; i++) part[i] *= scale;
      from = to;
    }
  }
  return { name: `random ${index + 1}`, kind: "random", move, eigenvalue: null };
}

/**
 * An eigenvector, as long as the trained weights: as far as a filter-normalised direction goes.
 *
 * Its largest component is positive: eigenvectors have no sign of their own.
 */
export function eigenvectorDirection(
  vector: Float64Array,
  weightsLength: number,
  { index, eigenvalue }: { readonly index: number; readonly eigenvalue: number },
): Direction {
  const leading = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
  const scale = (Math.sign(leading) * weightsLength) / length(vector);
  return {
    name: `eigenvector ${index + 1}`,
    kind: "eigenvector",
    move: vector.map((value) => scale * value),
    eigenvalue,
  };
}
