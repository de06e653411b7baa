import { z } from "zod";
import type { FigureRow, TrainingRow } from "../../figure/contract.ts";
import { trainingCurves } from "../../figure/training-curves.ts";
import { columnIssues, whereOption } from "../analyses/options.ts";
import { selection } from "../analyses/selection.ts";
import { varyingColumns } from "../results/study-results.ts";
import { studyFigure } from "./contract.ts";
import { byAllColumns, failureWarnings, placeText } from "./measured.ts";
import { pivotQuery } from "./query.ts";

const schema = z.strictObject({ where: whereOption });
const numbers = { training: "training-loss", validation: "validation-loss" } as const;

/** The losses of every seed during training, one panel per condition. */
export const trainingCurvesFigure = studyFigure({
  name: trainingCurves.name,
  summary: trainingCurves.summary,
  schema,
  issues: ({ where }, surroundings) => columnIssues("where", Object.keys(where), surroundings),
  metrics: () => ["training-loss", "validation-loss"],
  draw(results, { where }) {
    const { runs, measurements } = selection(results, { where, metrics: ["training-loss", "validation-loss"] });
    const columns = varyingColumns(runs, results.columns);
    const rows = new Map<string, Record<string, FigureRow[string]>>();
    for (const { run, metric, update, value } of measurements) {
      const place = Object.fromEntries(columns.map((column) => [column, run[column] ?? null]));
      const key = `${run.id} ${update}`;
      const row = rows.get(key) ?? { ...place, update, seed: run.seed, training: null, validation: null };
      if (Number.isFinite(value)) row[metric === numbers.training ? "training" : "validation"] = value;
      rows.set(key, row);
    }
    const data = [...rows.values()].sort(byAllColumns);
    const runOf = (row: FigureRow) => placeText(row, columns) || "All runs";
    const trainingRows = data.flatMap((row) =>
      (["training", "validation"] as const)
        .filter((quantity) => row[quantity] !== null)
        .map(
          (quantity): TrainingRow => ({
            run: runOf(row),
            seed: Number(row.seed),
            update: Number(row.update),
            quantity,
            loss: Number(row[quantity]),
          }),
        ),
    );
    const fixed = Object.fromEntries(
      Object.keys(where).map((column) => [column, [...new Set(runs.map((run) => run[column] ?? null))]]),
    );
    return trainingCurves.draw({ trainingRows, warnings: failureWarnings(runs, columns) }).map((figure) => ({
      ...figure,
      data,
      query: pivotQuery({ columns: [...columns, "update"], where: fixed }, numbers),
    }));
  },
});
