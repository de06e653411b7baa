/** What one standard deviation of a network's noise is. */
import { CapabilityError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { Network } from "../network/contract.ts";
import { lawMoments } from "./dynamics/smoothing/law-averages.ts";

export interface NoiseUnit {
  /** Leaf of the program that it is about, e.g. "inside". */
  readonly site: string;
  /** Standard deviation of each step's draw, > 0. */
  readonly deviation: number;
}

/**
 * The noise that a network was trained with, as a deviation per step and unit.
 *
 * @param site which of several; null: "inside" where it is, else "outside", else the first that is not silent
 * @throws CapabilityError for a network without noise, ParameterError for an unknown site
 */
export function noiseUnit(place: string, network: Network, site: string | null): NoiseUnit {
  const trained = Object.entries(network.noiseAt("trained")).map(([leaf, drawn]) => ({
    site: leaf,
    deviation: Math.sqrt(lawMoments(drawn).variance),
  }));
  const names = trained.map((unit) => unit.site);
  if (site !== null && !names.includes(site)) throw unknownName(`noise site of the network`, site, names, place);
  const noisy = trained.filter(({ deviation }) => deviation > 0);
  const order = site === null ? ["inside", "outside", ...names] : [site];
  for (const name of order) {
    const found = noisy.find((unit) => unit.site === name);
    if (found !== undefined) return found;
  }
  throw new CapabilityError({
    place,
    rule: `measures in units of the training noise, got ${site === null ? "a network trained without noise" : `a silent site "${site}"`}`,
    remedy: "say in the option deviation what to measure in",
  });
}
