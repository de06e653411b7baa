/** Two conditions compared seed by seed. */
import { tTest } from "../../analysis/statistics/t-test.ts";
import type { SeedSample } from "./samples.ts";

export interface PairedValues {
  /** Value minus reference, one per seed that both have. */
  readonly differences: readonly number[];
  /** Seeds that only one of them has. */
  readonly unpaired: number;
}

/** Differences over common seeds: what a seed brings to both cancels. */
export function pairedValues(sample: SeedSample, reference: SeedSample): PairedValues {
  const of = new Map(reference.seeds.map((seed, index) => [seed, reference.values[index]]));
  const differences = sample.seeds.flatMap((seed, index) => {
    const other = of.get(seed);
    return other === undefined ? [] : [sample.values[index] - other];
  });
  return { differences, unpaired: sample.seeds.length + reference.seeds.length - 2 * differences.length };
}

/** p of the paired t-test that the mean difference is 0; null below two pairs. */
export function pairedP(differences: readonly number[]): number | null {
  return differences.length < 2 ? null : tTest(differences);
}

/**
 * p-values that hold for all tests of a table together.
 *
 * Source: Holm's step-down procedure; it needs no independence.
 *
 * @returns in the order of the arguments; null where there was no test
 */
export function holmAdjusted(values: readonly (number | null)[]): (number | null)[] {
  const tests = values.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const adjusted: (number | null)[] = values.map(() => null);
  let least = 0;
  for (const [rank, { p, index }] of tests.entries()) {
    least = Math.max(least, Math.min(1, (tests.length - rank) * p));
    adjusted[index] = least;
  }
  return adjusted;
}

/** What is to be said of comparisons. */
export function pairWarnings(pairs: readonly PairedValues[]): string[] {
  const unpaired = pairs.reduce((sum, pair) => sum + pair.unpaired, 0);
  const few = pairs.filter(({ differences }) => differences.length < 2).length;
  return [
    ...(unpaired > 0
      ? [
          `${unpaired} ${unpaired === 1 ? "value has" : "values have"} no partner of the same seed and are left out of differences.`,
        ]
      : []),
    ...(few > 0 ? [`${few} of ${pairs.length} differences have fewer than 2 common seeds, hence no interval.`] : []),
  ];
}
