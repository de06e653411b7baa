/**
 * Brownian paths whose resolution can be refined.
 *
 * Over step m, of duration 1, the path of a unit has the increment W = z and the integral H of its distance from the
 * chord, H = zeta / sqrt(12); z and zeta are gaussian noise of the addresses (key, trial, m, site, unit) of two sites, the
 * draws that a network makes. Halving an interval draws two further numbers at an address of the halving and the
 * interval, so a path is a function of key and interval, and the halves always add up to the whole.
 */
import { ParameterError } from "../errors.ts";
import { addressedBlock } from "./block.ts";
import { checkAddress, checkKey, type RandomKey, type RandomPlace } from "./key.ts";
import { boxMuller } from "./normal.ts";

/** Most halvings of a step. */
export const mostHalvings = 20;

/** One step of a path in parts of equal length, each number in units of its standard deviation, `[part, unit]`. */
export interface PathStep {
  /** Increments. */
  readonly normals: Float64Array;
  /** Integrals of the distance from the chord, independent of the increments. */
  readonly integrals: Float64Array;
}

const words = new Uint32Array(4);
const four = new Float32Array(4);

/**
 * A step of the paths of some units in 2^halvings parts.
 *
 * An interval of duration h has halves with, for standard normal a and b,
 *
 *     W1 = W/2 + 3/2 H + sqrt(h) a / 4,  H1 = H/4 - sqrt(h) a / 8 + sqrt(h / 48) b,  W2 = W - W1,  H2 = H1 - sqrt(h / 12) b
 *
 * Source: Foster, Lyons and Oberhauser, SIAM Journal on Numerical Analysis 58, 2020.
 *
 * @param place its `site` is that of the increments
 * @param integralSite site of the integrals
 * @throws ParameterError for an argument out of range
 */
export function pathStep(
  units: number,
  key: RandomKey,
  { trial = 0, step = 0, site = 0 }: RandomPlace,
  integralSite: number,
  halvings: number,
): PathStep {
  const place = "Brownian path";
  if (!(Number.isInteger(halvings) && halvings >= 0 && halvings <= mostHalvings)) {
    throw new ParameterError({
      place,
      rule: `halvings must be an integer in 0..${mostHalvings}, got ${halvings}`,
      remedy: "8 halvings already make 256 steps of one",
    });
  }
  checkKey(place, key);
  checkAddress(place, trial, (step + 1) * 2 ** halvings - 1, site, 0, units);
  checkAddress(place, trial, step, integralSite, 0, units);
  const draw = (at: number, from: number, halving: number): Float64Array =>
    gaussian(new Float64Array(units), key, trial, at, from, halving);
  let normals = draw(step, site, 0);
  let integrals = draw(step, integralSite, 0);
  for (let halving = 1; halving <= halvings; halving++) {
    const parts = 2 ** (halving - 1);
    const [finer, finerIntegrals] = [new Float64Array(2 * parts * units), new Float64Array(2 * parts * units)];
    for (let part = 0; part < parts; part++) {
      const a = draw(step * parts + part, site, halving);
      const b = draw(step * parts + part, integralSite, halving);
      for (let i = 0; i < units; i++) {
        const w = normals[part * units + i];
        const h = integrals[part * units + i] / Math.sqrt(12);
        const first = w / 2 + 1.5 * h + a[i] / 4;
        const middle = h / 4 - a[i] / 8;
        const side = b[i] / Math.sqrt(48);
        const at = 2 * part * units + i;
        finer[at] = Math.SQRT2 * first;
        finer[at + units] = Math.SQRT2 * (w - first);
        finerIntegrals[at] = Math.sqrt(24) * (middle + side);
        finerIntegrals[at + units] = Math.sqrt(24) * (middle - side);
      }
    }
    normals = finer;
    integrals = finerIntegrals;
  }
  return { normals, integrals };
}

function gaussian(
  out: Float64Array,
  key: RandomKey,
  trial: number,
  step: number,
  site: number,
  halving: number,
): Float64Array {
  for (let i = 0; i < out.length; i += 4) {
    addressedBlock(words, key, trial, step, site, i >>> 2, halving);
    boxMuller(words[0], words[1], four, 0);
    boxMuller(words[2], words[3], four, 2);
    for (let k = 0; k < 4 && i + k < out.length; k++) out[i + k] = four[k];
  }
  return out;
}
