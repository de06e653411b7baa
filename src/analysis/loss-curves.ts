import { ParameterError } from "../core/errors.ts";

/** What the preference is computed from: one network at one intensity. */
export interface CurveRow {
  readonly seed: number;
  readonly testIntensity: number;
  readonly loss: number;
  readonly accuracy?: number | null;
  readonly biasSquared?: number | null;
  readonly variance?: number | null;
  /** Loss of each noise draw; needed for an interval when there is one seed. */
  readonly lossPerRepeat?: readonly number[];
}

/** Curves of several networks on one grid. */
export interface LossCurves {
  readonly seeds: readonly number[];
  /** Ascending, from 0. */
  readonly intensities: readonly number[];
  /** Rows by seed, in the order of the intensities. */
  readonly rows: readonly (readonly CurveRow[])[];
  /** Index of the trained intensity. */
  readonly trainIndex: number;
}

/**
 * Rows arranged by seed and intensity.
 *
 * @throws ParameterError unless every seed has every intensity once and 0 and the trained intensity are among them
 */
export function lossCurves(rows: readonly CurveRow[], trainIntensity: number): LossCurves {
  const seeds = [...new Set(rows.map(({ seed }) => seed))].sort((a, b) => a - b);
  const intensities = [...new Set(rows.map(({ testIntensity }) => testIntensity))].sort((a, b) => a - b);
  if (rows.length !== seeds.length * intensities.length) {
    throw broken(
      `every seed needs each of the ${intensities.length} intensities once, got ${rows.length} rows for ${seeds.length} seeds`,
      "sweep all networks over the same intensities",
    );
  }
  const bySeed = seeds.map((seed) => {
    const mine = rows.filter((row) => row.seed === seed).sort((a, b) => a.testIntensity - b.testIntensity);
    const twice = mine.find(({ testIntensity }, i) => testIntensity !== intensities[i]);
    if (twice === undefined) return mine;
    throw broken(
      `every seed needs each intensity once, got seed ${seed} wrong at ${twice.testIntensity}`,
      "sweep all networks over the same intensities",
    );
  });
  for (const [intensity, what] of [
    [0, "0"],
    [trainIntensity, "the trained intensity"],
  ] as const) {
    if (intensities.includes(intensity)) continue;
    throw broken(`the intensities must include ${what}, got ${intensities.join(", ") || "none"}`, `add ${intensity}`);
  }
  return { seeds, intensities, rows: bySeed, trainIndex: intensities.indexOf(trainIntensity) };
}

function broken(rule: string, remedy: string): ParameterError {
  return new ParameterError({ place: "preference", rule, remedy });
}
