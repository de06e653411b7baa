import { z } from "zod";
import { type Onset, onset, onsetDefaults } from "../../analysis/onset.ts";
import { ParameterError } from "../../core/errors.ts";
import { distinct, groups, seedWarnings } from "../../figure/conditions.ts";
import { countText, listText, numberText } from "../../figure/wording.ts";
import { columnOf, conditionColumns, type MeaningfulColumn } from "../results/columns.ts";
import type { RunRow } from "../results/rows.ts";
import { type StudyResults, varyingColumns } from "../results/study-results.ts";
import { conditionText } from "./column-words.ts";
import { type AnalysisTable, studyAnalysis, type TableRow } from "./contract.ts";
import { selectionIssues, statisticsOptions, whereOption } from "./options.ts";
import { curveRows } from "./preference.ts";
import { keyOf } from "./samples.ts";
import { selection } from "./selection.ts";

const schema = z.strictObject({
  by: z
    .array(z.string())
    .optional()
    .describe("columns that tell groups apart; by default all but the training intensity"),
  where: whereOption,
  threshold: z
    .number()
    .min(0)
    .default(onsetDefaults.threshold)
    .describe("what the preference index must exceed, 0.5 is the default"),
  ...statisticsOptions,
});

const number = { type: "double", nullable: true } as const;

export const onsetColumns: readonly MeaningfulColumn[] = [
  { name: "intensities", type: "int32", meaning: "number of training intensities above 0" },
  {
    name: "onset",
    ...number,
    meaning: "smallest training intensity from which on the preference index exceeds the threshold",
  },
  { name: "onsetLow", ...number, meaning: "its bootstrap interval over seeds, lower end" },
  { name: "onsetHigh", ...number, meaning: "upper end; empty when it lies beyond the largest tested" },
  { name: "onsetBelow", ...number, meaning: "next smaller training intensity: the onset lies above it" },
  { name: "sureOnset", ...number, meaning: "the same of the lower end of the index's interval" },
  { name: "onsetShare", ...number, meaning: "share of resamples that have an onset" },
  { name: "lastIndex", ...number, meaning: "preference index at the largest training intensity" },
];

/** From which training intensity on the networks of each group prefer noise: `onset` of src/analysis. */
export const onsetAnalysis = studyAnalysis({
  name: "onset",
  summary: "The training intensity from which on each group prefers noise at test, with its interval over seeds.",
  references: ["eckstein2026", "hesterberg2015"],
  schema,
  issues: selectionIssues,
  metrics: () => ["test-loss"],
  table(results, { by: wanted, where, threshold, confidence, resamples, resamplingSeed }): AnalysisTable {
    const { runs, measurements, warnings } = selection(results, { where, metrics: ["test-loss"] });
    const by = wanted ?? groupColumns(results, runs);
    const byRun = groups(measurements, ({ run }) => run.id);
    const varying = varyingColumns(runs, by);
    const problems: string[] = [];
    const options = { threshold, confidence, resamples, seed: resamplingSeed };
    const rows = [...groups(runs, (run) => keyOf(by.map((column) => run[column] ?? null))).values()].map(
      (group): TableRow => {
        const [first] = group;
        const labels = Object.fromEntries(by.map((column) => [column, first[column] ?? null]));
        const place = conditionText(first, varying) || "all runs";
        const { found, said } = groupOnset(group, (run) => curveRows(run, byRun.get(run.id) ?? [], false), options);
        problems.push(...said.map((sentence) => `${place}: ${sentence}.`));
        return { ...labels, ...numbersOf(found) };
      },
    );
    const seeds = rows.map((row) => Number(row.seeds)).filter((count) => count > 0);
    return {
      columns: [
        ...by.map((column) =>
          columnOf(
            column,
            rows.map((row) => row[column]),
            "group",
          ),
        ),
        { name: "seeds", type: "int32", meaning: "seeds that every training intensity has" },
        ...onsetColumns,
      ],
      rows,
      labels: by,
      shown: ["seeds", "onsetBelow", "sureOnset", "onsetShare"],
      estimates: [{ column: "onset", intervals: [{ kind: "bootstrap", low: "onsetLow", high: "onsetHigh" }] }],
      confidence,
      notes: [
        `The onset is the smallest tested training intensity from which on the preference index of the mean curve exceeds ${numberText(threshold)}; sure onset: from which on the lower end of the interval of the index does.`,
      ],
      warnings: [...warnings, ...problems, ...(seeds.length > 0 ? seedWarnings(seeds) : [])],
    };
  },
});

/** All columns of conditions but the training intensity, and but an axis that is the training intensity by another name. */
function groupColumns({ axes }: StudyResults, runs: readonly RunRow[]): string[] {
  const varies = distinct(runs.map(({ trainIntensity }) => trainIntensity)).length > 1;
  return distinct([...axes, ...conditionColumns]).filter(
    (column) => column !== "trainIntensity" && !(varies && runs.every((run) => run[column] === run.trainIntensity)),
  );
}

interface GroupOnset {
  readonly found: Onset | undefined;
  /** Clauses for people. */
  readonly said: readonly string[];
}

function groupOnset(
  group: readonly RunRow[],
  curvesOf: (run: RunRow) => ReturnType<typeof curveRows>,
  options: Parameters<typeof onset>[1],
): GroupOnset {
  const swept = group.filter(({ trainIntensity, testSite, site }) => (trainIntensity ?? 0) > 0 && testSite === site);
  const networks = swept.map((run) => ({ run, rows: curvesOf(run) }));
  const sound = networks.filter(({ rows }) => rows.length > 0 && rows.every(({ loss }) => Number.isFinite(loss)));
  if (sound.length === 0) return { found: undefined, said: ["no network was trained with noise and swept over it"] };
  const conditions = groups(sound, ({ run }) => run.condition);
  const byIntensity = groups(sound, ({ run }) => String(run.trainIntensity));
  if (conditions.size > byIntensity.size) {
    const other = varyingColumns(
      sound.map(({ run }) => run),
      conditionColumns.filter((column) => column !== "trainIntensity"),
    );
    const what = other.length === 0 ? "something else" : listText(other);
    return { found: undefined, said: [`runs of one training intensity differ in ${what}; group by it`] };
  }
  try {
    const found = onset(
      [...byIntensity.values()].map((members) => ({
        trainIntensity: Number(members[0].run.trainIntensity),
        rows: members.flatMap(({ rows }) => rows),
      })),
      options,
    );
    const lost = distinct(sound.map(({ run }) => run.seed)).length - found.seeds.length;
    const left = `${countText([lost], "seed")} that one of the training intensities lacks ${lost === 1 ? "is" : "are"} left out`;
    return { found, said: lost > 0 ? [left] : [] };
  } catch (error) {
    if (error instanceof ParameterError) return { found: undefined, said: [error.rule] };
    throw error;
  }
}

function numbersOf(found: Onset | undefined): TableRow {
  if (found === undefined) {
    const nothing = Object.fromEntries(onsetColumns.map(({ name }) => [name, null]));
    return { ...nothing, seeds: 0, intensities: 0 };
  }
  const { seeds, indices, ...numbers } = found;
  const below = indices.filter(({ trainIntensity }) => trainIntensity < (numbers.onset ?? 0)).at(-1);
  return {
    seeds: seeds.length,
    intensities: indices.length,
    ...numbers,
    onsetBelow: below?.trainIntensity ?? null,
    lastIndex: indices.at(-1)?.index ?? null,
  };
}
