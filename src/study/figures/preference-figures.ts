/** The figures on noise preference, drawn from the runs of any study. */
import { z } from "zod";
import { accuracyCurves } from "../../figure/accuracy-curves.ts";
import type {
  Figure,
  FigureData,
  FigureDefinition,
  FigureRow,
  PreferenceRow,
  PreferenceSummary,
} from "../../figure/contract.ts";
import { preferenceCurves } from "../../figure/preference-curves.ts";
import { preferenceRatio } from "../../figure/preference-ratio.ts";
import { preferredIntensity } from "../../figure/preferred-intensity.ts";
import { slug } from "../../figure/wording.ts";
import { columnIssues, fitsWhere, statisticsOptions, type Where, whereOption } from "../analyses/options.ts";
import { analysisTable } from "../analyses/request.ts";
import type { MetricName } from "../metrics.ts";
import type { StudyResults } from "../results/study-results.ts";
import { studyFigure, type TaskLabels } from "./contract.ts";
import { byAllColumns, drawingParts, fixedNames, fixedText, type Part } from "./measured.ts";
import { pivotQuery } from "./query.ts";

/** Columns that these figures show. */
const networkColumns = ["task", "cell", "activation", "site", "trainIntensity", "testIntensity"] as const;
const numbers = { loss: "test-loss", accuracy: "test-accuracy" } as const;
const preferenceMetrics: readonly MetricName[] = ["test-loss", "test-accuracy"];

const curveSchema = z.strictObject({ where: whereOption });
const summarySchema = z.strictObject({ where: whereOption, ...statisticsOptions });

export const preferenceCurvesFigure = curveFigure(preferenceCurves);
export const accuracyCurvesFigure = curveFigure(accuracyCurves);
export const preferredIntensityFigure = summaryFigure(preferredIntensity);
export const preferenceRatioFigure = summaryFigure(preferenceRatio);

/** One drawing per task. */
function curveFigure(definition: FigureDefinition) {
  return studyFigure({
    name: definition.name,
    summary: definition.summary,
    schema: curveSchema,
    issues: ({ where }, surroundings) => columnIssues("where", Object.keys(where), surroundings),
    metrics: () => preferenceMetrics,
    draw: (results, { where }, taskLabels) =>
      partsOf(results, where, ["cell", "activation"], definition.name, ["task"]).flatMap((part) =>
        definition
          .draw({ preferenceRows: rowsOf(part), ...told(part, taskLabels) })
          .map((figure) => finished(figure, part)),
      ),
  });
}

const queryNote =
  "It gives the loss of every network at every test intensity; what the figure shows is computed from them, as the analysis preference does, and is in the estimates.";

/** One drawing per network, with the table of the preference analysis. */
function summaryFigure(definition: FigureDefinition) {
  return studyFigure({
    name: definition.name,
    summary: definition.summary,
    schema: summarySchema,
    issues: ({ where }, surroundings) => columnIssues("where", Object.keys(where), surroundings),
    metrics: () => [...preferenceMetrics, "test-loss-of-repeat", "test-bias-squared", "test-variance"],
    draw: (results, options, taskLabels) =>
      partsOf(results, options.where, ["task"], definition.name).flatMap((part) => {
        const fixed = Object.fromEntries(Object.entries(part.where).map(([column, values]) => [column, [...values]]));
        const table = analysisTable({ name: "preference", options: { ...options, where: fixed } }, results);
        const preferenceSummary = table.rows.map((row) => withWords(row) as unknown as PreferenceSummary);
        return definition
          .draw({ preferenceRows: rowsOf(part), preferenceSummary, ...told(part, taskLabels) })
          .map((figure) => ({
            ...finished(figure, part),
            queryNote,
            estimates: figure.data.filter(({ kind }) => kind === "condition"),
          }));
      }),
  });
}

/**
 * @param together columns whose values share a drawing
 * @param named columns that name and title of the figure have in them already
 */
function partsOf(
  results: StudyResults,
  where: Where,
  together: readonly string[],
  name: string,
  named: readonly string[] = [],
): readonly Part[] {
  const shown = ["site", "trainIntensity", "testIntensity", ...together];
  const tested = { ...results, runs: results.runs.filter((run) => run.testSite !== null && fitsWhere(run, where)) };
  return drawingParts(tested, { metric: "test-loss", where }, shown, `figure ${name}`).parts.map((part) => {
    const ids = new Set(part.measurements.map(({ run }) => run.id));
    return {
      ...part,
      fixed: Object.fromEntries(Object.entries(part.fixed).filter(([column]) => !named.includes(column))),
      measurements: results.measurements.filter(
        ({ run, metric }) => ids.has(run.id) && (preferenceMetrics as readonly string[]).includes(metric),
      ),
    };
  });
}

/** Cell that titles take for granted. */
const usualCell = "ctrnn";

function told(
  { fixed, warnings, measurements }: Part,
  taskLabels: TaskLabels,
): Pick<FigureData, "setting" | "taskLabels" | "warnings"> {
  const cells = new Set(measurements.map(({ run }) => run.cell));
  const unusual = [...cells].filter((cell) => cells.size === 1 && typeof cell === "string" && cell !== usualCell);
  const setting = [...unusual, fixedText(fixed)].filter((text) => text !== undefined).join(", ");
  return { warnings, taskLabels, ...(setting === "" ? {} : { setting }) };
}

/** Losses and accuracies side by side, as the query has them. */
function pivotRows({ measurements }: Part): FigureRow[] {
  const rows = new Map<string, Record<string, FigureRow[string]>>();
  for (const { run, metric, testIntensity, value } of measurements) {
    const key = `${run.id} ${testIntensity}`;
    const place = Object.fromEntries(
      networkColumns.map((column) => [column, column === "testIntensity" ? testIntensity : run[column]]),
    );
    const row = rows.get(key) ?? { ...place, seed: run.seed, loss: null, accuracy: null };
    if (Number.isFinite(value)) row[metric === numbers.loss ? "loss" : "accuracy"] = value;
    rows.set(key, row);
  }
  return [...rows.values()].sort(byAllColumns);
}

function rowsOf(part: Part): PreferenceRow[] {
  return pivotRows(part).map((row) => withWords(row) as unknown as PreferenceRow);
}

/** These figures take names for granted: a cell without an activation, a network without noise. */
function withWords(row: FigureRow): FigureRow {
  return {
    ...row,
    activation: row.activation ?? "no activation",
    site: row.site ?? "none",
    trainIntensity: row.trainIntensity ?? 0,
  };
}

/** The figure with the measurements as its data and the query that gives them. */
function finished(figure: Figure, part: Part): Figure {
  const setting = fixedText(part.fixed);
  return {
    ...figure,
    name: slug(figure.name, ...fixedNames(part.fixed)),
    caption: setting === undefined ? figure.caption : `${setting}. ${figure.caption}`,
    data: pivotRows(part),
    query: pivotQuery({ columns: networkColumns, where: part.where, tests: ['"testSite" IS NOT NULL'] }, numbers),
  };
}
