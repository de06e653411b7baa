/** Random orders by name: our own, and those that published code draws with NumPy or PyTorch. */
import { permutation, stream } from "../../core/random.ts";
import { mersenneTwister } from "./mersenne-twister.ts";

type Order = (count: number, seed: number, index: number) => Uint32Array;

const orders: Readonly<Record<string, Order>> = {
  /** A function of (seed, index). */
  seed: (count, seed, index) => permutation(count, { seed, stream: stream("data-split", index) }),
  /** `numpy.random.RandomState(seed).permutation(count)`. */
  numpy: (count, seed) => {
    const next = mersenneTwister(seed);
    const order = ascending(count);
    for (let i = count - 1; i > 0; i--) {
      const mask = 2 ** (32 - Math.clz32(i)) - 1;
      let chosen: number;
      do chosen = (next() & mask) >>> 0;
      while (chosen > i);
      [order[i], order[chosen]] = [order[chosen], order[i]];
    }
    return order;
  },
  /** `torch.manual_seed(seed)` and then `torch.randperm(count)` on the CPU. */
  randperm: (count, seed) => {
    const next = mersenneTwister(seed);
    const order = ascending(count);
    for (let i = 0; i < count - 1; i++) {
      const chosen = i + (next() % (count - i));
      [order[i], order[chosen]] = [order[chosen], order[i]];
    }
    return order;
  },
};

/** What the name of an order is, for messages. */
export const orderRule = 'seed-N (our own), numpy-N or randperm-N with a whole number N, as "seed-0"';

/**
 * The order that a name such as "numpy-1234" stands for.
 *
 * @param count how many things are put in order
 * @param index which of the independent orders of one seed, for `seed`; the published ones have one
 * @returns undefined when the text is no such name
 */
export function namedOrder(name: unknown): ((count: number, index: number) => Uint32Array) | undefined {
  const match = /^(seed|numpy|randperm)-(0|[1-9]\d*)$/.exec(String(name));
  // NumPy's own limit for a seed; PyTorch takes the low 32 bits of a larger one
  const most = match?.[1] === "numpy" ? 2 ** 32 - 1 : Number.MAX_SAFE_INTEGER;
  if (match === null || Number(match[2]) > most) return undefined;
  return (count, index) => orders[match[1]](count, Number(match[2]), index);
}

function ascending(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}
