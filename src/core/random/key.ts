import { ParameterError } from "../errors.ts";

/** Which generator: every pair gives numbers that are independent of those of every other pair. */
export interface RandomKey {
  /** Integer in 0..2^53-1. */
  readonly seed: number;
  /** Integer in 0..2^32-1; see `stream`. */
  readonly stream: number;
}

/** Which number of a generator. What is absent is 0. */
export interface RandomPlace {
  /** Integer in 0..2^32-1. */
  readonly trial?: number;
  /** Integer in 0..2^32-1. */
  readonly step?: number;
  /** Integer in 0..255. */
  readonly site?: number;
}

/** Units per (seed, stream, trial, step, site). */
export const unitLimit = 2 ** 26;
const wordLimit = 2 ** 32;
const siteLimit = 256;

/** @throws ParameterError unless seed and stream are integers in range. */
export function checkKey(place: string, key: RandomKey): void {
  if (!Number.isSafeInteger(key.seed) || key.seed < 0) {
    throw new ParameterError({
      place,
      rule: `the seed must be an integer in 0..2^53-1, got ${key.seed}`,
      remedy: "choose another seed",
    });
  }
  checkWord(place, "stream", key.stream, wordLimit);
}

/** @throws ParameterError unless the parts of the address and every unit from `unit0` on are in range. */
export function checkAddress(
  place: string,
  trial: number,
  step: number,
  site: number,
  unit0: number,
  count: number,
): void {
  checkWord(place, "trial", trial, wordLimit);
  checkWord(place, "step", step, wordLimit);
  checkWord(place, "site", site, siteLimit);
  if (!(Number.isInteger(unit0) && unit0 >= 0 && unit0 + count <= unitLimit)) {
    throw new ParameterError({
      place,
      rule: `units must lie in 0..2^26-1, got ${count} from ${unit0} on`,
      remedy: "spread the numbers over several trials, steps or sites",
    });
  }
}

function checkWord(place: string, name: string, value: number, limit: number): void {
  if (!(Number.isInteger(value) && value >= 0 && value < limit)) {
    throw new ParameterError({
      place,
      rule: `the ${name} must be an integer in 0..2^${Math.log2(limit)}-1, got ${value}`,
      remedy: `number ${name}s from 0 on`,
    });
  }
}
