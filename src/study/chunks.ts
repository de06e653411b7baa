/** Contiguous shares of the runs of a plan: neighbours differ in the seed only, and are trained beside each other. */
import { ParameterError } from "../core/errors.ts";

/** One of `of` shares that differ by at most one run. */
export interface Chunk {
  /** 1..of. */
  readonly number: number;
  /** >= 1. */
  readonly of: number;
}

/** @returns indices from..to-1 of a list of `count`; empty where there are more chunks than items */
export function chunkRange(count: number, { number, of }: Chunk): { readonly from: number; readonly to: number } {
  const start = (chunk: number): number => Math.floor((chunk * count) / of);
  return { from: start(number - 1), to: start(number) };
}

/** Number of the chunk in which the item of a list of `count` lies. */
export function chunkWith(index: number, count: number, of: number): number {
  return Math.floor((of * (index + 1) - 1) / count) + 1;
}

/**
 * Reads "3/20".
 *
 * @throws ParameterError when it is no chunk
 */
export function parseChunk(text: string): Chunk {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [number, of] = [Number(match?.[1]), Number(match?.[2])];
  if (number >= 1 && number <= of && Number.isSafeInteger(of)) return { number, of };
  throw new ParameterError({
    place: "--chunk",
    rule: `must read i/n with 1 <= i <= n, got "${text}"`,
    remedy: "for example --chunk 3/20 for the third of twenty chunks",
  });
}

export function chunkText({ number, of }: Chunk): string {
  return `${number}/${of}`;
}
