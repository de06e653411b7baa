import { canonicalJson } from "../core/canonical-json.ts";
import type { NetworkSpec, NoiseLevel } from "./contract.ts";

/**
 * What networks must share to run on one kernel, as text: all of the specification but what the weights begin with and
 * the intensities of the noise, which are arguments of a call.
 */
export function architecture({ initialisers: _, ...spec }: NetworkSpec): string {
  return canonicalJson({ ...spec, noise: spec.noise.map(({ intensity: _intensity, ...source }) => source) });
}

/** A level as absolute intensities, which mean the same on the kernel of any network of the architecture. */
export function absoluteLevel({ noise }: Pick<NetworkSpec, "noise">, level: NoiseLevel): NoiseLevel {
  const given = typeof level === "object" ? level : { factor: level === "zero" ? 0 : 1 };
  const factor = "factor" in given ? given.factor : 1;
  const sites: Record<string, number> = {};
  for (const { site, intensity } of noise) sites[site] = factor * intensity;
  return { sites: "sites" in given ? { ...sites, ...given.sites } : sites };
}
