/** The tables and views that a question about results may name. */
import type { ColumnDefinition } from "../../../io/result-table.ts";
import { preferenceColumns } from "../../../study/analyses/preference.ts";
import { seedsColumn, statisticsColumns } from "../../../study/analyses/statistics-columns.ts";
import {
  conditionColumns,
  type MeaningfulColumn,
  measurementColumns,
  runColumns,
} from "../../../study/results/columns.ts";
import { identifier } from "./duckdb.ts";

export interface View {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  readonly columns: readonly MeaningfulColumn[];
}

/** Statistics that SQL makes; the bootstrap is left to analyses. */
const curveStatistics = statisticsColumns.filter(({ name }) =>
  ["mean", "sd", "tLow", "tHigh", "median"].includes(name),
);
const runLabels = runColumns.filter(({ name }) => ["id", "condition", ...conditionColumns].includes(name));
const conditionLabels = runLabels.filter(({ name }) => name !== "id");
const testSeedAndOutcome = runColumns.filter(({ name }) => ["testSite", "seed", "outcome"].includes(name));

/** @param axes columns of the axes of studies that are not among those of all runs */
export function views(axes: readonly MeaningfulColumn[]): readonly View[] {
  return [
    {
      name: "runs",
      summary: "One row per complete run, failed ones too.",
      columns: [...runColumns, ...axes],
    },
    {
      name: "metrics",
      summary: "One row per number that a run measured, with what the run is.",
      columns: [...runLabels, ...axes, ...testSeedAndOutcome, ...measurementColumns],
    },
    {
      name: "curves",
      summary:
        "Mean and 95 % t interval over the seeds of each condition, per metric, part and test intensity or update; no noise draws.",
      columns: [
        ...conditionLabels,
        ...axes,
        ...measurementColumns.filter(({ name }) => name !== "repeat" && name !== "value"),
        seedsColumn,
        ...curveStatistics,
      ],
    },
    {
      name: "preference",
      summary: "The preferred noise intensity of each condition, as the analysis of that name finds it.",
      columns: [
        ...conditionLabels.filter(({ name }) => name !== "condition"),
        ...axes,
        { name: "seeds", type: "int32", meaning: "number of networks" },
        ...preferenceColumns,
      ],
    },
    {
      name: "specs",
      summary: "The complete specification of each run, as JSON: spec->>'$.training.learningRate'.",
      columns: [
        { name: "id", type: "string", meaning: "identity of the run" },
        { name: "spec", type: "string", meaning: "its spec.json" },
      ],
    },
  ];
}

const list = (columns: readonly ColumnDefinition[], prefix = ""): string =>
  columns.map(({ name }) => `${prefix}${identifier(name)}`).join(", ");

/** Largest number of seeds with a t quantile of its own; above, this one is a thousandth too wide at most. */
export const mostSeeds = 1000;

/**
 * The views over what the index holds.
 *
 * @param axes as for `views`
 * @param measurements what stands behind `from` for all measurements
 * @param specs likewise for all runs of the index with their specifications
 */
export function viewDefinitions(
  axes: readonly MeaningfulColumn[],
  { measurements, specs }: { readonly measurements: string; readonly specs: string },
): readonly string[] {
  const labels = [...conditionLabels, ...axes];
  return [
    `create view runs as select * exclude (_key, _place) from store.run`,
    `create view specs as select r.id, r.spec::json as spec from ${specs} r semi join store.run using (_key)`,
    `create view metrics as
      select ${list([...runLabels, ...axes, ...testSeedAndOutcome], "r.")}, ${list(measurementColumns, "m.")}
      from ${measurements} m join store.run r using (_key)`,
    // The mean over noise draws is a metric of its own. Labels are in the grouping so that conditions on them go down to the runs.
    `create view curves as
      with per_condition as (
        select ${list(labels, "r.")}, metric, "testIntensity", "update", "part",
          (count(*) filter (isfinite(value)))::integer as seeds,
          avg(value) filter (isfinite(value)) as mean,
          stddev_samp(value) filter (isfinite(value)) as sd,
          median(value) filter (isfinite(value)) as median,
          min(r._place) as _place
        from ${measurements} m join store.run r using (_key)
        where r.outcome in ('completed', 'stopped-early') and m."repeat" is null
        group by ${list(labels, "r.")}, metric, "testIntensity", "update", "part"
      )
      select ${list(labels)}, metric, "testIntensity", "update", "part", seeds, mean, sd,
        mean - t.quantile * sd / sqrt(seeds) as "tLow", mean + t.quantile * sd / sqrt(seeds) as "tHigh", median
      from per_condition left join store.student t on t.n = least(per_condition.seeds, ${mostSeeds})
      order by _place, metric, "testIntensity", "update", "part"`,
  ];
}
