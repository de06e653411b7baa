/** Noise levels that an analysis is asked to look at. */
import { ParameterError } from "../core/errors.ts";
import { unknownName } from "../core/registry.ts";
import type { Network, NoiseLevel } from "../network/contract.ts";
import { isSilent } from "../train/score.ts";

export interface TestLevel {
  /** In units of the training noise, or the intensity at the site that was asked for. */
  readonly value: number;
  readonly level: NoiseLevel;
  readonly isSilent: boolean;
}

/**
 * The levels of a text such as "0, 0.5, 1".
 *
 * @param levels null: no noise, and the training noise where there is any
 * @param site a source of the network whose intensity the levels are, others silent; null: all sources times the level
 * @throws ParameterError for what is no number >= 0
 */
export function testLevels(place: string, network: Network, levels: string | null, site: string | null): TestLevel[] {
  const sources = network.spec.noise.map((source) => source.site);
  if (site !== null && !sources.includes(site)) throw unknownName("noise source of the network", site, sources, place);
  const values =
    levels === null
      ? [0, ...(isSilent(network, "trained") && site === null ? [] : [1])]
      : levels.split(",").map((text) => parsed(place, text));
  return values.map((value) => {
    const level: NoiseLevel =
      site === null
        ? { factor: value }
        : { sites: Object.fromEntries(sources.map((name) => [name, name === site ? value : 0])) };
    return { value, level, isSilent: isSilent(network, level) };
  });
}

function parsed(place: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new ParameterError({
    place: `${place}, levels`,
    rule: `each level must be a number >= 0, got "${text.trim()}"`,
    remedy: 'write numbers between commas, for example "0, 0.5, 1"',
  });
}
