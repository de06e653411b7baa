/** One drawing, or one for each value of a column, side by side. */
import type { TopLevelSpec } from "vega-lite";
import { figureWidth, panelSpacing, panelWidth } from "./theme.ts";

const columnLimit = 4;

type Layers = Extract<TopLevelSpec, { layer: unknown }>["layer"];

export interface PanelSize {
  readonly width: number;
  readonly height: number;
}

/** Room for the axis of a panel that has its own, and for symbols at its edge. */
const axisRoom = 50;
const symbolRoom = 12;

/** In px, of a heading's letter on average. */
const letterWidth = 6.4;

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
  const fits = (columns: number): boolean => panels.every((panel) => panel.length * letterWidth <= panelWidth(columns));
  if (panels.length % columnLimit === 0 && fits(columnLimit)) return columnLimit;
  const fewer = Math.min(columnLimit - 1, panels.length);
  return fits(fewer) ? fewer : Math.min(2, fewer);
}

/**
 * @param field column whose values part the panels
 * @param panels its values, in their order, as headings
 * @param drawing of one panel
 */
export function panelled(field: string, panels: readonly string[], size: PanelSize, drawing: { layer: Layers }) {
  if (panels.length <= 1) return { ...size, ...drawing };
  return {
    facet: { field, type: "nominal" as const, sort: [...panels], header: { labelLimit: size.width } },
    columns: columnsOf(panels),
    spacing: panelSpacing,
    spec: { ...size, ...drawing },
  };
}
