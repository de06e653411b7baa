import { z } from "zod";
import type { CurveRow } from "../../analysis/loss-curves.ts";
import { type Preference, preference, preferenceDefaults } from "../../analysis/preference.ts";
import { ParameterError } from "../../core/errors.ts";
import { distinct, groups, seedWarnings } from "../../figure/conditions.ts";
import { countText } from "../../figure/wording.ts";
import { type MetricName, repeatName } from "../metrics.ts";
import { columnOf, conditionColumns, type MeaningfulColumn } from "../results/columns.ts";
import { isSound, type Measurement, type RunRow } from "../results/rows.ts";
import { varyingColumns } from "../results/study-results.ts";
import { conditionText } from "./column-words.ts";
import { type AnalysisTable, studyAnalysis, type TableRow } from "./contract.ts";
import { columnIssues, statisticsOptions, whereOption } from "./options.ts";
import { selection } from "./selection.ts";

const schema = z.strictObject({
  where: whereOption,
  band: z
    .number()
    .gt(0)
    .max(1)
    .default(preferenceDefaults.band)
    .describe("half-width of what counts as close to the trained intensity, as a fraction of it; 0.25 is the default"),
  ...statisticsOptions,
});

const losses: readonly MetricName[] = ["test-loss", "test-accuracy", "test-bias-squared", "test-variance"];

/** Numbers of a condition; null where no network of it gave any. */
export type PreferenceNumbers = {
  readonly [Key in keyof Omit<Preference, "perSeed" | "trainIntensity" | "seeds">]: Preference[Key] | null;
};

const number = { type: "double", nullable: true } as const;
const text = { type: "string", nullable: true } as const;
const truth = { type: "boolean", nullable: true } as const;

export const preferenceColumns: readonly MeaningfulColumn<keyof PreferenceNumbers>[] = [
  { name: "resampled", ...text, meaning: "what was resampled: seeds, repeats of a single network, or nothing" },
  { name: "preferredIntensity", ...number, meaning: "where the mean loss curve is lowest" },
  { name: "preferredLow", ...number, meaning: "its bootstrap interval, lower end" },
  { name: "preferredHigh", ...number, meaning: "upper end" },
  { name: "isAtUpperEnd", ...truth, meaning: "the lowest point is the last of the grid" },
  { name: "preferenceIndex", ...number, meaning: "preferred over trained intensity" },
  { name: "lossAtZero", ...number, meaning: "mean loss without noise" },
  { name: "lossAtTraining", ...number, meaning: "mean loss at the trained intensity" },
  { name: "lossAtPreferred", ...number, meaning: "mean loss at the lowest grid point" },
  { name: "preferenceRatio", ...number, meaning: "loss without noise over loss at the lowest point" },
  { name: "preferenceRatioLow", ...number, meaning: "its bootstrap interval, lower end" },
  { name: "preferenceRatioHigh", ...number, meaning: "upper end" },
  { name: "accuracyAtZero", ...number, meaning: "mean accuracy without noise" },
  { name: "accuracyAtTraining", ...number, meaning: "mean accuracy at the trained intensity" },
  { name: "accuracyAtPreferred", ...number, meaning: "mean accuracy at the lowest grid point" },
  { name: "aboveZeroP", ...number, meaning: "p that the preferred intensity is above 0" },
  { name: "aboveZeroShare", ...number, meaning: "share of resamples in which it is" },
  { name: "isCloseToTraining", ...truth, meaning: "the interval lies within the band around the trained intensity" },
  { name: "closeToTrainingShare", ...number, meaning: "share of resamples within the band" },
  { name: "predictedIndex", ...number, meaning: "preference index predicted from bias and variance" },
  {
    name: "verdict",
    ...text,
    meaning:
      "where the lowest point lies, and whether it is sure to be lower than without noise; by how much says the preference ratio",
  },
];

