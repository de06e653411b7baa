/** A number over two columns of a study: one cell for each pair of values, its centre over seeds as colour and as text. */

import { seedWarnings } from "./conditions.ts";
import type { Figure, FigureRow } from "./contract.ts";
import {
  columnTitle,
  drawnLevel,
  drawnOrder,
  levelFormat,
  levelPanels,
  levelsOf,
  levelText,
  levelTitle,
} from "./levels.ts";
import { panelWidth, theme } from "./theme.ts";
import { countText, figureTitle, listText, lossScale, numberText, slug } from "./wording.ts";

/** Panels side by side. */
const columnLimit = 2;
/** In px. */
const rowHeight = 28;
/** A cell narrower than this has no room for its number. */
const textRoom = 34;
/** Cells that the description tells of one by one. */
const sentenceLimit = 16;

export interface HeatMapCall {
  /** Name of the figure. */
  readonly name: string;
  readonly title: string;
  /** One row per seed and cell: the columns below, `seed` and `value`. */
  readonly data: readonly FigureRow[];
  /** One row per cell: the columns below, `seeds`, `centre`, `low`, `high`; low and high null without an interval. */
  readonly estimates: readonly FigureRow[];
  readonly x: string;
  readonly y: string;
  readonly panel: string | null;
  readonly centre: "mean" | "median";
  /** Name of the number. */
  readonly numberTitle: string;
  /** Whether colours stand for factors; null: as the numbers ask for. */
  readonly log: boolean | null;
  /** Sentences that stand on the figure. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
  readonly query: string;
}

/** @returns undefined where no number is finite */
export function heatMap(call: HeatMapCall): Figure | undefined {
  const { x, y, panel, centre } = call;
  const finite = call.estimates.filter((row) => Number.isFinite(row.centre ?? Number.NaN));
  const isLog = call.log ?? lossScale(finite.map((row) => Number(row.centre))) === "log";
  const cells = finite.filter((row) => !isLog || Number(row.centre) > 0);
  if (cells.length === 0) return undefined;
  const [columns, rows] = [levelsOf(x, cells), levelsOf(y, cells)];
  const panels = panel === null ? [] : levelsOf(panel, cells);
  const empty = columns.length * rows.length * Math.max(1, panels.length) - cells.length;
  const across = Math.max(1, Math.min(columnLimit, panels.length));
  const width = panelWidth(across);
  const centres = cells.map((row) => Number(row.centre));
  const [least, most] = [Math.min(...centres), Math.max(...centres)];
  const place = (value: number) =>
    most === least ? 0 : isLog ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
  const warnings = [
    ...seedWarnings(cells.map((row) => Number(row.seeds))),
    ...(empty === 0
      ? []
      : [`${countText([empty], "cell")} without a number${isLog ? " above zero" : ""}; left blank.`]),
    ...call.warnings,
  ];
  const values = cells.map((row) => ({
    [x]: drawnLevel(row[x]),
    [y]: drawnLevel(row[y]),
    ...(panel === null ? {} : { [panel]: drawnLevel(row[panel]) }),
    seeds: row.seeds,
    centre: row.centre,
    low: row.low,
    high: row.high,
    text: numberText(Number(row.centre)),
    isBright: place(Number(row.centre)) > 0.6,
  }));
  const reading = [`Colour and number: ${centre} over seeds.`, ...call.notes].join(" ");
  const encodedX = {
    field: x,
    type: "ordinal" as const,
    sort: drawnOrder(columns),
    axis: { title: columnTitle(x), labelAngle: 0, ticks: false, domain: false, ...levelFormat(columns) },
  };
  const encodedY = {
    field: y,
    type: "ordinal" as const,
    // Larger numbers stand higher, as on any axis.
    sort: drawnOrder(rows).reverse(),
    axis: { title: columnTitle(y), ticks: false, domain: false, labelLimit: 140, ...levelFormat(rows) },
  };
  const layer = [
    {
      mark: { type: "rect" as const, stroke: "#FFFFFF", strokeWidth: 1 },
      encoding: {
        x: encodedX,
        y: encodedY,
        color: {
          field: "centre",
          type: "quantitative" as const,
          scale: {
            scheme: "viridis" as const,
            domain: [least, most],
            ...(isLog ? { type: "log" as const } : { zero: false, nice: false }),
          },
          legend: {
            title: `${call.numberTitle}${isLog ? " (log scale)" : ""}:`,
            gradientLength: 200,
            format: "~g",
            tickCount: 4,
          },
        },
      },
    },
    ...(width / columns.length < textRoom
      ? []
      : [
          {
            mark: { type: "text" as const, fontSize: 11 },
            encoding: {
              x: encodedX,
              y: encodedY,
              text: { field: "text", type: "nominal" as const },
              color: { condition: { test: "datum.isBright", value: "#000000" }, value: "#FFFFFF" },
            },
          },
        ]),
  ];
  const drawing = { width, height: rowHeight * rows.length, layer };
  const alternative = `${call.title}. ${sentences(call, cells)}`;
  return {
    name: slug(call.name),
    title: call.title,
    caption: [
      `${call.numberTitle} against ${columnTitle(x).toLowerCase()} and ${columnTitle(y).toLowerCase()}. ${reading}`,
      `${countText(
        cells.map((row) => Number(row.seeds)),
        "seed",
      )} per cell.`,
    ].join(" "),
    alternative,
    warnings,
    data: call.data,
    estimates: call.estimates,
    query: call.query,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(call.title, reading, warnings),
      data: { values },
      ...(panel === null ? drawing : levelPanels(panel, panels, across, drawing)),
      config: theme,
    },
  };
}

/** The extremes of a large grid, every cell of a small one. */
function sentences({ x, y, panel, centre, numberTitle }: HeatMapCall, cells: readonly FigureRow[]): string {
  const told = (row: FigureRow) => {
    const place = [`${levelTitle(x, row[x])}`, `${levelTitle(y, row[y])}`];
    if (panel !== null) place.unshift(levelTitle(panel, row[panel]));
    return `${numberText(Number(row.centre))} at ${listText(place)}`;
  };
  if (cells.length <= sentenceLimit) return `${numberTitle}, ${centre} over seeds: ${cells.map(told).join("; ")}.`;
  const sorted = [...cells].sort((a, b) => Number(a.centre) - Number(b.centre));
  const axes = `${levelsOf(x, cells).map(levelText).length} by ${levelsOf(y, cells).length} values`;
  return `${numberTitle}, ${centre} over seeds, ${axes}: lowest ${told(sorted[0])}; highest ${told(sorted[sorted.length - 1])}.`;
}
