import { ParameterError } from "../core/errors.ts";
import type { Subject } from "./contract.ts";
import type { Examination } from "./evaluate.ts";
import { intensityGrid, intensitySweep, type SweepRow, sweptSource } from "./intensity-sweep.ts";
import { type Preference, type PreferenceOptions, preference } from "./preference.ts";

export interface NoisePreferenceCall extends Examination {
  /** Networks that differ by their seed. */
  readonly subjects: readonly Subject[];
  /** Which noise source is varied; may be left out when the networks have one. */
  readonly site?: string;
  /** Absolute test intensities; default: `intensityGrid` of the source. */
  readonly intensities?: readonly number[];
  readonly statistics?: Omit<PreferenceOptions, "trainIntensity">;
}

export interface NoisePreference {
  readonly rows: readonly SweepRow[];
  readonly preference: Preference;
}

/**
 * Sweeps the test intensity of a group of networks and finds the one they prefer.
 *
 * @throws ParameterError when there are no networks or they were trained with different intensities
 */
export function noisePreference(call: NoisePreferenceCall): NoisePreference {
  const { subjects, site, intensities, statistics, ...examination } = call;
  const trained = new Set(subjects.map(({ network }) => sweptSource(network.spec, site).intensity));
  if (trained.size !== 1) {
    throw new ParameterError({
      place: "noise preference",
      rule: `the networks must share one trained intensity, got ${[...trained].join(", ") || "no network"}`,
      remedy: "compare groups of equal training one by one",
    });
  }
  const source = sweptSource(subjects[0].network.spec, site);
  const grid = intensities ?? intensityGrid(source);
  const rows = subjects.flatMap((subject) =>
    intensitySweep({ ...examination, ...subject, site: source.site, intensities: grid }),
  );
  return { rows, preference: preference(rows, { ...statistics, trainIntensity: source.intensity }) };
}
