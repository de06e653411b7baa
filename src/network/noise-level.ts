/** From a noise level to what a kernel call needs. */
import type { Program } from "../cell/program.ts";
import { ParameterError } from "../core/errors.ts";
import { noiseBlock } from "../core/random.ts";
import { unknownName } from "../core/registry.ts";
import type { NoiseCall, Precision, RealArray } from "../engine/contract.ts";
import { initialNoiseStep, isColoured, noiseState } from "../noise/colour.ts";
import { laws } from "../noise/laws.ts";
import type { LeafNoise } from "../noise/sources.ts";
import type { NoiseKey, NoiseLevel } from "./contract.ts";

/**
 * Law and per-step intensity of every noise leaf at a level.
 *
 * @throws ParameterError for a level that is none, an unknown site or an intensity out of range
 */
export function noiseAt(noise: readonly LeafNoise[], level: NoiseLevel): NoiseCall["sites"] {
  const intensityOf = intensities(noise, level);
  return Object.fromEntries(
    noise.map(({ leaf, source, factor }) => {
      const intensity = intensityOf(source.site, source.intensity);
      const { below } = laws.get(source.law);
      if (!(intensity >= 0 && intensity < below) || !Number.isFinite(intensity)) {
        throw new ParameterError({
          place: `noise "${source.site}"`,
          rule: `the intensity of ${source.law} must lie in [0, ${below === Number.POSITIVE_INFINITY ? "infinity" : below}), got ${intensity}`,
          remedy: "lower the factor or the intensity",
        });
      }
      return [leaf, { law: source.law, intensity: factor * intensity }];
    }),
  );
}

function intensities(noise: readonly LeafNoise[], level: NoiseLevel): (site: string, trained: number) => number {
  if (level === "trained") return (_site, trained) => trained;
  if (level === "zero") return () => 0;
  if (typeof level === "object" && "factor" in level) return (_site, trained) => level.factor * trained;
  if (typeof level === "object" && "sites" in level) {
    const known = [...new Set(noise.map(({ source }) => source.site))];
    for (const site of Object.keys(level.sites)) {
      if (known.includes(site)) continue;
      if (known.length > 0) throw unknownName("noise site of the network", site, known);
      throw new ParameterError({
        place: `noise "${site}"`,
        rule: "the network has no noise",
        remedy: "declare the source in its specification, with intensity 0 if it was trained without",
      });
    }
    return (site, trained) => level.sites[site] ?? trained;
  }
  throw new ParameterError({
    place: "noise level",
    rule: `must be "trained", "zero", a factor or intensities per site, got ${JSON.stringify(level)}`,
    remedy: "for example { factor: 0.5 } or { sites: { inside: 0.1 } }",
  });
}

interface InitialNoiseCall {
  readonly noise: readonly LeafNoise[];
  readonly program: Program;
  readonly sites: NoiseCall["sites"];
  readonly key: NoiseKey;
  readonly mirrored: boolean;
  readonly trials: Uint32Array;
  readonly sizeOf: (state: string) => number;
  readonly precision: Precision;
}

/**
 * Where coloured noise starts: a draw from its stationary law for each trial and unit, so that it is stationary from
 * the first step on.
 *
 * @returns initial state of each noise process, `[batch, size]`; processes that are silent are left out and start at 0
 */
export function initialNoise({
  noise,
  program,
  sites,
  key,
  mirrored,
  trials,
  sizeOf,
  precision,
}: InitialNoiseCall): Record<string, RealArray> {
  const states: Record<string, RealArray> = {};
  for (const { leaf, source } of noise) {
    const { law, intensity } = sites[leaf];
    if (!isColoured(source) || intensity === 0) continue;
    const number = program.noises.find(({ site }) => site === leaf)?.number as number;
    const size = sizeOf(noiseState(leaf));
    const values =
      precision === "float32" ? new Float32Array(trials.length * size) : new Float64Array(trials.length * size);
    for (const [b, trial] of trials.entries()) {
      noiseBlock(law, intensity, key, trial, initialNoiseStep, number, 0, values.subarray(b * size, (b + 1) * size));
    }
    if (mirrored) for (let i = 0; i < values.length; i++) values[i] = -values[i];
    states[noiseState(leaf)] = values;
  }
  return states;
}
