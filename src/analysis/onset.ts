/** From which training noise on networks prefer noise. */
import { ParameterError } from "../core/errors.ts";
import { fittedOptimum } from "./fitted-optimum.ts";
import { type CurveRow, lossCurves } from "./loss-curves.ts";
import { preference } from "./preference.ts";
import { type BootstrapOptions, bootstrapDefaults, resampleCounts } from "./statistics/bootstrap.ts";

/** Networks of one training intensity, which differ by their seed. */
export interface OnsetGroup {
  /** > 0, one of the test intensities. */
  readonly trainIntensity: number;
  /** Loss per network and test intensity. */
  readonly rows: readonly CurveRow[];
}

export interface OnsetOptions extends Partial<BootstrapOptions> {
  /** What the preference index must exceed. Default 0.5. */
  readonly threshold?: number;
}

/** Training intensities; null where no tested one will do, or nothing was resampled. */
export interface Onset {
  /** The smallest from which on the index exceeds the threshold, there and at every larger one. */
  readonly onset: number | null;
  /** Bootstrap interval over seeds; `onsetHigh` null: beyond the largest tested. */
  readonly onsetLow: number | null;
  readonly onsetHigh: number | null;
  /** The smallest from which on the lower end of the interval of the index exceeds the threshold too. */
  readonly sureOnset: number | null;
  /** Share of resamples that have an onset. */
  readonly onsetShare: number | null;
  /** Seeds that every training intensity has. */
  readonly seeds: readonly number[];
  /** Preference index of the mean curve, by training intensity, ascending. */
  readonly indices: readonly {
    readonly trainIntensity: number;
    readonly index: number;
    readonly low: number | null;
    readonly high: number | null;
  }[];
}

export const onsetDefaults = { ...bootstrapDefaults, threshold: 0.5 } as const;

/**
 * The onset of the noise preference over the training intensity.
 *
 * The index is the preferred over the training intensity of the mean curve over seeds. Seeds are resampled for all training
 * intensities together, since networks of one seed share initial weights and trials; the interval's ends are those resampled
 * onsets that leave at most (1 - confidence) / 2 of the resamples outside on either side. The onset is one of the tested
 * intensities: it is known up to the distance to the one below.
 *
 * @param groups one per training intensity; seeds that one of them lacks are left out
 * @throws ParameterError when two groups share a training intensity, or rows are no complete grid
 */
export function onset(groups: readonly OnsetGroup[], options: OnsetOptions = {}): Onset {
  const { threshold, ...statistics } = { ...onsetDefaults, ...options };
  const sorted = [...groups].sort((a, b) => a.trainIntensity - b.trainIntensity);
  const twice = sorted.find(({ trainIntensity }, i) => trainIntensity === sorted[i + 1]?.trainIntensity);
  if (twice !== undefined) {
    throw new ParameterError({
      place: "onset",
      rule: `each training intensity must stand once, got ${twice.trainIntensity} twice`,
      remedy: "group by what the networks differ in besides",
    });
  }
  const seeds = commonSeeds(sorted);
  const known = sorted.map(({ trainIntensity, rows }) => ({
    trainIntensity,
    curves: lossCurves(
      rows.filter(({ seed }) => seeds.includes(seed)),
      trainIntensity,
    ),
  }));
  if (seeds.length === 0 || known.length === 0) return { ...nothing, seeds, indices: [] };
  const indices = known.map(({ trainIntensity, curves }) => {
    const { preferenceIndex, preferredLow, preferredHigh } = preference(curves.rows.flat(), {
      ...statistics,
      trainIntensity,
    });
    const ratio = (end: number | null) => (end === null || seeds.length === 1 ? null : end / trainIntensity);
    return {
      trainIntensity,
      index: preferenceIndex ?? Number.NaN,
      low: ratio(preferredLow),
      high: ratio(preferredHigh),
    };
  });
  const intensities = known.map(({ trainIntensity }) => trainIntensity);
  const found = {
    onset: firstFrom(
      intensities,
      indices.map(({ index }) => index),
      threshold,
    ),
    sureOnset: firstFrom(
      intensities,
      indices.map(({ low }) => low ?? Number.NaN),
      threshold,
    ),
    seeds,
    indices,
  };
  if (seeds.length === 1) return { ...nothing, ...found };
  const resampled = resampleCounts(seeds.length, statistics).map((counts) =>
    firstFrom(
      intensities,
      known.map(({ trainIntensity, curves }) => resampledOptimum(curves, counts) / trainIntensity),
      threshold,
    ),
  );
  const ordered = resampled.map((one) => one ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  const outside = Math.floor(((1 - statistics.confidence) / 2) * ordered.length);
  const end = (value: number) => (Number.isFinite(value) ? value : null);
  return {
    ...found,
    onsetLow: end(ordered[outside]),
    onsetHigh: end(ordered[ordered.length - 1 - outside]),
    onsetShare: resampled.filter((one) => one !== null).length / resampled.length,
  };
}

const nothing = { onset: null, onsetLow: null, onsetHigh: null, sureOnset: null, onsetShare: null } as const;

function commonSeeds(groups: readonly OnsetGroup[]): number[] {
  const sets = groups.map(({ rows }) => new Set(rows.map(({ seed }) => seed)));
  return [...(sets[0] ?? [])].filter((seed) => sets.every((set) => set.has(seed))).sort((a, b) => a - b);
}

/** The first intensity from which on all values exceed the threshold; null where the last does not. */
function firstFrom(intensities: readonly number[], values: readonly number[], threshold: number): number | null {
  let first: number | null = null;
  for (let i = intensities.length - 1; i >= 0 && values[i] > threshold; i--) first = intensities[i];
  return first;
}

/** Where the mean curve of resampled networks is lowest; 0 where no loss is finite. */
function resampledOptimum({ rows, intensities }: ReturnType<typeof lossCurves>, counts: Uint32Array): number {
  const mean = intensities.map((_, k) =>
    rows.reduce((sum, row, i) => sum + (counts[i] * row[k].loss) / rows.length, 0),
  );
  return fittedOptimum(intensities, mean)?.at ?? 0;
}
