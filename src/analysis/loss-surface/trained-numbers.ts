import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import { elementCount } from "../../core/tensor.ts";
import type { Network, Weights } from "../../network/contract.ts";

/** The numbers of one trained array. */
export interface Block {
  /** Name of the array, "wRec". */
  readonly name: string;
  /** Where its numbers begin among all. */
  readonly offset: number;
  /** Place of each number in the array. */
  readonly places: Uint32Array;
}

/** The numbers that training may change, one after the other: the coordinates of a Hessian. */
export interface TrainedNumbers {
  readonly size: number;
  /** In the order of the network's arrays; arrays without trained numbers are left out. */
  readonly blocks: readonly Block[];
  /** The trained numbers of some arrays, `[size]`. */
  gathered(weights: Weights): Float64Array;
  /** Arrays with these trained numbers; what is not trained is 0. */
  scattered(vector: Float64Array): Weights;
}

/**
 * The numbers that training may change, as they are trained: before their parametrisations.
 *
 * Frozen arrays are not among them, nor are numbers that the parametrisation does not look at (a mask's).
 */
export function trainedNumbers(network: Network, weights: Weights): TrainedNumbers {
  const names = Object.keys(network.shapes).filter((name) => !network.frozen.includes(name));
  const all = names.reduce((sum, name) => sum + elementCount(network.shapes[name]), 0);
  const areAllUsed = all === network.parameterCount;
  const blocks: Block[] = [];
  let size = 0;
  for (const name of names) {
    const numbers = Uint32Array.from({ length: elementCount(network.shapes[name]) }, (_, i) => i);
    const isDense = areAllUsed || network.spec.parametrisations[name]?.name === "dense";
    const places = isDense ? numbers : numbers.filter(usedNumbers(network, weights, name));
    if (places.length > 0) blocks.push({ name, offset: size, places });
    size += places.length;
  }
  return {
    size,
    blocks,
    gathered: (from) => {
      const vector = new Float64Array(size);
      for (const { name, offset, places } of blocks)
        for (const [i, place] of places.entries()) vector[offset + i] = from[name][place];
      return vector;
    },
    scattered: (vector) => {
      const arrays = Object.fromEntries(
        Object.entries(network.shapes).map(([name, shape]) => [name, new Float64Array(elementCount(shape))]),
      );
      for (const { name, offset, places } of blocks)
        for (const [i, place] of places.entries()) arrays[name][place] = vector[offset + i];
      return arrays;
    },
  };
}

/** Whether the matrix that the cell sees changes with a number of an array. */
function usedNumbers(network: Network, weights: Weights, name: string): (place: number) => boolean {
  const before = network.effectiveWeights(weights)[name];
  return (place) => {
    const moved = zerosLike(weights[name]);
    moved.set(weights[name]);
    moved[place] += 1;
    const after = network.effectiveWeights({ ...weights, [name]: moved })[name];
    return after.some((value, i) => value !== before[i]);
  };
}
