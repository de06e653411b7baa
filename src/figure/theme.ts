import type { Config } from "vega-lite";

/**
 * Families of equal metrics (Arial's), so that text laid out with one fits when another is shown: Arimo is shipped for PNG
 * files, Liberation Sans is on Linux, Arial and Helvetica are elsewhere.
 */
export const fontFamily = "Arimo, Liberation Sans, Arial, Helvetica, sans-serif";

/** Width in pixels that no figure exceeds: a report column, or a text column in print at 116 pixels per inch. */
export const figureWidth = 760;

/** Okabe and Ito's palette, which people with any colour vision tell apart (Wong 2011, Nature Methods 8:441). */
export const palette = {
  black: "#000000",
  blue: "#0072B2",
  orange: "#E69F00",
  green: "#009E73",
  vermillion: "#D55E00",
  purple: "#CC79A7",
  sky: "#56B4E9",
} as const;

/** Pixels between panels. */
export const panelSpacing = 24;

const ink = "#222222";
export const mutedInk = "#555555";
const gridInk = "#E6E6E6";

/**
 * Colours of ordered levels: black for level zero, silence, and Okabe and Ito's hues for up to six others. More hues than that
 * no longer tell apart; a sequence of lightness then does.
 */
export function levelColours(levels: readonly number[]) {
  const hues = [palette.blue, palette.orange, palette.green, palette.vermillion, palette.purple, palette.sky];
  const hasZero = levels.includes(0);
  const count = levels.length - (hasZero ? 1 : 0);
  if (count > hues.length) return { domain: [...levels], scheme: { name: "viridis" as const, extent: [0, 0.88] } };
  return { domain: [...levels], range: [...(hasZero ? [palette.black] : []), ...hues.slice(0, count)] };
}

/** Shapes that repeat what colour says, for print without colour. */
export function levelShapes(levels: readonly number[]) {
  const shapes = [
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "triangle-down",
    "cross",
    "triangle-right",
    "triangle-left",
  ];
  return { domain: [...levels], range: levels.map((_, index) => shapes[index % shapes.length]) };
}

/** Domain and range of site colours: the same site looks the same in every figure. */
export function siteColours(sites: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...sites], range: sites.map((site, index) => siteLooks(site, index).colour) };
}

export function siteShapes(sites: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...sites], range: sites.map((site, index) => siteLooks(site, index).shape) };
}

function siteLooks(site: string, index: number): { colour: string; shape: string } {
  if (site === "inside") return { colour: palette.vermillion, shape: "circle" };
  if (site === "outside") return { colour: palette.blue, shape: "square" };
  const others = [palette.green, palette.purple, palette.orange, palette.sky, palette.black];
  const shapes = ["triangle-up", "diamond", "triangle-down", "cross", "triangle-right"];
  return { colour: others[index % others.length], shape: shapes[index % shapes.length] };
}

/** Colour and dashes of a column `loss` of "clean" and "noisy": the same in every figure. */
export function lossLooks(rows: readonly { readonly [column: string]: unknown }[]) {
  const looks = { clean: { colour: palette.blue, dash: [1, 0] }, noisy: { colour: palette.vermillion, dash: [5, 3] } };
  const present = (["clean", "noisy"] as const).filter((loss) => rows.some((row) => row.loss === loss));
  const legend = { title: "Loss:", symbolSize: 250, symbolType: "stroke" as const };
  const field = { field: "loss", type: "nominal" as const, legend };
  return {
    color: { ...field, scale: { domain: present, range: present.map((loss) => looks[loss].colour) } },
    strokeDash: { ...field, scale: { domain: present, range: present.map((loss) => looks[loss].dash) } },
  };
}

/**
 * Width of one of several panels side by side, so that the figure keeps to figureWidth.
 *
 * @param hasRowHeaders whether rows of panels carry a heading at their left
 */
export function panelWidth(columns: number, hasRowHeaders = false): number {
  const margin = 100 + (hasRowHeaders ? 22 : 0);
  return Math.floor((figureWidth - margin - panelSpacing * (columns - 1)) / columns);
}

/** One look for every figure. ARIA of single marks is off: the drawing carries one title and description instead. */
export const theme: Config = {
  aria: false,
  background: "#FFFFFF",
  font: fontFamily,
  padding: 8,
  axis: {
    labelColor: ink,
    labelFontSize: 11,
    titleColor: ink,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
    gridColor: gridInk,
    gridWidth: 1,
    domainColor: "#888888",
    tickColor: "#888888",
    tickSize: 4,
    labelOverlap: true,
    labelFlush: false,
  },
  view: { stroke: null },
  header: {
    labelColor: ink,
    labelFontSize: 12,
    labelFontWeight: "bold",
    labelPadding: 6,
    title: null,
  },
  legend: {
    labelColor: ink,
    labelFontSize: 11,
    titleColor: ink,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
    titleOrient: "left",
    titleAnchor: "middle",
    orient: "top",
    direction: "horizontal",
    offset: 6,
    symbolSize: 80,
    symbolOpacity: 1,
    symbolStrokeWidth: 1.5,
  },
  title: {
    anchor: "start",
    frame: "bounds",
    color: ink,
    fontSize: 15,
    fontWeight: "bold",
    subtitleColor: mutedInk,
    subtitleFontSize: 11,
    subtitleFontWeight: "normal",
    subtitleLineHeight: 15,
    subtitlePadding: 5,
    offset: 10,
  },
};
