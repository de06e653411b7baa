/** Arrays of random numbers: element i is the number of unit i at (key, place). */
import { ParameterError } from "../errors.ts";
import { addressedBlock } from "./block.ts";
import { checkAddress, checkKey, type RandomKey, type RandomPlace, unitLimit } from "./key.ts";
import { noiseBlock } from "./laws.ts";
import { multiplyHigh } from "./philox.ts";

const fourWords = new Uint32Array(4);

/**
 * Raw words: element i is the Philox word of unit i.
 *
 * @param out overwritten; at most 2^26 elements
 * @returns out
 * @throws ParameterError for a key, place or length out of range
 */
export function words(out: Uint32Array, key: RandomKey, place: RandomPlace = {}): Uint32Array {
  const { trial = 0, step = 0, site = 0 } = place;
  checkKey("random numbers", key);
  checkAddress("random numbers", trial, step, site, 0, out.length);
  for (let i = 0; i < out.length; i += 4) {
    addressedBlock(fourWords, key, trial, step, site, i >>> 2);
    for (let k = 0; k < 4 && i + k < out.length; k++) out[i + k] = fourWords[k];
  }
  return out;
}

/**
 * Uniform numbers in the open interval (0, 1): (word + 1/2) 2^-32, exact in float64.
 *
 * @param out overwritten; at most 2^26 elements
 * @returns out
 * @throws ParameterError for a key, place or length out of range
 */
export function uniforms(out: Float64Array, key: RandomKey, place: RandomPlace = {}): Float64Array {
  const raw = words(new Uint32Array(out.length), key, place);
  for (let i = 0; i < out.length; i++) out[i] = (raw[i] + 0.5) * 2 ** -32;
  return out;
}

/**
 * Standard normal numbers: the gaussian law at intensity 1, so float32 values.
 *
 * @param out overwritten; at most 2^26 elements
 * @returns out
 * @throws ParameterError for a key, place or length out of range
 */
export function normals<Out extends Float32Array | Float64Array>(
  out: Out,
  key: RandomKey,
  place: RandomPlace = {},
): Out {
  return noiseBlock("gaussian", 1, key, place.trial ?? 0, place.step ?? 0, place.site ?? 0, 0, out);
}

/**
 * Integers in 0..limit-1: floor(word * limit / 2^32).
 *
 * Probabilities differ from 1 / limit by less than 2^-32, a relative bias of at most limit * 2^-32
 * (1.4e-5 for sixty thousand).
 *
 * @param out overwritten; at most 2^26 elements
 * @param limit integer in 1..2^32-1
 * @returns out
 * @throws ParameterError for a limit, key, place or length out of range
 */
export function integers(out: Uint32Array, limit: number, key: RandomKey, place: RandomPlace = {}): Uint32Array {
  if (!(Number.isInteger(limit) && limit >= 1 && limit < 2 ** 32)) {
    throw new ParameterError({
      place: "random integers",
      rule: `the limit must be an integer in 1..2^32-1, got ${limit}`,
      remedy: "draw from at least one value",
    });
  }
  words(out, key, place);
  for (let i = 0; i < out.length; i++) out[i] = multiplyHigh(out[i], limit);
  return out;
}

/**
 * A random order of 0..count-1 (Fisher-Yates; the place of element i is drawn by `floor(word_i (i + 1) / 2^32)`).
 *
 * @param count 0..2^26
 * @returns a fresh array
 * @throws ParameterError for a key, place or count out of range
 */
export function permutation(count: number, key: RandomKey, place: RandomPlace = {}): Uint32Array {
  checkCount("permutation", count);
  const raw = words(new Uint32Array(count), key, place);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const j = multiplyHigh(raw[i], i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

/**
 * The indices of one bootstrap resample: `count` draws with replacement from 0..count-1.
 *
 * @param count 1..2^26
 * @param resample which resample, 0..2^32-1
 * @returns a fresh array
 * @throws ParameterError for an argument out of range
 */
export function bootstrapIndices(count: number, key: RandomKey, resample: number): Uint32Array {
  checkCount("bootstrapIndices", count);
  return integers(new Uint32Array(count), count, key, { trial: resample });
}

function checkCount(place: string, count: number): void {
  if (!(Number.isInteger(count) && count >= 0 && count <= unitLimit)) {
    throw new ParameterError({
      place,
      rule: `the count must be an integer in 0..2^26, got ${count}`,
      remedy: "draw in several parts",
    });
  }
}
