import { z } from "zod";
import type { FigureRow } from "../../figure/contract.ts";
import { columnTitle, levelText, metricTitle } from "../../figure/levels.ts";
import { zeroWarnings } from "../../figure/overlap.ts";
import { seriesFigure } from "../../figure/series.ts";
import { listText, settingSuffix } from "../../figure/wording.ts";
import { againstIssues, againstOption, entryOf } from "../analyses/against.ts";
import { isValue } from "../analyses/options.ts";
import { keyOf } from "../analyses/samples.ts";
import { studyFigure } from "./contract.ts";
import {
  byAllColumns,
  drawingParts,
  estimatedRows,
  fixedNames,
  fixedText,
  measuredRows,
  placeText,
} from "./measured.ts";
import { differenceRange } from "./metric-range.ts";
import { columnOption, estimateOptions, intervalIssues, measureOptions, shownIssues } from "./options.ts";
import { differenceQuery } from "./query.ts";
import { readingNotes } from "./reading-notes.ts";

const schema = z.strictObject({
  ...measureOptions,
  against: againstOption,
  x: columnOption.describe("column along the axis"),
  panel: columnOption.optional().describe("column that is told apart by panels"),
  ...estimateOptions,
  points: z.boolean().default(false).describe("draw single seeds too"),
  logX: z.boolean().optional().describe("logarithmic axis; by default where values span a factor of 50"),
});

/** A metric minus that of a reference, paired by seed. */
export const differences = studyFigure({
  name: "differences",
  summary: "Does a metric differ between the values of one column, over common seeds?",
  schema,
  issues: (options, surroundings) => [
    ...againstIssues(options.against, undefined, surroundings),
    ...shownIssues(
      { x: options.x, against: Object.keys(options.against)[0], panel: options.panel },
      options,
      surroundings,
    ),
    ...intervalIssues(options),
  ],
  metrics: ({ metric }) => [metric],
  draw(results, options) {
    const { metric, x, panel } = options;
    const { column, value } = entryOf(options.against);
    const columns = [panel, column, x].filter((name) => name !== undefined);
    const { parts, at } = drawingParts(results, options, columns, "figure differences");
    return parts.flatMap(({ measurements, fixed, where, warnings }) => {
      const measured = measuredRows(measurements, columns);
      const reference = measured.find((row) => isValue(row[column] ?? null, value))?.[column];
      if (reference === undefined) return [];
      const { data, withoutPartner } = pairedRows(measured, columns, column, reference);
      const title =
        options.title ??
        `${metricTitle(metric)}: difference to ${columnTitle(column).toLowerCase()} ${levelText(reference)}`;
      const estimates = estimatedRows(data, columns, "difference", options);
      const figure = seriesFigure({
        ...options,
        name: ["differences", metric, column, x, ...fixedNames(fixed)].join("-"),
        title: `${title}${settingSuffix(fixedText(fixed))}`,
        data,
        estimates,
        x,
        colour: column,
        panel: panel ?? null,
        number: { key: "difference", title: `Difference in ${metricTitle(metric).toLowerCase()}` },
        logX: options.logX ?? null,
        logY: false,
        range: differenceRange(metric),
        rule: 0,
        notes: [
          `Value minus that with ${columnTitle(column).toLowerCase()} ${levelText(reference)} of the same seed; below 0 it is smaller.`,
          ...readingNotes(metric, at),
        ],
        warnings: [
          ...warnings,
          ...(withoutPartner.length === 0
            ? []
            : [`seeds without a partner are left out: ${listText(withoutPartner.map(String))}.`]),
          ...zeroWarnings(estimates, (row) => placeText(row, columns)),
        ],
        query: differenceQuery({ columns, metric, where, at }, { column, value: reference }),
      });
      return figure === undefined ? [] : [figure];
    });
  },
});

/** Each row with that of the reference that is equal in all other columns and the seed. */
function pairedRows(
  rows: readonly FigureRow[],
  columns: readonly string[],
  column: string,
  reference: FigureRow[string],
) {
  const shared = [...columns.filter((name) => name !== column), "seed"];
  const keyed = (row: FigureRow) => keyOf(shared.map((name) => row[name] ?? null));
  const references = new Map(rows.filter((row) => row[column] === reference).map((row) => [keyed(row), row]));
  const compared = rows.filter((row) => row[column] !== reference);
  const withoutPartner = new Set(compared.filter((row) => !references.has(keyed(row))).map((row) => row.seed));
  const data = compared.flatMap((row) => {
    const other = references.get(keyed(row));
    if (other === undefined) return [];
    const isMeasured = row.value !== null && other.value !== null;
    const difference = isMeasured ? Number(row.value) - Number(other.value) : null;
    return [{ ...row, reference: other.value, difference }];
  });
  return { data: data.sort(byAllColumns), withoutPartner: [...withoutPartner] };
}
