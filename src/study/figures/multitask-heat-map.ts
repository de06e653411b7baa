import { z } from "zod";
import { distinct, groups } from "../../figure/conditions.ts";
import type { FigureRow } from "../../figure/contract.ts";
import { heatMap } from "../../figure/heat-map.ts";
import { settingSuffix } from "../../figure/wording.ts";
import { keyOf } from "../analyses/samples.ts";
import type { Measurement } from "../results/rows.ts";
import { studyFigure, type TaskLabels } from "./contract.ts";
import { byAllColumns, drawingParts, estimatedRows, fixedNames, fixedText } from "./measured.ts";
import { centreOption, columnOption, shownIssues, titleOption, whereOption } from "./options.ts";
import { relativePartQuery } from "./query.ts";

/** What a cell can show. */
const numbers = {
  "relative-loss": {
    metric: "test-part-loss",
    title: "Loss over its lowest",
    note: "1 marks the noise at which a task is done best.",
  },
  loss: { metric: "test-part-loss", title: "Test loss", note: null },
  score: { metric: "test-part-accuracy", title: "Share of solved trials", note: null },
} as const;

const schema = z.strictObject({
  number: z
    .enum(Object.keys(numbers) as [keyof typeof numbers, ...(keyof typeof numbers)[]])
    .default("relative-loss")
    .describe("what a cell shows; relative-loss is the loss over the lowest of the same network and task"),
  where: whereOption,
  panel: columnOption.optional().describe("column that is told apart by panels"),
  centre: centreOption,
  title: titleOption,
});

const relative = "relativeIntensity";

/**
 * The parts of a task against the test noise, which is in units of the training noise so that networks of several intensities
 * can be compared. Networks that were trained without noise, or whose test varies another source, have no such unit.
 */
export const multitaskHeatMap = studyFigure({
  name: "multitask-heat-map",
  summary: "At which test noise is each task of a suite done best?",
  schema,
  issues: ({ number, where, panel }, surroundings) =>
    shownIssues({ panel }, { metric: numbers[number].metric, where, at: undefined }, surroundings),
  metrics: ({ number }) => [numbers[number].metric],
  draw(results, { number, where, panel, centre, title }, taskLabels) {
    const { metric, title: numberTitle, note } = numbers[number];
    const labels = [panel, "part"].filter((column) => column !== undefined);
    const shown = [...labels, "testIntensity"];
    const { parts } = drawingParts(results, { metric, where, at: undefined }, shown, "figure multitask-heat-map");
    return parts.flatMap(({ measurements, fixed, where: own, warnings }) => {
      const inUnits = measurements.filter(({ run }) => Number(run.trainIntensity) > 0 && run.testSite === run.site);
      const data = relativeRows(inUnits, labels, number === "relative-loss");
      const columns = [...labels, relative];
      // The first part of the task stands at the top, where the heat map puts the last row.
      const order = partsInOrder(inUnits, taskLabels).reverse();
      const estimates = estimatedRows(data, columns, "value", { ...noInterval, centre }).sort(
        (a, b) => order.indexOf(a.part as string) - order.indexOf(b.part as string),
      );
      const heading = title ?? `${numberTitle}, by task and test noise`;
      const figure = heatMap({
        name: ["multitask-heat-map", number, ...fixedNames(fixed)].join("-"),
        title: `${heading}${settingSuffix(fixedText(fixed))}`,
        data,
        estimates,
        x: relative,
        y: "part",
        panel: panel ?? null,
        centre,
        numberTitle,
        log: { "relative-loss": true, loss: null, score: false }[number],
        notes: note === null ? [] : [note],
        warnings: [
          ...warnings,
          ...(inUnits.length < measurements.length
            ? ["networks without a training noise of the varied site are left out."]
            : []),
        ],
        query: relativePartQuery({ columns: labels, metric, where: own }, relative, number === "relative-loss"),
      });
      return figure === undefined ? [] : [figure];
    });
  },
});

/** In the order of the task where its label has one, else as they are stored: by name. */
function partsInOrder(measurements: readonly Measurement[], labels: TaskLabels): (string | null)[] {
  const found = distinct(measurements.map(({ part }) => part));
  const known = distinct(measurements.map(({ run }) => run.task)).flatMap((task) => labels[task]?.parts ?? []);
  return [...known.filter((part) => found.includes(part)), ...found.filter((part) => !known.includes(part as string))];
}

/** The rows that the query gives: columns, test over training intensity, seed and value, sorted by all of them. */
function relativeRows(
  measurements: readonly Measurement[],
  labels: readonly string[],
  isRelative: boolean,
): FigureRow[] {
  const rows = groups(measurements, ({ run, part }) => keyOf([run.id, part]));
  return [...rows.values()]
    .flatMap((ofPart) => {
      const finite = ofPart.map(({ value }) => value).filter(Number.isFinite);
      const unit = isRelative ? finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) : 1;
      return ofPart.map(({ run, part, testIntensity, value }) => ({
        ...Object.fromEntries(labels.map((column) => [column, column === "part" ? part : (run[column] ?? null)])),
        [relative]: Math.round((Number(testIntensity) / Number(run.trainIntensity)) * 1e9) / 1e9,
        seed: run.seed,
        value: Number.isFinite(value) && unit !== 0 ? value / unit : null,
      }));
    })
    .sort(byAllColumns);
}

/** A heat map shows no interval; the fewest resamples that there can be are drawn for nothing. */
const noInterval = { interval: "none", confidence: 0.95, resamples: 1, resamplingSeed: 0 } as const;
