/** At which intensity a trained network does best, and how sure that is. */
import { type FittedOptimum, fittedOptimum } from "./fitted-optimum.ts";
import { type CurveRow, type LossCurves, lossCurves } from "./loss-curves.ts";
import {
  type BootstrapOptions,
  bootstrapDefaults,
  resampleCounts,
  stretchedPercentiles,
} from "./statistics/bootstrap.ts";
import { tTestAboveZero } from "./statistics/t-test.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

export interface PreferenceOptions extends Partial<BootstrapOptions> {
  /** Intensity the networks were trained with, >= 0, one of the test intensities. */
  readonly trainIntensity: number;
  /** Half-width of what counts as close to the trained intensity, as a fraction of it. Default 0.25. */
  readonly band?: number;
}

/** Numbers are in the unit of the intensity or of the loss; null where something cannot be known. */
export interface Preference {
  readonly trainIntensity: number;
  /** How many networks. */
  readonly seeds: number;
  /** What was resampled: networks, noise draws of a single network, or nothing. */
  readonly resampled: "seeds" | "repeats" | "nothing";
  /** Where the mean curve over seeds is lowest. */
  readonly preferredIntensity: number;
  readonly preferredLow: number | null;
  readonly preferredHigh: number | null;
  /** The lowest grid point is the last one: widen the grid. */
  readonly isAtUpperEnd: boolean;
  /** preferredIntensity / trainIntensity: 0 = wants silence, 1 = wants its training noise; null without training noise. */
  readonly preferenceIndex: number | null;
  /** Loss of the mean curve at zero, at the trained intensity, and at its lowest grid point. */
  readonly lossAtZero: number;
  readonly lossAtTraining: number;
  readonly lossAtPreferred: number;
  /** lossAtZero / lossAtPreferred, >= 1. */
  readonly preferenceRatio: number | null;
  readonly preferenceRatioLow: number | null;
  readonly preferenceRatioHigh: number | null;
  /** Accuracies at the same three places; null for value targets. */
  readonly accuracyAtZero: number | null;
  readonly accuracyAtTraining: number | null;
  readonly accuracyAtPreferred: number | null;
  /** "The preferred intensity is above 0": p-value of the paired test, and the share of resamples that agree. */
  readonly aboveZeroP: number | null;
  readonly aboveZeroShare: number | null;
  /** "The preferred intensity is within the band around the trained one": whether the whole interval is; share of resamples. */
  readonly isCloseToTraining: boolean | null;
  readonly closeToTrainingShare: number | null;
  /** B^2 / (B^2 + V) from bias^2 at zero and variance at the trained intensity: what two numbers predict for the index. */
  readonly predictedIndex: number | null;
  readonly verdict: Verdict;
  /** The optimum of every network by itself. */
  readonly perSeed: readonly SeedPreference[];
}

export interface SeedPreference {
  readonly seed: number;
  readonly preferredIntensity: number;
  readonly lossAtZero: number;
  readonly lossAtTraining: number;
  readonly lossAtPreferred: number;
}

export const preferenceDefaults = { ...bootstrapDefaults, band: 0.25 } as const;

/**
 * What `aboveZeroP` must stay below for a verdict: half the level, because that the other units choose the contrast makes
 * this test somewhat too ready to reject.
 */
export function aboveZeroLevel(confidence: number = preferenceDefaults.confidence): number {
  return (1 - confidence) / 2;
}

/**
 * The preferred intensity of a group of networks that differ by their seed.
 *
 * Estimate: the minimum of the seed-mean loss curve, by a parabola through the lowest grid point and its neighbours
 * (`fittedOptimum`). Interval: bootstrap over seeds of the whole procedure, percentiles stretched for small samples
 * (`stretchedPercentiles`), within the grid. With one seed it is over that network's noise draws, speaks of that network
 * only and supports no verdict. Coverage is measured in test/statistics/preference.test.ts.
 *
 * "Above 0" is a one-sided paired t-test over units on log(L(0) / L(s)), s the lowest point of the mean curve of the
 * *other* units, so that no unit judges an intensity that it chose itself. The verdict asks for this test and for the
 * interval.
 *
 * @param rows loss per network and test intensity
 * @returns plain data; a pure function of its arguments
 * @throws ParameterError when the rows are no complete grid with 0 and the trained intensity in it
 */
