import { z } from "zod";
import { columnTitle, metricTitle } from "../../figure/levels.ts";
import { overlapWarnings } from "../../figure/overlap.ts";
import { seriesFigure } from "../../figure/series.ts";
import { settingSuffix } from "../../figure/wording.ts";
import { metricArgument } from "../metrics.ts";
import { studyFigure } from "./contract.ts";
import { drawingParts, estimatedRows, fixedNames, fixedText, measuredRows } from "./measured.ts";
import { metricRange } from "./metric-range.ts";
import { columnOption, estimateOptions, intervalIssues, measureOptions, shownIssues } from "./options.ts";
import { metricQuery } from "./query.ts";
import { readingNotes } from "./reading-notes.ts";

const schema = z.strictObject({
  ...measureOptions,
  x: columnOption.optional().describe("column along the axis; by default what the metric is measured at"),
  colour: columnOption.optional().describe("column that is told apart by colour and shape"),
  panel: columnOption.optional().describe("column that is told apart by panels"),
  ...estimateOptions,
  points: z.boolean().default(false).describe("draw single seeds too"),
  logX: z.boolean().optional().describe("logarithmic axis; by default where values span a factor of 50"),
  logY: z.boolean().optional().describe("logarithmic axis; by default where values span a factor of 10"),
});

/** A metric against any column, over seeds. */
export const curves = studyFigure({
  name: "curves",
  summary: "How does a metric change with a column, over seeds, with intervals?",
  schema,
  issues: (options, surroundings) => [
    ...shownIssues({ x: options.x, colour: options.colour, panel: options.panel }, options, surroundings),
    ...intervalIssues(options),
  ],
  metrics: ({ metric }) => [metric],
  draw(results, options) {
    const { metric, x = metricArgument(metric) ?? "part", colour, panel } = options;
    const columns = [panel, colour, x].filter((column) => column !== undefined);
    const { parts, at } = drawingParts(results, options, columns, "figure curves");
    return parts.flatMap(({ measurements, fixed, where, warnings }) => {
      const data = measuredRows(measurements, columns);
      const estimates = estimatedRows(data, columns, "value", options);
      const others = columns.filter((column) => column !== colour);
      const title = options.title ?? `${metricTitle(metric)} against ${columnTitle(x).toLowerCase()}`;
      const figure = seriesFigure({
        ...options,
        name: ["curves", metric, x, ...fixedNames(fixed)].join("-"),
        title: `${title}${settingSuffix(fixedText(fixed))}`,
        data,
        estimates,
        x,
        colour: colour ?? null,
        panel: panel ?? null,
        number: { key: "value", title: metricTitle(metric) },
        logX: options.logX ?? null,
        logY: options.logY ?? null,
        range: metricRange(metric),
        rule: null,
        notes: readingNotes(metric, at),
        warnings: [...warnings, ...(colour === undefined ? [] : overlapWarnings(estimates, colour, others))],
        query: metricQuery({ columns, metric, where, at }),
      });
      return figure === undefined ? [] : [figure];
    });
  },
});
