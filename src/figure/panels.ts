/** One drawing, or one for each value of a column, side by side. */
import type { TopLevelSpec } from "vega-lite";
import { figureWidth, panelSpacing, panelWidth } from "./theme.ts";
import { wrappedLines } from "./wording.ts";

const columnLimit = 4;

type Layers = Extract<TopLevelSpec, { layer: unknown }>["layer"];

export interface PanelSize {
  readonly width: number;
  readonly height: number;
}

/** Room for the axis of a panel that has its own, and for symbols at its edge. */
const axisRoom = 50;
const symbolRoom = 12;

/** In px, of a letter on average: of a heading, of the title of an axis. */
const letterWidth = 6.4;
const axisLetterWidth = 6;

/** Lines of a heading for which panels are still made narrower. */
const headingLines = 2;

/**
 * Size of each of so many panels; a single one is as wide as the figure.
 *
 * @param hasOwnAxes whether each panel has scales of its own
 */
export function panelSize(panels: readonly string[], height: number, hasOwnAxes = false): PanelSize {
  if (panels.length <= 1) return { width: figureWidth - 120, height: Math.round(height * 1.3) };
  const across = columnsOf(panels);
  const width = panelWidth(across) - symbolRoom;
  return { width: hasOwnAxes ? width - Math.ceil((axisRoom * (across - 1)) / across) : width, height };
}

/** Full rows where that can be and headings fit. */
function columnsOf(panels: readonly string[]): number {
  const fits = (columns: number): boolean =>
    panels.every((panel) => {
      const lines = headingLinesOf(panel, panelWidth(columns));
      return lines.length <= headingLines && lines.every((line) => line.length * letterWidth <= panelWidth(columns));
    });
  if (panels.length % columnLimit === 0 && fits(columnLimit)) return columnLimit;
  const fewer = Math.min(columnLimit - 1, panels.length);
  return fits(fewer) ? fewer : Math.min(2, fewer);
}

/** A heading in lines of a width, parted at its commas where its parts fit. */
function headingLinesOf(heading: string, width: number): string[] {
  const limit = Math.floor(width / letterWidth);
  const parts = heading.split(", ").map((part) => (part.length < limit ? part.replaceAll(" ", "\u00a0") : part));
  return wrappedLines(parts.join(", "), limit).map((line) => line.replaceAll("\u00a0", " "));
}

/** Headings of panels, all of them to their ends: in several lines where one is too long for its panel. */
export function panelHeader(panels: readonly string[], width: number) {
  const lines = panels.map((panel) => headingLinesOf(panel, width));
  if (lines.every(({ length }) => length === 1)) return { labelLimit: width };
  const most = Math.max(...lines.map(({ length }) => length));
  // Headings of one row stand on one line, so all have as many.
  const headings = panels.map(
    (panel, i) => [panel, [...Array(most - lines[i].length).fill(" "), ...lines[i]]] as const,
  );
  return { labelLimit: width, labelExpr: `(${JSON.stringify(Object.fromEntries(headings))})[datum.value]` };
}

/**
 * What panels have of their own. Where their last row is not full, that is the x axis too: a shared one would stand below
 * empty places.
 *
 * @param scales that each panel has of its own; none by default
 */
export function panelResolve(count: number, columns: number, scales: OwnScales = {}) {
  const isRagged = count > columns && count % columns !== 0;
  const hasOwn = Object.keys(scales).length > 0;
  if (!isRagged && !hasOwn) return {};
  return { resolve: { ...(hasOwn && { scale: scales }), ...(isRagged && { axis: { x: "independent" as const } }) } };
}

export interface OwnScales {
  readonly x?: "independent";
  readonly y?: "independent";
}

/** The drawing with titles of x axes in lines that a panel has room for. */
function withNarrowTitles<Part>(part: Part, width: number): Part {
  if (Array.isArray(part)) return part.map((member) => withNarrowTitles(member, width)) as Part;
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => [
    key,
    key === "x" ? withNarrowTitle(value, width) : withNarrowTitles(value, width),
  ]);
  return Object.fromEntries(entries) as Part;
}

function withNarrowTitle(x: { readonly axis?: { readonly title?: unknown } | null } | null, width: number): unknown {
  const title = x?.axis?.title;
  if (typeof title !== "string") return x;
  const lines = wrappedLines(title, Math.floor(width / axisLetterWidth));
  return lines.length === 1 ? x : { ...x, axis: { ...x?.axis, title: lines } };
}

/**
 * @param field column whose values part the panels
 * @param panels its values, in their order, as headings
 * @param drawing of one panel
 * @param scales that each panel has of its own; none by default
 */
export function panelled(
  field: string,
  panels: readonly string[],
  size: PanelSize,
  drawing: { layer: Layers },
  scales: OwnScales = {},
) {
  if (panels.length <= 1) return { ...size, ...drawing };
  const columns = columnsOf(panels);
  return {
    ...panelResolve(panels.length, columns, scales),
    facet: { field, type: "nominal" as const, sort: [...panels], header: panelHeader(panels, size.width) },
    columns,
    spacing: panelSpacing,
    spec: { ...size, ...withNarrowTitles(drawing, size.width + panelSpacing / 2) },
  };
}
