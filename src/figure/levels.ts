/** Columns of any study as axes, colours and panels: their order, their looks and their names for people. */

import { distinct, orderedSites } from "./conditions.ts";
import type { FigureCell, FigureRow } from "./contract.ts";
import { panelResolve } from "./panels.ts";
import { levelColours, levelShapes, palette, panelSpacing, siteColours, siteShapes } from "./theme.ts";
import { numberText, siteTitle } from "./wording.ts";

/** Largest over smallest value beyond which equal steps on an axis would be equal factors. */
const widestLinear = 50;

/** What stands for a value that does not apply, where it must be drawn. */
export const noLevel = "none";

/** Values of a column, each once: numbers ascending, sites in their own order, words as they come; null last. */
export function levelsOf(column: string, rows: readonly FigureRow[]): FigureCell[] {
  const values = distinct(rows.map((row) => row[column] ?? null));
  const present = values.filter((value) => value !== null);
  const missing = values.filter((value) => value === null);
  if (isNumeric(present)) return [...present.sort((a, b) => a - b), ...missing];
  if (column === "site") return [...orderedSites(present.map(String)), ...missing];
  return [...present, ...missing];
}

export function isNumeric(values: readonly FigureCell[]): values is number[] {
  return values.length > 0 && values.every((value) => typeof value === "number");
}

/** A level as it is drawn: Vega-Lite leaves rows without a value out. */
export function drawnLevel(level: FigureCell | undefined): string | number {
  if (level === null || level === undefined) return noLevel;
  return typeof level === "boolean" ? String(level) : level;
}

/** Levels in the order in which they are drawn. Vega-Lite's types know of no mixture of words and numbers; it sorts them too. */
export function drawnOrder(levels: readonly FigureCell[]): string[] {
  return levels.map(drawnLevel) as string[];
}

/** How an axis writes levels that are numbers: without the last bits of their arithmetic. */
export function levelFormat(levels: readonly FigureCell[]) {
  return isNumeric(levels) ? { format: ".4~g", formatType: "number" as const } : {};
}

const titles: Readonly<Record<string, string>> = {
  trainIntensity: "Noise intensity in training",
  testIntensity: "Noise intensity at test",
  relativeIntensity: "Noise intensity at test over that in training",
  site: "Noise site",
  law: "Noise law",
  hiddenSize: "Hidden units",
  update: "Update",
  repeat: "Noise draw",
};

/** Title of an axis or a legend: "Noise intensity in training"; other names are taken apart: "Learning rate". */
export function columnTitle(column: string): string {
  const words = column.replace(
    /([a-z0-9])([A-Z])/g,
    (_, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
  return titles[column] ?? sentence(words.replaceAll(/[-_.]+/g, " "));
}

/** Name of a metric: "Test loss". */
export function metricTitle(metric: string): string {
  return sentence(metric.replaceAll("-", " "));
}

/** A value of a column as a heading: "Noise inside the activation", "Hidden units: 20". */
export function levelTitle(column: string, level: FigureCell): string {
  if (column === "site" && typeof level === "string") return siteTitle(level);
  return `${columnTitle(column)}: ${levelText(level)}`;
}

export function levelText(level: FigureCell | undefined): string {
  return typeof level === "number" ? numberText(level) : String(drawnLevel(level));
}

/** Colours of a column's levels: the same as in every other figure where they have some. */
export function levelColoursOf(column: string, levels: readonly FigureCell[]) {
  if (isNumeric(levels)) return levelColours(levels);
  const names = levels.map(drawnLevel);
  if (column === "site") return siteColours(names.map(String));
  const hues = [
    palette.blue,
    palette.orange,
    palette.green,
    palette.vermillion,
    palette.purple,
    palette.sky,
    palette.black,
  ];
  if (names.length > hues.length) return { domain: names, scheme: { name: "viridis" as const, extent: [0, 0.88] } };
  return { domain: names, range: hues.slice(0, names.length) };
}

export function levelShapesOf(column: string, levels: readonly FigureCell[]) {
  if (isNumeric(levels)) return levelShapes(levels);
  const names = levels.map(drawnLevel);
  if (column === "site") return siteShapes(names.map(String));
  return { domain: names, range: levelShapes(names.map((_, index) => index)).range };
}

/** A Vega expression that turns a level of a column into its heading. */
function levelLabels(column: string, levels: readonly FigureCell[]): string {
  const headings = Object.fromEntries(levels.map((level) => [String(drawnLevel(level)), levelTitle(column, level)]));
  return `(${JSON.stringify(headings)})[datum.value]`;
}

/** Whether a logarithmic axis tells positive values better apart. */
export function spansFactors(values: readonly number[]): boolean {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return least > 0 && most / least > widestLinear;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A drawing for each level of a column, side by side. */
export function levelPanels<Drawing extends { readonly width: number }>(
  panel: string,
  levels: readonly FigureCell[],
  columns: number,
  drawing: Drawing,
) {
  return {
    facet: {
      field: panel,
      type: "nominal" as const,
      sort: drawnOrder(levels),
      header: { labelLimit: drawing.width, labelExpr: levelLabels(panel, levels) },
    },
    columns,
    ...panelResolve(levels.length, columns),
    spacing: panelSpacing,
    spec: drawing,
  };
}