/** The preferred noise intensity of every condition: `preference` of src/analysis, over the seeds of the condition. */
export const preferenceAnalysis = studyAnalysis({
  name: "preference",
  summary: "The noise intensity at test that each condition does best at, with intervals and a verdict.",
  references: ["eckstein2026", "hesterberg2015"],
  schema,
  issues: ({ where }, surroundings) => columnIssues("where", Object.keys(where), surroundings),
  metrics: () => [...losses, repeatName],
  table(results, { where, band, confidence, resamples, resamplingSeed }): AnalysisTable {
    const { runs, measurements, warnings } = selection(results, {
      where,
      metrics: ["test-loss"],
      besides: [...losses, repeatName],
    });
    const byRun = groups(measurements, ({ run }) => run.id);
    const columns = distinct([...results.axes, ...conditionColumns]);
    const varying = varyingColumns(runs, columns);
    const rows: TableRow[] = [];
    const problems: string[] = [];
    const left: string[] = [];
    for (const group of groups(runs, ({ condition }) => condition).values()) {
      const [first] = group;
      const labels = Object.fromEntries(columns.map((column) => [column, first[column]]));
      const networks = group.map((run) => curveRows(run, byRun.get(run.id) ?? [], group.length === 1));
      const sound = networks.filter((curve) => curve.length > 0 && curve.every(({ loss }) => Number.isFinite(loss)));
      const dropped = networks.filter((curve) => curve.length > 0).length - sound.length;
      if (dropped > 0) left.push(first.condition);
      const outcome = conditionPreference(first, sound.flat(), {
        band,
        confidence,
        resamples,
        seed: resamplingSeed,
      });
      if (typeof outcome === "string" && group.some(isSound)) {
        problems.push(`${conditionText(first, varying) || seedlessTitle(first)}: ${outcome}.`);
      }
      const numbers = typeof outcome === "string" ? nothingFound : numbersOf(outcome);
      rows.push({ ...labels, seeds: sound.length, ...numbers });
    }
    const seeds = rows.map((row) => Number(row.seeds)).filter((count) => count > 0);
    return {
      columns: [
        ...columns.map((column) =>
          columnOf(
            column,
            rows.map((row) => row[column]),
            "condition",
          ),
        ),
        { name: "seeds", type: "int32", meaning: "number of networks" },
        ...preferenceColumns,
      ],
      rows,
      labels: columns,
      shown: ["seeds", "aboveZeroP", "verdict"],
      estimates: [
        {
          column: "preferredIntensity",
          intervals: [{ kind: "bootstrap", low: "preferredLow", high: "preferredHigh" }],
        },
        {
          column: "preferenceRatio",
          intervals: [{ kind: "bootstrap", low: "preferenceRatioLow", high: "preferenceRatioHigh" }],
        },
      ],
      confidence,
      notes: rows.some(({ resampled }) => resampled === "repeats")
        ? ["Where there is one seed, the interval is over the noise draws of that network."]
        : [],
      warnings: [
        ...warnings,
        ...problems,
        ...(seeds.length > 0 ? seedWarnings(seeds) : []),
        ...(seeds.length > 0 && Math.min(...seeds) < 3
          ? [`fewer than 3 networks support no verdict: ${countText(seeds, "network")}.`]
          : []),
        ...(left.length > 0
          ? [
              `in ${left.length} of ${countText([rows.length], "condition")}, networks with a loss that is not finite are left out.`,
            ]
          : []),
        ...(rows.some((row) => row.isAtUpperEnd === true)
          ? ["some preferred intensities are the last of the grid: test more noise."]
          : []),
      ],
    };
  },
});

/** @returns why there is none, as a clause */
function conditionPreference(
  run: RunRow,
  curves: readonly CurveRow[],
  options: { readonly band: number; readonly confidence: number; readonly resamples: number; readonly seed: number },
): Preference | string {
  if (curves.length === 0) return "no network gave losses";
  if (run.testSite !== run.site && run.testSite !== null) {
    return `the noise that is varied at test enters ${run.testSite}, that of the first source ${run.site}`;
  }
  if (run.testSite === null) return "the networks were not tested against noise";
  try {
    return preference(curves, { ...options, trainIntensity: run.trainIntensity ?? 0 });
  } catch (error) {
    if (error instanceof ParameterError) return error.rule;
    throw error;
  }
}

/** Loss and what goes with it per test intensity. @param isSingle noise draws are needed where they alone can be resampled */
export function curveRows(run: RunRow, measurements: readonly Measurement[], isSingle: boolean): CurveRow[] {
  const rows = new Map<number, Partial<Record<MetricName, number>> & { repeats: number[] }>();
  for (const { metric, testIntensity, value } of measurements) {
    if (testIntensity === null) continue;
    const row = rows.get(testIntensity) ?? { repeats: [] };
    rows.set(testIntensity, row);
    if (metric === repeatName) row.repeats.push(value);
    else row[metric as MetricName] = value;
  }
  return [...rows].flatMap(([testIntensity, row]) => {
    const { "test-loss": loss } = row;
    if (loss === undefined) return [];
    return [
      {
        seed: run.seed,
        testIntensity,
        loss,
        accuracy: row["test-accuracy"] ?? null,
        biasSquared: row["test-bias-squared"] ?? null,
        variance: row["test-variance"] ?? null,
        ...(isSingle && { lossPerRepeat: row.repeats }),
      },
    ];
  });
}

function numbersOf({
  perSeed: _networks,
  trainIntensity: _label,
  seeds: _count,
  ...numbers
}: Preference): PreferenceNumbers {
  return numbers;
}

const nothingFound: PreferenceNumbers = {
  ...(Object.fromEntries(preferenceColumns.map(({ name }) => [name, null])) as Record<keyof PreferenceNumbers, null>),
  verdict: "undecided",
};

/** The only condition in a line: a run's title without its seed. */
function seedlessTitle({ title, seed }: RunRow): string {
  return title.replace(`, seed ${seed}`, "");
}
