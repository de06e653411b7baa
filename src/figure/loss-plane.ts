import { distinct } from "./conditions.ts";
import { contourLines, type Segment } from "./contour-lines.ts";
import type { Figure, FigureDefinition, FigureRow } from "./contract.ts";
import { apartText, type FoundTable, firstNetworks, networksText, tablesOf } from "./network-findings.ts";
import { panelled, panelSize } from "./panels.ts";
import { palette, theme } from "./theme.ts";
import { figureTitle, numberText, settingSuffix, slug } from "./wording.ts";

const mostNetworks = 4;
const lineCount = 10;
const lossTitles: Readonly<Record<string, string>> = { clean: "clean loss", noisy: "noisy loss" };

/** The loss over two directions, as colour and contour lines. */
export const lossPlane: FigureDefinition = {
  name: "loss-plane",
  summary: "What does the loss look like in a plane through the trained weights, with and without noise?",
  analyses: ["landscape"],
  draw: (data) => {
    const found = tablesOf(data, "landscape", "plane");
    const { shown, warnings } = firstNetworks(found, mostNetworks);
    return shown.flatMap((entry) => {
      const drawn = entry.rows.filter(({ value }) => typeof value === "number" && value > 0);
      const known = [...warnings, ...(data.warnings ?? [])];
      return drawn.length === 0
        ? []
        : [figure({ ...entry, rows: drawn }, found.length > 1, apartText(data, found, entry), known)];
    });
  },
};

function figure(entry: FoundTable, isOneOfMany: boolean, shared: string, known: readonly string[]): Figure {
  const { network, heading } = entry;
  const title = `Loss around the trained weights${settingSuffix(...(shared === "" ? [] : [shared]))}`;
  const rows: FigureRow[] = entry.rows.map((row) => ({ panel: lossTitles[String(row.loss)], ...row }));
  const panels = distinct(rows.map(({ panel }) => String(panel)));
  const values = rows.map(({ value }) => Number(value));
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const levels = Array.from({ length: lineCount }, (_, i) => least * (most / least) ** ((i + 1) / (lineCount + 1)));
  const spacing = spacingOf(rows.map(({ x }) => Number(x)));
  const cells = rows.map((row) => ({
    ...row,
    left: Number(row.x) - spacing / 2,
    right: Number(row.x) + spacing / 2,
    low: Number(row.y) - spacing / 2,
    high: Number(row.y) + spacing / 2,
  }));
  const lines = panels.flatMap((panel) =>
    linesOf(
      rows.filter((row) => row.panel === panel),
      levels,
    ).map(({ x, y, x2, y2 }) => ({ panel, fromX: x, fromY: y, toX: x2, toY: y2 })),
  );
  const [{ xDirection, yDirection }] = rows;
  const reading = "Colour: loss. Lines: equal loss, at equal factors. Cross: the trained weights.";
  const told = panels.map((panel) => sentence(panel, rows));
  const alternative = `${title}. ${heading}: ${told.join(" ")}`;
  const axis = (field: string, name: FigureRow[string]) => ({
    field,
    type: "quantitative" as const,
    scale: { nice: false, zero: false },
    axis: { title: `Distance along ${name}`, grid: false, tickCount: 5 },
  });
  const [x, y] = [(field: string) => axis(field, xDirection), (field: string) => axis(field, yDirection)];
  const { width } = panelSize(panels, 0);
  const side = Math.min(width, 300);
  return {
    name: slug("loss-plane", ...(isOneOfMany ? [heading] : [])),
    title,
    caption: `${reading} A distance of 1 moves the weights as far as they are from 0. ${networksText([network])}`,
    alternative,
    warnings: known,
    data: rows,
    specification: {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      description: alternative,
      title: figureTitle(title, reading, known),
      data: { values: [...cells, ...lines, ...panels.map((panel) => ({ panel, atX: 0, atY: 0 }))] },
      ...panelled(
        "panel",
        panels,
        { width: side, height: side },
        {
          layer: [
            {
              transform: [{ filter: "isValid(datum.value)" }],
              mark: { type: "rect" },
              encoding: {
                x: x("left"),
                x2: { field: "right" },
                y: y("low"),
                y2: { field: "high" },
                color: {
                  field: "value",
                  type: "quantitative",
                  scale: { type: most > least ? "log" : "linear", scheme: "viridis", domain: [least, most] },
                  legend: { title: "Loss (log scale):", gradientLength: 200, format: ".3~g", tickCount: 4 },
                },
              },
            },
            {
              transform: [{ filter: "isValid(datum.fromX)" }],
              mark: { type: "rule", color: "#FFFFFF", strokeWidth: 0.75, opacity: 0.8 },
              encoding: { x: x("fromX"), x2: { field: "toX" }, y: y("fromY"), y2: { field: "toY" } },
            },
            {
              transform: [{ filter: "isValid(datum.atX)" }],
              mark: { type: "point", shape: "cross", size: 50, filled: true, color: palette.vermillion, opacity: 1 },
              encoding: { x: x("atX"), y: y("atY") },
            },
          ],
        },
      ),
      config: theme,
    },
  };
}

/** Of a grid of even steps. */
function spacingOf(positions: readonly number[]): number {
  const sorted = distinct(positions).sort((a, b) => a - b);
  return sorted.length < 2 ? 1 : (sorted[sorted.length - 1] - sorted[0]) / (sorted.length - 1);
}

/** Contour lines of the logarithm. */
function linesOf(rows: readonly FigureRow[], levels: readonly number[]): Segment[] {
  const axis = (field: "x" | "y"): number[] => distinct(rows.map((row) => Number(row[field]))).sort((a, b) => a - b);
  const [x, y] = [axis("x"), axis("y")];
  const values = new Map(rows.map((row) => [`${row.x} ${row.y}`, Math.log(Number(row.value))]));
  return contourLines({ x, y, value: (i, j) => values.get(`${x[i]} ${y[j]}`) ?? Number.NaN }, levels.map(Math.log));
}

function sentence(panel: string, rows: readonly FigureRow[]): string {
  const own = rows.filter((row) => row.panel === panel);
  const values = own.map(({ value }) => Number(value));
  const middle = own.find((row) => row.x === 0 && row.y === 0);
  return `${panel} ${numberText(Number(middle?.value))} at the trained weights, at most ${numberText(Math.max(...values))}.`;
}
