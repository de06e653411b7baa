/** Networks that were trained with noise against their controls: the same in everything but the noise, seed by seed. */
import { bootstrapDefaults } from "../../analysis/statistics/bootstrap.ts";
import { type SampleSummary, sampleSummaries } from "../../analysis/statistics/sample.ts";
import { groups } from "../../figure/conditions.ts";
import { numberText } from "../../figure/wording.ts";
import type { MetricName } from "../metrics.ts";
import type { FamilyResults } from "../reproduction/contract.ts";
import { valueText } from "../reproduction/findings.ts";
import { isSound, type RunRow } from "../results/rows.ts";
import { varyingColumns } from "../results/study-results.ts";

/** Axis of the studies that says which noise a network was trained with, and its value for the controls. */
const noiseAxis = "noise";
const control = "none";

export interface Contrast {
  /** Noise of the network, and what else tells its condition from others: "additive, step 0.3". */
  readonly label: string;
  /** How many seeds have both. */
  readonly seeds: number;
  readonly withNoise: SampleSummary;
  readonly withoutNoise: SampleSummary;
  /** With noise less without. */
  readonly difference: SampleSummary;
  /** Logarithm of with noise over without; null where a value is not above 0. */
  readonly logRatio: SampleSummary | null;
}

/** A number of every network: a finding ("hessian.trace"), or a metric at no noise. */
export interface Quantity {
  readonly metric: MetricName;
  /** "<analysis>.<number>" of a finding. */
  readonly part: string | null;
}

const summarise = sampleSummaries(bootstrapDefaults);

/**
 * A quantity of networks with noise less that of their controls, one contrast per condition with noise.
 *
 * Metrics that were measured at several noise levels at test count at no noise, as networks are used.
 */
export function contrasts({ results }: FamilyResults, { metric, part }: Quantity): readonly Contrast[] {
  if (!results.axes.includes(noiseAxis)) return [];
  const mine = results.measurements.filter(
    (row) =>
      row.metric === metric &&
      row.part === part &&
      (row.testIntensity ?? 0) === 0 &&
      isSound(row.run) &&
      Number.isFinite(row.value),
  );
  const others = results.axes.filter((axis) => axis !== noiseAxis);
  const shown = varyingColumns(
    mine.map(({ run }) => run),
    others,
  );
  const keyOf = (run: RunRow): string => JSON.stringify([run.seed, ...others.map((axis) => run[axis])]);
  const controls = new Map(
    mine.filter(({ run }) => run[noiseAxis] === control).map(({ run, value }) => [keyOf(run), value]),
  );
  const noisy = mine.filter(({ run }) => run[noiseAxis] !== control && controls.has(keyOf(run)));
  return [...groups(noisy, ({ run }) => run.condition).values()].map((group) => {
    const [{ run }] = group;
    const without = group.map((one) => controls.get(keyOf(one.run)) as number);
    return {
      label: [String(run[noiseAxis]), ...shown.map((axis) => valueText(axis, run[axis]))].join(", "),
      seeds: group.length,
      withNoise: summarise(group.map(({ value }) => value)),
      withoutNoise: summarise(without),
      difference: summarise(group.map(({ value }, index) => value - without[index])),
      logRatio: group.every(({ value }, index) => value > 0 && without[index] > 0)
        ? summarise(group.map(({ value }, index) => Math.log(value / without[index])))
        : null,
    };
  });
}

/** "0.12 (0.1 to 0.14)", the mean with Student's interval over seeds. */
export function summaryText({ mean, tLow, tHigh }: SampleSummary): string {
  const interval = tLow === null || tHigh === null ? "" : ` (${numberText(tLow)} to ${numberText(tHigh)})`;
  return `${numberText(mean)}${interval}`;
}
