/** What noise is drawn from. Values are float32 whatever the precision they are used in. */
import { ParameterError } from "../errors.ts";
import { addressedBlock } from "./block.ts";
import { checkAddress, checkKey, type RandomKey } from "./key.ts";
import { boxMuller } from "./normal.ts";

/** Laws by name; the codes are part of the C interface. */
export const lawCodes = { gaussian: 0, uniform: 1, "uniform-decrement": 2, bernoulli: 3, rademacher: 4 } as const;
export type LawName = keyof typeof lawCodes;

const { fround } = Math;
/** sqrt(12): width of the uniform law of unit variance. */
const sqrt12 = fround(3.4641016151377544);

const words = new Uint32Array(4);
const draws = new Float32Array(4);

/**
 * The noise of one unit: a pure function of its arguments.
 *
 * With w the unit's word and z its Box-Muller normal, the value in float32 arithmetic is
 *
 * | law | value | mean | variance |
 * | --- | --- | --- | --- |
 * | gaussian | intensity z | 0 | intensity^2 |
 * | uniform | intensity sqrt(12) c, c = (int32(w) >> 8 + 1/2) 2^-24 in (-1/2, 1/2) | 0 | intensity^2 |
 * | uniform-decrement | -intensity u, u = (w >>> 9 + 1/2) 2^-23 in (0, 1) | -intensity / 2 | intensity^2 / 12 |
 * | bernoulli | -1 if w < p 2^32, else p / (1 - p), p = intensity | 0 | p / (1 - p) |
 * | rademacher | -intensity if w >= 2^31, else intensity | 0 | intensity^2 |
 *
 * @param intensity >= 0, for bernoulli in [0, 1); rounded to float32
 * @param trial 0..2^32-1
 * @param step 0..2^32-1
 * @param site 0..255
 * @param unit 0..2^26-1
 * @returns a float32 number
 * @throws ParameterError for an argument out of range
 */
export function noiseValue(
  law: LawName,
  intensity: number,
  key: RandomKey,
  trial: number,
  step: number,
  site: number,
  unit: number,
): number {
  checkNoise("noiseValue", law, intensity, key, trial, step, site, unit, 1);
  addressedBlock(words, key, trial, step, site, unit >>> 2);
  fillDraws(law, fround(intensity));
  return draws[unit & 3];
}

/**
 * The noise of consecutive units: `out[i]` is the value of unit `unit0 + i`; see `noiseValue`.
 *
 * @param out overwritten; its length says how many units
 * @returns out
 * @throws ParameterError for an argument out of range
 */
export function noiseBlock<Out extends Float32Array | Float64Array>(
  law: LawName,
  intensity: number,
  key: RandomKey,
  trial: number,
  step: number,
  site: number,
  unit0: number,
  out: Out,
): Out {
  checkNoise("noiseBlock", law, intensity, key, trial, step, site, unit0, out.length);
  const scale = fround(intensity);
  for (let i = 0; i < out.length; ) {
    const unit = unit0 + i;
    addressedBlock(words, key, trial, step, site, unit >>> 2);
    fillDraws(law, scale);
    for (let k = unit & 3; k < 4 && i < out.length; k++) out[i++] = draws[k];
  }
  return out;
}

/** `draws` from `words`. */
function fillDraws(law: LawName, scale: number): void {
  switch (law) {
    case "gaussian":
      boxMuller(words[0], words[1], draws, 0);
      boxMuller(words[2], words[3], draws, 2);
      for (let k = 0; k < 4; k++) draws[k] *= scale;
      return;
    case "uniform":
      for (let k = 0; k < 4; k++) draws[k] = scale * fround(sqrt12 * (((words[k] | 0) >> 8) + 0.5) * 2 ** -24);
      return;
    case "uniform-decrement":
      for (let k = 0; k < 4; k++) draws[k] = scale * ((words[k] >>> 9) + 0.5) * -(2 ** -23);
      return;
    case "bernoulli": {
      const threshold = scale * 2 ** 32;
      const kept = fround(scale / fround(1 - scale));
      for (let k = 0; k < 4; k++) draws[k] = words[k] < threshold ? -1 : kept;
      return;
    }
    case "rademacher":
      for (let k = 0; k < 4; k++) draws[k] = words[k] & 0x80000000 ? -scale : scale;
      return;
    default:
      law satisfies never;
  }
}

function checkNoise(
  place: string,
  law: LawName,
  intensity: number,
  key: RandomKey,
  trial: number,
  step: number,
  site: number,
  unit0: number,
  count: number,
): void {
  checkKey(place, key);
  checkAddress(place, trial, step, site, unit0, count);
  if (!(intensity >= 0 && intensity < Number.POSITIVE_INFINITY)) {
    throw new ParameterError({
      place,
      rule: `the intensity must be finite and not negative, got ${intensity}`,
      remedy: "the sign of noise does not matter; give its size",
    });
  }
  // Rounded to float32, because 1 - 2^-26 would otherwise pass and divide by zero.
  if (law === "bernoulli" && fround(intensity) >= 1) {
    throw new ParameterError({
      place,
      rule: `the drop probability must lie in [0, 1), got ${intensity}`,
      remedy: "keep at least some units",
    });
  }
}
