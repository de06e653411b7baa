/** Which job arrays make which chunks, under the cluster's limit of indices. */
import { ParameterError } from "../../../../core/errors.ts";

/** Chunks that one job array makes: its task `index` makes chunk `offset + index`. */
export interface JobArray {
  readonly offset: number;
  /** Ascending, each in 0..MaxArraySize-1. */
  readonly indices: readonly number[];
  /** Most tasks at the same time; undefined: as many as the cluster lets run. */
  readonly limit: number | undefined;
}

/**
 * @param chunks numbers of chunks, ascending, >= 1
 * @param maxArraySize the cluster's: indices of an array lie below it; >= 2
 * @param limit most tasks at the same time over all arrays, which divide it by their sizes
 * @throws ParameterError when there are more arrays than `limit`
 */
export function jobArrays(chunks: readonly number[], maxArraySize: number, limit: number | undefined): JobArray[] {
  const groups = new Map<number, number[]>();
  for (const chunk of chunks) {
    // Indices begin at 1 in the first array, so that they are the numbers of the chunks where one array is enough.
    const offset = Math.floor((chunk - 1) / (maxArraySize - 1)) * (maxArraySize - 1);
    const group = groups.get(offset);
    if (group === undefined) groups.set(offset, [chunk - offset]);
    else group.push(chunk - offset);
  }
  const sizes = [...groups.values()].map(({ length }) => length);
  if (limit !== undefined && limit < sizes.length) {
    throw new ParameterError({
      place: "--limit",
      rule: `must be at least ${sizes.length}, one task for each job array under MaxArraySize=${maxArraySize}, got ${limit}`,
      remedy: "raise it, or give each task more runs with --chunk-size",
    });
  }
  const shares = limit === undefined ? undefined : shared(limit, sizes);
  return [...groups].map(([offset, indices], array) => ({ offset, indices, limit: shares?.[array] }));
}

/** A total in whole shares of at least 1, as near to the proportion of the weights as that allows. */
function shared(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((weight) => Math.max(1, Math.floor((total * weight) / sum)));
  let left = total - shares.reduce((a, b) => a + b, 0);
  // Shares that were lifted to 1 are taken from the largest; what rounding left over goes to the first.
  for (; left < 0; left++) shares[shares.indexOf(Math.max(...shares))]--;
  for (let array = 0; left > 0; array = (array + 1) % shares.length, left--) shares[array]++;
  return shares;
}

/** "1-5,7,9%3", as `sbatch --array` takes it. */
export function arrayText({ indices, limit }: Pick<JobArray, "indices" | "limit">): string {
  const ranges: [first: number, last: number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else ranges.push([index, index]);
  }
  const text = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
  return limit === undefined ? text : `${text}%${limit}`;
}
