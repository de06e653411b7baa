/** Measurements sorted into cells of a table: one number per seed. */
import { distinct, groups } from "../../figure/conditions.ts";
import type { Measurement } from "../results/rows.ts";
import type { AxisValue } from "../study.ts";

/** What is averaged over seeds in one row of a table. */
export interface SeedSample {
  /** Seeds that count: those with a finite value in every condition that the row is made of. */
  readonly seeds: readonly number[];
  /** One per seed: the mean over the conditions of the row. */
  readonly values: readonly number[];
  /** Seeds that are left out. */
  readonly incomplete: readonly number[];
  /** Values that are not finite. */
  readonly notFinite: number;
  /** How many conditions are averaged within each seed. */
  readonly conditions: number;
}

/** The sample of measurements that share a row. */
export function seedSample(measurements: readonly Measurement[]): SeedSample {
  const conditions = distinct(measurements.map(({ run }) => run.condition));
  const bySeed = groups(measurements, ({ run }) => String(run.seed));
  const seeds: number[] = [];
  const values: number[] = [];
  const incomplete: number[] = [];
  for (const mine of [...bySeed.values()].sort((a, b) => a[0].run.seed - b[0].run.seed)) {
    const byCondition = [...groups(mine, ({ run }) => run.condition).values()];
    const means = byCondition.map((group) => meanOf(group.map(({ value }) => value)));
    const { seed } = mine[0].run;
    if (means.length < conditions.length || !means.every(Number.isFinite)) incomplete.push(seed);
    else {
      seeds.push(seed);
      values.push(meanOf(means));
    }
  }
  return {
    seeds,
    values,
    incomplete,
    notFinite: measurements.filter(({ value }) => !Number.isFinite(value)).length,
    conditions: conditions.length,
  };
}

/** A text that is equal for equal values of columns, told apart by type. */
export function keyOf(values: readonly AxisValue[]): string {
  return JSON.stringify(values);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