export function preference(rows: readonly CurveRow[], options: PreferenceOptions): Preference {
  const { trainIntensity } = options;
  const curves = lossCurves(rows, trainIntensity);
  const { intensities, trainIndex } = curves;
  const { units, resampled } = resamplingUnits(curves);
  const mean = weightedMean(units);
  const optimum = fittedOptimum(intensities, mean);
  const index = optimum?.index ?? 0;

  const accuracy = meanOf(curves, "accuracy");
  const preferredIntensity = optimum?.at ?? Number.NaN;
  return {
    trainIntensity,
    seeds: curves.seeds.length,
    resampled,
    preferredIntensity,
    isAtUpperEnd: optimum?.isAtUpperEnd ?? false,
    preferenceIndex: trainIntensity > 0 ? finite(preferredIntensity / trainIntensity) : null,
    lossAtZero: mean[0],
    lossAtTraining: mean[trainIndex],
    lossAtPreferred: mean[index],
    preferenceRatio: finite(mean[0] / mean[index]),
    accuracyAtZero: accuracy[0],
    accuracyAtTraining: accuracy[trainIndex],
    accuracyAtPreferred: accuracy[index],
    predictedIndex: predictedIndex(curves),
    perSeed: curves.rows.map((row, i) => seedPreference(curves.seeds[i], row, curves)),
    ...(resampled === "nothing" || optimum === undefined
      ? unresolved
      : certainty(curves, units, mean, optimum, options)),
  };
}

const unresolved = {
  preferredLow: null,
  preferredHigh: null,
  preferenceRatioLow: null,
  preferenceRatioHigh: null,
  aboveZeroP: null,
  aboveZeroShare: null,
  isCloseToTraining: null,
  closeToTrainingShare: null,
  verdict: "undecided",
} as const satisfies Partial<Preference>;

/** Intervals and tests by resampling the units. */
function certainty(
  { intensities, trainIndex, seeds }: LossCurves,
  units: readonly Float64Array[],
  mean: Float64Array,
  optimum: FittedOptimum,
  options: PreferenceOptions,
): Pick<Preference, keyof typeof unresolved> {
  const { trainIntensity, resamples, confidence, seed, band } = { ...preferenceDefaults, ...options };
  const top = intensities[intensities.length - 1];
  // Trained without noise there is no unit of intensity; half the grid stands for it, as it does on the default grid.
  const margin = band * (trainIntensity > 0 ? trainIntensity : top / 2);
  const noisy = trainIntensity > 0 ? trainIndex : intensities.length - 1;

  const drawn = resampleCounts(units.length, { resamples, seed }).map((counts) => weightedMean(units, counts));
  const optima = drawn.map((curve) => fittedOptimum(intensities, curve) ?? optimum);
  const interval = (estimate: number, values: readonly number[]) =>
    stretchedPercentiles(estimate, values, units.length, confidence);
  const preferred = interval(
    optimum.at,
    optima.map(({ at }) => at),
  );
  const low = Math.max(0, preferred.low);
  const high = Math.min(top, preferred.high);
  const ratio = interval(
    logRatio(mean[0], mean[optimum.index]),
    drawn.map((curve, k) => logRatio(curve[0], curve[optima[k].index])),
  );
  const isClose = (at: number) => Math.abs(at - trainIntensity) <= margin;
  const share = (holds: (at: number) => boolean) => optima.filter(({ at }) => holds(at)).length / optima.length;
  const aboveZeroP = tTestAboveZero(silencePenalties(units, intensities));
  const noiseHurtsP = tTestAboveZero(units.map((unit) => logRatio(unit[noisy], unit[0])));
  return {
    preferredLow: low,
    preferredHigh: high,
    preferenceRatioLow: Math.exp(Math.max(0, ratio.low)),
    preferenceRatioHigh: Math.exp(ratio.high),
    aboveZeroP,
    aboveZeroShare: share((at) => at > 0),
    isCloseToTraining: isClose(low) && isClose(high),
    closeToTrainingShare: share(isClose),
    verdict: verdictOf({
      low,
      high,
      trainIntensity,
      margin,
      silenceHurts: aboveZeroP < aboveZeroLevel(confidence),
      noiseHurts: noiseHurtsP < 1 - confidence,
      networks: seeds.length,
    }),
  };
}

