import { z } from "zod";
import { heatMap } from "../../figure/heat-map.ts";
import { columnTitle, metricTitle } from "../../figure/levels.ts";
import { settingSuffix } from "../../figure/wording.ts";
import { studyFigure } from "./contract.ts";
import { drawingParts, estimatedRows, fixedNames, fixedText, measuredRows } from "./measured.ts";
import { centreOption, columnOption, measureOptions, shownIssues } from "./options.ts";
import { metricQuery } from "./query.ts";
import { readingNotes } from "./reading-notes.ts";

const schema = z.strictObject({
  ...measureOptions,
  x: columnOption.describe("column from left to right"),
  y: columnOption.describe("column from bottom to top"),
  panel: columnOption.optional().describe("column that is told apart by panels"),
  centre: centreOption,
  log: z.boolean().optional().describe("colours stand for factors; by default where values span a factor of 10"),
});

/** A metric over two columns, as a heat map. */
export const grid = studyFigure({
  name: "grid",
  summary: "How does a metric depend on two columns together?",
  schema,
  issues: (options, surroundings) =>
    shownIssues({ x: options.x, y: options.y, panel: options.panel }, options, surroundings),
  metrics: ({ metric }) => [metric],
  draw(results, options) {
    const { metric, x, y, panel, centre } = options;
    const columns = [panel, y, x].filter((column) => column !== undefined);
    const { parts, at } = drawingParts(results, options, columns, "figure grid");
    return parts.flatMap(({ measurements, fixed, where, warnings }) => {
      const data = measuredRows(measurements, columns);
      const title =
        options.title ??
        `${metricTitle(metric)} over ${columnTitle(x).toLowerCase()} and ${columnTitle(y).toLowerCase()}`;
      const figure = heatMap({
        name: ["grid", metric, x, y, ...fixedNames(fixed)].join("-"),
        title: `${title}${settingSuffix(fixedText(fixed))}`,
        data,
        estimates: estimatedRows(data, columns, "value", { ...noInterval, centre }),
        x,
        y,
        panel: panel ?? null,
        centre,
        numberTitle: metricTitle(metric),
        log: options.log ?? null,
        notes: readingNotes(metric, at),
        warnings,
        query: metricQuery({ columns, metric, where, at }),
      });
      return figure === undefined ? [] : [figure];
    });
  },
});

/** A heat map shows no interval; the fewest resamples that there can be are drawn for nothing. */
const noInterval = { interval: "none", confidence: 0.95, resamples: 1, resamplingSeed: 0 } as const;
