/** The runs that a request is about, and what is to be said of those that are missing. */
import { distinct, groups, seedWarnings } from "../../figure/conditions.ts";
import { countText, listText } from "../../figure/wording.ts";
import { hasParts, type MetricName } from "../metrics.ts";
import { isSound, type Measurement, type RunRow } from "../results/rows.ts";
import { type StudyResults, varyingColumns } from "../results/study-results.ts";
import { conditionText, titleOf } from "./column-words.ts";
import { fitsPart, fitsWhere, type Where } from "./options.ts";
import { keyOf, type SeedSample } from "./samples.ts";

export interface Selection {
  /** Columns that tell rows apart; `part` is one of them where a metric has parts. */
  readonly by: readonly string[];
  /** Complete runs that fit, failed ones too. */
  readonly runs: readonly RunRow[];
  /** Of runs that came to their end. */
  readonly measurements: readonly Measurement[];
  /** Of failed and of open runs. */
  readonly warnings: readonly string[];
}

export interface SelectionRequest {
  /** Default: the axes of the study, else every column in which runs differ. */
  readonly by?: readonly string[] | undefined;
  readonly where: Where;
  readonly metrics: readonly MetricName[];
  /** Taken where there are any, and not missed. */
  readonly besides?: readonly MetricName[];
}

export function selection(results: StudyResults, request: SelectionRequest): Selection {
  const { by, where, metrics, besides = [] } = request;
  const wanted: readonly string[] = [...metrics, ...besides];
  const runs = results.runs.filter((run) => fitsWhere(run, where));
  const measurements = results.measurements.filter(
    (one) => wanted.includes(one.metric) && isSound(one.run) && fitsWhere(one.run, where) && fitsPart(one, where),
  );
  const ofRuns = by ?? (results.axes.length > 0 ? results.axes : varyingColumns(runs, results.columns));
  // Numbers of different parts are never averaged.
  const columns = metrics.some(hasParts) && !ofRuns.includes("part") ? [...ofRuns, "part"] : ofRuns;
  return {
    by: columns,
    runs,
    measurements,
    warnings: [
      ...openWarnings(results),
      ...failureWarnings(runs, columns),
      ...emptyWarnings(runs, measurements, metrics),
    ],
  };
}

function openWarnings({ open, runs }: StudyResults): string[] {
  if (open.length === 0) return [];
  return [
    `${open.length} of ${countText([open.length + runs.length], "run")} of the study ${open.length === 1 ? "is" : "are"} not complete.`,
  ];
}

/** Conditions that a warning names; of more it gives the number. */
const namedConditions = 6;

function failureWarnings(runs: readonly RunRow[], by: readonly string[]): string[] {
  const failed = runs.filter((run) => !isSound(run));
  if (failed.length === 0) return [];
  const causes = [...groups(failed, ({ outcome, cause }) => cause ?? outcome)].map(
    ([cause, group]) => `${group.length} ${cause}`,
  );
  const lost = failedGroups(runs, by).map(([run]) => conditionText(run, by));
  const named = lost.length > namedConditions ? lost.slice(0, namedConditions - 1) : lost;
  const more = lost.length > named.length ? [`${lost.length - named.length} other conditions`] : [];
  return [
    `${failed.length} of ${countText([runs.length], "run")} failed (${causes.join(", ")}) and ${failed.length === 1 ? "is" : "are"} left out.`,
    ...(lost.length > 0 && named.every((text) => text !== "")
      ? [`no run came to its end of: ${[...named, ...more].join("; ")}.`]
      : []),
  ];
}

/** Runs of the rows that no run came to its end of, in the order of the plan. */
export function failedGroups(runs: readonly RunRow[], by: readonly string[]): readonly (readonly RunRow[])[] {
  const all = groups(runs, (run) => keyOf(by.map((column) => run[column] ?? null)));
  return [...all.values()].filter((group) => !group.some(isSound));
}

function emptyWarnings(
  runs: readonly RunRow[],
  measurements: readonly Measurement[],
  metrics: readonly MetricName[],
): string[] {
  if (runs.length === 0) return ["no complete run fits."];
  const found = new Set(measurements.map(({ metric }) => metric));
  const missing = metrics.filter((metric) => !found.has(metric));
  return missing.length === 0 ? [] : [`no run that fits measured ${listText(missing)}.`];
}

/** What must be said of the samples of a table's rows. */
export function sampleWarnings(samples: readonly SeedSample[]): string[] {
  if (samples.length === 0) return [];
  // Of rows without any, what failed is said elsewhere.
  const counts = samples.map(({ seeds }) => seeds.length).filter((count) => count > 0);
  const notFinite = samples.reduce((sum, sample) => sum + sample.notFinite, 0);
  const cut = samples.filter(({ incomplete }) => incomplete.length > 0).length;
  return [
    ...(counts.length > 0 ? seedWarnings(counts) : []),
    ...(Math.min(...counts) < Math.max(...counts)
      ? [`rows differ in their number of seeds: ${countText(counts, "seed")}.`]
      : []),
    ...(notFinite > 0
      ? [`${notFinite} ${notFinite === 1 ? "value is" : "values are"} not finite; their seeds are left out of the row.`]
      : []),
    ...(cut > 0 && notFinite === 0
      ? [
          `in ${cut} of ${countText([samples.length], "row")}, seeds that lack one of the row's conditions are left out of it.`,
        ]
      : []),
  ];
}

/** What is averaged within a row, when it is made of several conditions. */
export function averagingNotes(
  measurements: readonly Measurement[],
  { by, columns }: { readonly by: readonly string[]; readonly columns: readonly string[] },
  samples: readonly SeedSample[],
): string[] {
  const conditions = samples.map((sample) => sample.conditions).filter((count) => count > 0);
  if (conditions.every((count) => count <= 1)) return [];
  const runs = distinct(measurements.map(({ run }) => run));
  const others = varyingColumns(
    runs,
    columns.filter((column) => !by.includes(column)),
  );
  const what = others.length === 0 ? "conditions that differ in no column" : listText(others.map(titleOf));
  return [`Each seed counts once, with its mean over ${countText(conditions, "condition")} (${what}).`];
}