/** Loss curves of the units that are resampled. */
function resamplingUnits({ rows, intensities }: LossCurves): {
  readonly units: readonly Float64Array[];
  readonly resampled: Preference["resampled"];
} {
  const curves = rows.map((row) => Float64Array.from(row, ({ loss }) => loss));
  if (rows.length > 1) return { units: curves, resampled: "seeds" };
  const repeats = Math.min(...rows[0].map(({ lossPerRepeat }) => lossPerRepeat?.length ?? 0));
  if (repeats < 2) return { units: curves, resampled: "nothing" };
  const units = Array.from({ length: repeats }, (_, repeat) =>
    Float64Array.from(intensities, (_intensity, i) => rows[0][i].lossPerRepeat?.[repeat] ?? Number.NaN),
  );
  return { units, resampled: "repeats" };
}

/** Mean curve; a unit counts as often as it was drawn. */
function weightedMean(units: readonly Float64Array[], counts?: Uint32Array): Float64Array {
  const mean = new Float64Array(units[0].length);
  for (const [i, unit] of units.entries()) {
    const weight = (counts?.[i] ?? 1) / units.length;
    if (weight === 0) continue;
    for (let k = 0; k < mean.length; k++) mean[k] += weight * unit[k];
  }
  return mean;
}

/** Mean over seeds of an optional column, `[intensity]`; null where a row lacks it. */
function meanOf({ rows }: LossCurves, column: "accuracy" | "biasSquared" | "variance"): (number | null)[] {
  return rows[0].map((_, k) => {
    const values = rows.map((row) => row[k][column] ?? null);
    return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + (value ?? 0), 0) / values.length;
  });
}

/**
 * If the bias grows linearly as noise is taken away and the variance as the square of the intensity, then
 * L(x) = B^2 (1 - x)^2 + V x^2 with x = s / s_train, lowest at x = B^2 / (B^2 + V).
 */
function predictedIndex(curves: LossCurves): number | null {
  const biasSquared = meanOf(curves, "biasSquared")[0];
  const variance = meanOf(curves, "variance")[curves.trainIndex];
  if (biasSquared === null || variance === null || curves.trainIndex === 0) return null;
  const bias = Math.max(0, biasSquared);
  return finite(bias / (bias + variance));
}

function seedPreference(
  seed: number,
  row: readonly CurveRow[],
  { intensities, trainIndex }: LossCurves,
): SeedPreference {
  const losses = row.map(({ loss }) => loss);
  const optimum = fittedOptimum(intensities, losses);
  return {
    seed,
    preferredIntensity: optimum?.at ?? Number.NaN,
    lossAtZero: losses[0],
    lossAtTraining: losses[trainIndex],
    lossAtPreferred: losses[optimum?.index ?? 0],
  };
}

/** Per unit: log of the loss at zero over the loss at the intensity that the other units do best at. */
function silencePenalties(units: readonly Float64Array[], intensities: readonly number[]): number[] {
  return units.map((unit, left) => {
    const others = units.filter((_, i) => i !== left);
    const best = fittedOptimum(intensities, weightedMean(others))?.index ?? 0;
    return logRatio(unit[0], unit[best]);
  });
}

/** 0, that is no evidence, where a loss is 0 or not finite. */
function logRatio(a: number, b: number): number {
  return finite(Math.log(a / b)) ?? 0;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
